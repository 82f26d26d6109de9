-- name: database_ping
SELECT 1;

-- name: depths_count
-- One round trip for all gauges, asked for every few seconds at most; finished jobs are left out,
-- they grow for ever. The oldest ready task is the one with the lowest id: ids grow with time.
SELECT 'queue' AS gauge, 'ready' AS state, count(*) FROM render.task_queue WHERE ready
UNION ALL
SELECT 'queue', 'leased', count(*) FROM render.task_queue WHERE NOT ready
UNION ALL
SELECT 'queue', 'delayed', count(*) FROM render.tasks WHERE not_before IS NOT NULL
UNION ALL
SELECT 'leases', 'overdue', count(*)
  FROM render.task_queue AS q JOIN render.node_sessions AS s ON s.id = q.session_id
 WHERE NOT q.ready AND s.deadline_at < now()
UNION ALL
SELECT 'ages', 'oldest_ready', coalesce((
         SELECT greatest(0, extract(epoch FROM now() - (
                  SELECT t.queued_at FROM render.tasks AS t WHERE t.id = o.id)))::bigint
           FROM (SELECT id FROM render.task_queue WHERE ready ORDER BY id LIMIT 1) AS o), 0)
UNION ALL
SELECT 'jobs', state, count(*) FROM render.render_jobs
 WHERE finished_at IS NULL GROUP BY 2
UNION ALL
SELECT 'nodes', state, count(*) FROM render.nodes GROUP BY 2;
