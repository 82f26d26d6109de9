-- name: database_ping
SELECT 1;

-- name: depths_count
-- One round trip for all gauges; finished jobs are left out, they grow for ever.
SELECT 'queue' AS gauge, CASE WHEN ready THEN 'ready' ELSE 'leased' END AS state, count(*)
  FROM render.task_queue GROUP BY 2
UNION ALL
SELECT 'jobs', state, count(*) FROM render.render_jobs
 WHERE finished_at IS NULL GROUP BY 2
UNION ALL
SELECT 'nodes', state, count(*) FROM render.nodes GROUP BY 2;
