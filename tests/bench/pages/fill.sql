-- name: fill_nodes
-- $1 nodes, nine of ten online.
INSERT INTO render.nodes (id, name, platform, state, state_reason, quarantined_at, last_seen_at,
                          agent_version, engines, capabilities, sample, slots)
SELECT ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid,
       'node-' || lpad(n::text, 5, '0'),
       (ARRAY['windows', 'windows', 'macos'])[1 + n % 3],
       CASE WHEN n % 50 = 0 THEN 'quarantined' WHEN n % 11 = 0 THEN 'offline' ELSE 'online' END,
       CASE WHEN n % 50 = 0 THEN 'three failures in a row' END,
       CASE WHEN n % 50 = 0 THEN now() END, now() - n * interval '1 ms', '0.1.0',
       '[{"kind": "aftereffects", "version": "25.4x8", "major": 25, "gpu": true}]',
       '{"engines": [{"kind": "aftereffects", "version": "25.4x8", "major": 25, "gpu": true}],
         "kinds": ["render", "frames", "export", "scan", "snapshot"], "tags": ["windows", "gpu"],
         "cores": 16, "memory_bytes": 64000000000}',
       '{"cpu_percent": 71.5, "memory_used_bytes": 21000000000, "memory_total_bytes": 64000000000,
         "disk_free_bytes": 400000000000, "disk_total_bytes": 1000000000000}', 1
  FROM generate_series(1, $1::integer) n;

-- name: fill_sessions
INSERT INTO render.node_sessions (node_id, epoch, instance, deadline_at)
SELECT id, 1, 'bench', now() + interval '1 day'
  FROM render.nodes WHERE state = 'online' ORDER BY id;

-- name: fill_unkeyed
-- A key that is made once all rows are there is made in a tenth of the time.
ALTER TABLE render.node_health_logs DROP CONSTRAINT node_health_logs_pkey;

-- name: fill_rolled
-- Roll-ups of every quarter of an hour of day $1 before now, node by node, as the hours made them.
INSERT INTO render.node_health_logs (node_id, at, period_s, samples, cpu_percent,
                                     memory_used_bytes, disk_free_bytes, tasks_running)
SELECT n.id, q.at, 900, 15, 50 + 40 * sin(extract(epoch FROM q.at)::float8 / 7000), 2.1e10::bigint,
       4e11::bigint, 1
  FROM generate_series(
         date_bin('15 minutes', now(), 'epoch') - make_interval(days => $1::integer),
         date_bin('15 minutes', now(), 'epoch') - make_interval(days => $1::integer - 1)
           - interval '15 minutes',
         interval '15 minutes') AS q (at)
  CROSS JOIN (SELECT id FROM render.nodes ORDER BY id) n;

-- name: fill_minutes
INSERT INTO render.node_health_logs (node_id, at, cpu_percent, memory_used_bytes, disk_free_bytes,
                                     tasks_running)
SELECT n.id, m.at, 60, 2.1e10, 4e11, 1
  FROM generate_series(date_trunc('minute', now()) - interval '48 hours',
                       date_trunc('minute', now()), interval '1 minute') AS m (at)
  CROSS JOIN (SELECT id FROM render.nodes ORDER BY id LIMIT 100) n;

-- name: fill_keyed
ALTER TABLE render.node_health_logs ADD CONSTRAINT node_health_logs_pkey
  PRIMARY KEY (node_id, at, period_s);

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

-- name: fill_previews
-- Five small pictures of each of the newest thousands that are done.
INSERT INTO render.job_events (tenant_id, job_id, type, payload, at)
SELECT j.tenant_id, j.id, 'preview',
       jsonb_build_object('frame', f * 50, 'key', 'previews/' || j.id || '/' || f),
       j.created_at + f * interval '20 seconds'
  FROM (SELECT tenant_id, id, created_at FROM render.render_jobs WHERE state = 'done'
         ORDER BY created_at DESC LIMIT 4000) j
  CROSS JOIN generate_series(0, 4) f;

-- name: fill_split
-- The newest job is made in two hundred chunks, the others whole.
UPDATE render.render_jobs SET plan = 'split', frames_total = 2000
 WHERE id = (SELECT id FROM render.render_jobs ORDER BY created_at DESC LIMIT 1);

-- name: fill_classes
WITH made AS (
  INSERT INTO render.task_classes (requirements_sha256, requirements)
  VALUES (repeat('0', 64), '{"kind": "frames", "engine": "aftereffects"}')
  RETURNING class_id)
INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)
SELECT repeat('0', 32), repeat('0', 64), 'zip', 1, 'k', 'a.aep' FROM made;

-- name: fill_tasks
-- Tasks of the newest thousands: half of those under way are leased, the others wait.
INSERT INTO render.tasks (tenant_id, job_id, kind, position, class_id, bundle_id, priority, vtime,
                          state, attempt, node_id, session_id, queued_at, leased_at, started_at,
                          finished_at)
