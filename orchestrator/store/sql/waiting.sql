-- name: waiting_tasks
-- Tasks of a job that nobody works on. Those ahead are counted up to a thousand, no more.
SELECT t.id, t.kind, t.state, c.requirements,
       greatest(0, extract(epoch FROM t.not_before - now()))::float8 AS rest_s,
       (SELECT count(*) FROM (
          SELECT FROM render.task_queue AS q
           WHERE q.ready AND q.class_id = t.class_id
             AND (-q.priority, q.vtime, q.id) < (-t.priority, t.vtime, t.id)
           LIMIT 1000) AS before)::integer AS ahead,
       (SELECT count(*) FROM render.tasks AS o
         WHERE o.job_id = t.job_id AND o.stage < t.stage AND o.state <> 'succeeded')::integer
         AS open_below,
       CASE WHEN t.shy_until > now() THEN t.shy_of END AS shy_of,
       greatest(0, extract(epoch FROM t.shy_until - now()))::float8 AS shy_s,
       (SELECT a.failure_message FROM render.attempts AS a
         WHERE a.task_id = t.id AND a.attempt = t.attempt) AS failure_message
  FROM render.tasks AS t JOIN render.task_classes AS c ON c.class_id = t.class_id
 WHERE t.tenant_id = $1 AND t.job_id = $2 AND t.state IN ('blocked', 'queued')
 ORDER BY t.stage, t.position LIMIT $3;

-- name: waiting_lines
-- Of each of many jobs: how many nodes work on it, and the first of its tasks that waits.
SELECT g.job_id,
       (SELECT count(*) FROM render.tasks AS b
         WHERE b.tenant_id = g.tenant_id AND b.job_id = g.job_id
           AND b.state IN ('leased', 'running'))::integer AS at_work,
       w.requirements,
       (SELECT count(*) FROM (
          SELECT FROM render.task_queue AS q
           WHERE q.ready AND q.class_id = w.class_id
             AND (-q.priority, q.vtime, q.id) < (-w.priority, w.vtime, w.id)
           LIMIT 1000) AS before)::integer AS ahead
  FROM unnest($1::uuid[], $2::uuid[]) AS g (tenant_id, job_id)
  LEFT JOIN LATERAL (
    SELECT t.id, t.class_id, t.priority, t.vtime,
           (SELECT c.requirements FROM render.task_classes AS c WHERE c.class_id = t.class_id)
             AS requirements
      FROM render.tasks AS t
     WHERE t.tenant_id = g.tenant_id AND t.job_id = g.job_id AND t.state IN ('blocked', 'queued')
     ORDER BY t.stage, t.position LIMIT 1) AS w ON true;

-- name: waiting_at_work
SELECT count(*)::integer FROM render.tasks
 WHERE tenant_id = $1 AND job_id = $2 AND state IN ('leased', 'running');

-- name: waiting_nodes
SELECT n.id, n.name, n.state, n.platform, nullif(n.capabilities, '{}')::text AS capabilities,
       n.slots,
       (SELECT count(*) FROM render.node_sessions AS s
          JOIN render.task_queue AS q ON q.session_id = s.id AND NOT q.ready
         WHERE s.node_id = n.id AND s.closed_at IS NULL)::integer AS leases
  FROM render.nodes AS n WHERE n.state <> 'retired';
