-- name: fill_nodes
-- $1 nodes, nine of ten online.
INSERT INTO render.nodes (id, name, platform, state, state_reason, quarantined_at, last_seen_at,
                          agent_version, engines, sample, slots)
SELECT ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, 
       'node-' || lpad(n::text, 5, '0'),
       (ARRAY['windows', 'windows', 'macos'])[1 + n % 3],
       CASE WHEN n % 50 = 0 THEN 'quarantined' WHEN n % 11 = 0 THEN 'offline' ELSE 'online' END,
       CASE WHEN n % 50 = 0 THEN 'three failures in a row' END,
       CASE WHEN n % 50 = 0 THEN now() END, now() - n * interval '1 ms', '0.1.0',
       '[{"kind": "aftereffects", "version": "25.4x8", "major": 25, "gpu": true}]',
       '{"cpu_percent": 71.5, "memory_used_bytes": 21000000000, "memory_total_bytes": 64000000000,
         "disk_free_bytes": 400000000000, "disk_total_bytes": 1000000000000}', 1
  FROM generate_series(1, $1::integer) n;

-- name: fill_rolled
-- Roll-ups of every quarter of an hour of the last $1 days, for every node.
INSERT INTO render.node_health_logs (node_id, at, period_s, samples, cpu_percent,
                                     memory_used_bytes, disk_free_bytes, tasks_running)
SELECT n.id, q.at, 900, 15, 50 + 40 * sin(extract(epoch FROM q.at) / 7000), 2.1e10, 4e11, 1
  FROM generate_series(date_bin('15 minutes', now(), 'epoch') - make_interval(days => $1::integer),
                       date_bin('15 minutes', now(), 'epoch') - interval '15 minutes',
                       interval '15 minutes') AS q (at)
  CROSS JOIN (SELECT id FROM render.nodes ORDER BY id) n;

-- name: fill_minutes
INSERT INTO render.node_health_logs (node_id, at, cpu_percent, memory_used_bytes, disk_free_bytes,
                                     tasks_running)
SELECT n.id, m.at, 60, 2.1e10, 4e11, 1
  FROM generate_series(date_trunc('minute', now()) - interval '48 hours',
                       date_trunc('minute', now()), interval '1 minute') AS m (at)
  CROSS JOIN (SELECT id FROM render.nodes ORDER BY id LIMIT 100) n;

-- name: fill_tenants
INSERT INTO identity.tenants (id, slug, name)
SELECT ('00000000-0000-0000-0002-' || lpad(n::text, 12, '0'))::uuid, 'tenant-' || n, 'Tenant ' || n
  FROM generate_series(1, 60) n;

-- name: fill_usage
INSERT INTO identity.tenant_usage_daily (tenant_id, day, jobs_done, frames)
SELECT t.id, now()::date - d, 40, 12000 FROM identity.tenants t CROSS JOIN generate_series(0, 89) d;

-- name: fill_projects
INSERT INTO content.projects (id, tenant_id, template_id, name, aspect)
SELECT ('00000000-0000-0000-0003-' || lpad(n::text, 12, '0'))::uuid,
       ('00000000-0000-0000-0002-' || lpad((1 + n % 60)::text, 12, '0'))::uuid,
       NULL, 'قالب ' || n, '16:9'
  FROM generate_series(1, 500) n;

-- name: fill_jobs
-- $1 jobs of a month, the newest thousand under way.
INSERT INTO render.render_jobs (id, tenant_id, project_id, state, request, comp, width, height,
                                fps_num, fps_den, frames_total, frames_done, created_at, started_at,
                                finished_at, failure_code, failure_class, failure_message,
                                progress, deadline_at)
SELECT ('00000000-0000-0000-0004-' || lpad(n::text, 12, '0'))::uuid,
       ('00000000-0000-0000-0002-' || lpad((1 + n % 60)::text, 12, '0'))::uuid,
       ('00000000-0000-0000-0003-' || lpad((1 + n % 500)::text, 12, '0'))::uuid,
       s.state, '{"scenes": []}', 'frfinal', 1920, 1080, 25, 1, 250,
       CASE WHEN s.state = 'done' THEN 250 ELSE 125 END, c.at, c.at,
       CASE WHEN s.state IN ('done', 'failed', 'cancelled') THEN c.at + interval '3 minutes' END,
       CASE WHEN s.state = 'failed' THEN 'engine_crashed' END,
       CASE WHEN s.state = 'failed' THEN 'node' END,
       CASE WHEN s.state = 'failed' THEN 'The engine ended by itself.' END,
       '{"frames": {"done": 125, "total": 250}}',
       CASE WHEN n % 7 = 0 THEN c.at + interval '1 hour' END
  FROM generate_series(1, $1::integer) n,
       LATERAL (SELECT now() - ($1::integer - n) * interval '26 seconds' AS at) c,
       LATERAL (SELECT CASE WHEN n > $1::integer - 1000 THEN 'rendering'
                            WHEN n % 40 = 0 THEN 'failed' WHEN n % 41 = 0 THEN 'cancelled'
                            ELSE 'done' END AS state) s;

-- name: fill_exports
INSERT INTO render.exports (tenant_id, job_id, task_id, attempt, kind, object_key, media_type,
                            size_bytes, sha256)
SELECT j.tenant_id, j.id, 1, 1, k.kind, 'exports/' || j.id || '/' || k.kind, 'image/jpeg', 9000,
       repeat('0', 64)
  FROM render.render_jobs j CROSS JOIN (VALUES ('thumbnail'), ('poster')) AS k (kind)
 WHERE j.state = 'done' AND j.created_at > now() - interval '3 days';

-- name: fill_events
INSERT INTO render.job_events (tenant_id, job_id, type, payload)
SELECT tenant_id, id, 'state', '{"state": "done"}' FROM render.render_jobs;

-- name: fill_crashes
INSERT INTO render.node_crashes (node_id, kind, signature, message, log_tail, at)
SELECT ('00000000-0000-0000-0001-' || lpad((1 + n % 500)::text, 12, '0'))::uuid, 'engine', 's',
       'The engine ended by itself.', repeat('a line of the log' || chr(10), 200),
       now() - n * interval '1 minute'
  FROM generate_series(1, 20000) n;

-- name: fill_tick
-- One change of a job that is under way: what a live page must show.
WITH job AS (
  UPDATE render.render_jobs SET progress = jsonb_build_object('frames',
           jsonb_build_object('done', $2::integer, 'total', 250)), updated_at = now()
   WHERE id = ('00000000-0000-0000-0004-' || lpad(($1::integer)::text, 12, '0'))::uuid
  RETURNING tenant_id, id)
INSERT INTO render.job_events (tenant_id, job_id, type, payload)
SELECT tenant_id, id, 'progress', '{}' FROM job;