SELECT j.tenant_id, j.id, CASE WHEN j.plan = 'split' THEN 'frames' ELSE 'render' END, c.chunk,
       (SELECT max(class_id) FROM render.task_classes), (SELECT max(bundle_id) FROM render.bundles),
       50, j.place, s.state, CASE WHEN s.state = 'queued' THEN 0 ELSE 1 END,
       CASE WHEN s.state = 'leased' THEN n.node_id END, CASE WHEN s.state = 'leased' THEN n.id END,
       j.created_at, CASE WHEN s.state <> 'queued' THEN j.created_at END,
       CASE WHEN s.state <> 'queued' THEN j.created_at END,
       CASE WHEN s.state = 'succeeded' THEN j.created_at + interval '3 minutes' END
  FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC) AS place
          FROM render.render_jobs WHERE state IN ('done', 'rendering')
         ORDER BY created_at DESC LIMIT 8000) j
  CROSS JOIN LATERAL generate_series(1, CASE WHEN j.plan = 'split' THEN 200 ELSE 1 END) AS c (chunk)
  CROSS JOIN LATERAL (
    SELECT CASE WHEN j.state = 'done' THEN 'succeeded'
                WHEN (j.place + c.chunk) % 2 = 0 THEN 'leased' ELSE 'queued' END AS state) s
  JOIN render.node_sessions n ON n.id = (SELECT min(id) FROM render.node_sessions)
       + (j.place + c.chunk) % (SELECT count(*) FROM render.node_sessions);

-- name: fill_queue
INSERT INTO render.task_queue (id, class_id, bundle_id, priority, vtime, attempt, ready,
                               session_id, token)
SELECT id, class_id, bundle_id, priority, vtime, attempt, state = 'queued', session_id,
       CASE WHEN state = 'leased' THEN sha256('t') END
  FROM render.tasks WHERE state <> 'succeeded';

-- name: fill_attempts
INSERT INTO render.attempts (task_id, attempt, node_id, session_id, token_sha256, outcome,
                             granted_at, finished_at)
SELECT t.id, 1, coalesce(t.node_id, n.node_id), n.id, sha256('t'),
       CASE WHEN t.state = 'succeeded' THEN 'succeeded' END, t.leased_at, t.finished_at
  FROM render.tasks t
  JOIN render.node_sessions n ON n.id = (SELECT min(id) FROM render.node_sessions)
       + t.id % (SELECT count(*) FROM render.node_sessions)
 WHERE t.attempt = 1;

-- name: fill_frames
INSERT INTO render.frame_jobs (task_id, job_id, tenant_id, chunk, frames, frame_count)
SELECT id, job_id, tenant_id, position,
       int4multirange(int4range(10 * (position - 1), 10 * position)), 10
  FROM render.tasks WHERE kind = 'frames';

-- name: fill_crashes
INSERT INTO render.node_crashes (node_id, kind, signature, message, log_tail, at)
SELECT ('00000000-0000-0000-0001-' || lpad((1 + n % 500)::text, 12, '0'))::uuid, 'engine', 's',
       'The engine ended by itself.', repeat('a line of the log' || chr(10), 200),
       now() - n * interval '1 minute'
  FROM generate_series(1, 20000) n;

-- name: fill_files
-- Kept files of the first tenant, from which its orders choose.
INSERT INTO file_mgr.files (tenant_id, name, kind, state, media_type, object_key, size_bytes,
                            sha256, width, height, created_at, ready_at)
SELECT '00000000-0000-0000-0002-000000000001', 'عکس ' || n || '.jpg', 'image', 'ready',
       'image/jpeg', 'files/' || n, 90000, repeat('0', 64), 1920, 1080,
       now() - n * interval '1 hour', now()
  FROM generate_series(1, 2000) n;

-- name: fill_people
INSERT INTO identity.users (id, tenant_id, email, role, password_hash)
SELECT ('00000000-0000-0000-0005-' || lpad(n::text, 12, '0'))::uuid,
       '00000000-0000-0000-0000-000000000001', 'person' || n || '@example.com', 'operator', 'x'
  FROM generate_series(1, 200) n;

-- name: fill_notes
-- What 200 people did in most of a year, a minute apart; the first of them only long ago.
INSERT INTO render.audit_log (at, tenant_id, actor_kind, actor_id, action, target_kind, target_id,
                              address, detail)
SELECT now() - (300000 - n) * interval '1 minute',
       ('00000000-0000-0000-0002-' || lpad((1 + n % 60)::text, 12, '0'))::uuid,
       CASE WHEN n % 50 = 0 THEN 'nobody' ELSE 'user' END,
       CASE WHEN n % 50 = 0 THEN NULL
            ELSE '00000000-0000-0000-0005-'
                 || lpad(CASE WHEN n < 5000 THEN '1' ELSE (2 + n % 199)::text END, 12, '0') END,
       CASE WHEN n % 50 = 0 THEN 'user.sign_in_refused'
            ELSE (ARRAY['render.order', 'render.cancel', 'row.edit'])[1 + n % 3] END,
       CASE WHEN n % 50 <> 0 THEN 'render' END,
       CASE WHEN n % 50 <> 0
            THEN '00000000-0000-0000-0004-' || lpad((n % 100000)::text, 12, '0') END,
       '192.0.2.7', '{"name": "x"}'
  FROM generate_series(1, 300000) n;

-- name: fill_ordered
-- Make job $1 one that was ordered of project $3 of tenant $2 with the order $4.
UPDATE render.render_jobs SET tenant_id = $2, project_id = $3, request = $4::text::jsonb
 WHERE id = ('00000000-0000-0000-0004-' || lpad(($1::integer)::text, 12, '0'))::uuid;

-- name: fill_tick
-- One change of a job that is under way: what a live page must show.
WITH job AS (
  UPDATE render.render_jobs SET progress = jsonb_build_object('frames',
           jsonb_build_object('done', $2::integer, 'total', 250)), updated_at = now()
   WHERE id = ('00000000-0000-0000-0004-' || lpad(($1::integer)::text, 12, '0'))::uuid
  RETURNING tenant_id, id)
INSERT INTO render.job_events (tenant_id, job_id, type, payload)
SELECT tenant_id, id, 'progress', '{}' FROM job;
