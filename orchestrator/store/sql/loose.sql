-- name: loose_cancel
-- Guarded like every move of a task; its queue row was locked before.
UPDATE render.tasks
   SET state = $2, finished_at = now(), node_id = NULL, session_id = NULL, not_before = NULL
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: loose_waiting
-- A task without a job, as waiting_tasks shows those of jobs.
SELECT t.id, t.kind, t.state, c.requirements,
       greatest(0, extract(epoch FROM t.not_before - now()))::float8 AS rest_s,
       (SELECT count(*) FROM (
          SELECT FROM render.task_queue AS q
           WHERE q.ready AND q.class_id = t.class_id
             AND (-q.priority, q.vtime, q.id) < (-t.priority, t.vtime, t.id)
           LIMIT 1000) AS before)::integer AS ahead, 0 AS open_below,
       CASE WHEN t.shy_until > now() THEN t.shy_of END AS shy_of,
       greatest(0, extract(epoch FROM t.shy_until - now()))::float8 AS shy_s,
       (SELECT a.failure_message FROM render.attempts AS a
         WHERE a.task_id = t.id AND a.attempt = t.attempt) AS failure_message
  FROM render.tasks AS t JOIN render.task_classes AS c ON c.class_id = t.class_id
 WHERE t.tenant_id = $1 AND t.id = $2 AND t.state = 'queued';
