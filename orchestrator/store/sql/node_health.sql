-- name: node_health_note
-- One row per node and minute: the first sample of a minute makes it, later ones are averaged in.
INSERT INTO render.node_health_logs AS h (node_id, at, cpu_percent, memory_used_bytes,
                                          disk_free_bytes, tasks_running, sample)
SELECT g.node_id, date_trunc('minute', now()), g.cpu_percent, g.memory_used_bytes,
       g.disk_free_bytes, g.tasks_running, g.sample::jsonb
  FROM unnest($1::uuid[], $2::real[], $3::bigint[], $4::bigint[], $5::smallint[], $6::text[])
    AS g (node_id, cpu_percent, memory_used_bytes, disk_free_bytes, tasks_running, sample)
 ORDER BY g.node_id
ON CONFLICT (node_id, at, period_s) DO UPDATE
  SET samples = h.samples + 1,
      cpu_percent = (h.cpu_percent * h.samples + excluded.cpu_percent) / (h.samples + 1),
      memory_used_bytes = (h.memory_used_bytes * h.samples + excluded.memory_used_bytes)
                          / (h.samples + 1),
      disk_free_bytes = least(h.disk_free_bytes, excluded.disk_free_bytes),
      tasks_running = greatest(h.tasks_running, excluded.tasks_running),
      sample = excluded.sample;

-- name: node_health_roll_up
-- Quarters of an hour that are over and follow the last one rolled up; at most six hours at once.
-- A minute's grace, for signs of life under way.
WITH begun AS (
  SELECT date_bin('15 minutes', min(at), 'epoch') AS at FROM render.node_health_logs
   WHERE period_s = 60
     AND at >= coalesce((SELECT max(l.at) + interval '15 minutes'
                           FROM render.node_health_logs AS l WHERE l.period_s = 900), '-infinity')
)
INSERT INTO render.node_health_logs (node_id, at, period_s, samples, cpu_percent,
                                     memory_used_bytes, disk_free_bytes, tasks_running)
SELECT h.node_id, date_bin('15 minutes', h.at, 'epoch'), 900, sum(h.samples),
       sum(h.cpu_percent * h.samples) / sum(h.samples),
       sum(h.memory_used_bytes * h.samples) / sum(h.samples),
       min(h.disk_free_bytes), max(h.tasks_running)
  FROM render.node_health_logs AS h, begun
 WHERE h.period_s = 60 AND h.at >= begun.at AND h.at < begun.at + interval '6 hours'
   AND h.at < date_bin('15 minutes', now() - interval '1 minute', 'epoch')
 GROUP BY 1, 2
ON CONFLICT (node_id, at, period_s) DO NOTHING;

-- name: node_health_series
-- Minutes as far back as they are surely kept, roll-ups before that; in buckets of $4 seconds.
WITH edge AS MATERIALIZED (
  SELECT date_bin('15 minutes', now() - interval '47 hours', 'epoch') AS at
)
SELECT date_bin(make_interval(secs => $4), h.at, 'epoch') AS at, sum(h.samples)::integer AS samples,
       (sum(h.cpu_percent * h.samples) / sum(h.samples))::real AS cpu_percent,
       (sum(h.memory_used_bytes * h.samples) / sum(h.samples))::bigint AS memory_used_bytes,
       min(h.disk_free_bytes) AS disk_free_bytes, max(h.tasks_running)::integer AS tasks_running
  FROM render.node_health_logs AS h, edge
 WHERE h.node_id = $1 AND h.at >= $2 AND h.at < $3
   AND ((h.period_s = 60 AND h.at >= edge.at) OR (h.period_s = 900 AND h.at < edge.at))
 GROUP BY 1 ORDER BY 1;

-- name: health_drop_old
-- Minutes live for two days; they are rolled up long before.
DELETE FROM render.node_health_logs WHERE at < now() - interval '48 hours' AND period_s = 60;

-- name: health_drop_rolled
DELETE FROM render.node_health_logs
 WHERE at < now() - make_interval(days => $1) AND period_s = 900;

-- name: partitions_drop
-- Months that ended longer ago than the retention; waits two seconds at most for their locks.
SELECT dropped AS partition
  FROM (VALUES ('identity.tenant_api_request_logs'::regclass),
               ('render.node_health_logs'::regclass)) AS logs (parent),
       LATERAL public.fr_drop_month_partitions(parent, now() - make_interval(days => $1))
         AS dropped;

-- name: node_cache_page
-- The last used first; $2 and $3 are the last bundle of the page before, or null.
SELECT bundle_md5, size_bytes, cached_at, last_used_at FROM render.node_template_cache
 WHERE node_id = $1
   AND ($2::timestamptz IS NULL OR (last_used_at, bundle_md5) < ($2, $3::text))
 ORDER BY last_used_at DESC, bundle_md5 DESC LIMIT $4;
