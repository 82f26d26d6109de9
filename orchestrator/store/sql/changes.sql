-- name: job_change
-- What is null stays; $4 takes the deadline away.
UPDATE render.render_jobs
   SET priority = coalesce($2, priority), updated_at = now(),
       deadline_at = CASE WHEN $4 THEN NULL ELSE coalesce($3, deadline_at) END
 WHERE id = $1;

-- name: job_urgency
-- How long until its deadline, by the database's clock, and what it has gained in line so far.
SELECT extract(epoch FROM deadline_at - now())::float8 AS left_s, vtime_credit AS credit
  FROM render.render_jobs WHERE id = $1;

-- name: job_credit
UPDATE render.render_jobs SET vtime_credit = $2 WHERE id = $1;

-- name: task_shift
-- The open tasks of a job go $3 units of virtual time back in line, or forward when it is below 0.
-- The caller has locked the job, then the queue's rows.
WITH moved AS (
  UPDATE render.tasks SET vtime = greatest(0, vtime + $3)
   WHERE job_id = $1 AND state = ANY($2::text[])
  RETURNING id, vtime
)
UPDATE render.task_queue AS q SET vtime = m.vtime FROM moved AS m WHERE q.id = m.id;

-- name: task_open_of_job
-- What of a job has not ended, in the order in which it was to be served.
SELECT t.id, t.class_id, coalesce(f.frame_count, 0) AS frames
  FROM render.tasks AS t LEFT JOIN render.frame_jobs AS f ON f.task_id = t.id
 WHERE t.job_id = $1 AND t.state = ANY($2::text[]) ORDER BY t.vtime, t.id;

-- name: task_deal
-- New places in the queue; the caller has locked the job, then the queue's rows. A task at work
-- keeps its lease, and stands at its new place should it come back.
WITH dealt AS (
  SELECT g.id, g.vtime FROM unnest($1::bigint[], $2::bigint[]) AS g (id, vtime)
), moved AS (
  UPDATE render.tasks AS t SET priority = $3, vtime = d.vtime FROM dealt AS d WHERE t.id = d.id
)
UPDATE render.task_queue AS q SET priority = $3, vtime = d.vtime FROM dealt AS d WHERE q.id = d.id;
