-- name: repair_pattern
-- The first frames task of a job: what makes its frames again is made like it, and stands behind
-- all others of its stage.
SELECT t.spec, t.inputs, t.class_id, t.bundle_id, t.project_id, t.priority, t.vtime, t.failures_max,
       (SELECT max(o.position) FROM render.tasks AS o
         WHERE o.job_id = $1 AND o.stage = t.stage)::integer AS last_position, t.stage
  FROM render.tasks AS t
 WHERE t.job_id = $1 AND t.kind = 'frames' ORDER BY t.position LIMIT 1;

-- name: repair_kept
-- Whether what a repair needs is still kept: the frames, the bound copy, the tasks.
SELECT frames_dropped_at IS NULL AND bound_dropped_at IS NULL AND tasks_dropped_at IS NULL AS kept,
       plan, frame_first, frames_total
  FROM render.render_jobs WHERE tenant_id = $1 AND id = $2;

-- name: repair_round
UPDATE render.render_jobs SET repair_rounds = repair_rounds + 1, updated_at = now()
 WHERE id = $1 RETURNING repair_rounds;

-- name: repair_insert
INSERT INTO render.frame_repair_jobs (job_id, tenant_id, frame_job_id, task_id, round, reason,
                                      frames, suspect_node_id, neighbours, spare_class_id)
SELECT $1, $2, p.frame_job_id, p.task_id, $3, $4, p.frames::int4multirange, p.suspect,
       p.neighbours::int4multirange, p.spare_class_id
  FROM unnest($5::bigint[], $6::bigint[], $7::text[], $8::uuid[], $9::text[], $10::integer[])
    AS p (frame_job_id, task_id, frames, suspect, neighbours, spare_class_id);

-- name: repair_finish
UPDATE render.frame_repair_jobs SET finished_at = now(), outcome = $2
 WHERE job_id = $1 AND finished_at IS NULL;

-- name: repair_compare
-- The neighbours of a repair as recorded, beside which its node's are held.
SELECT f.frame, encode(f.sha256, 'hex') AS sha256
  FROM render.frame_repair_jobs AS r
  JOIN render.frame_jobs AS j ON j.job_id = r.job_id
  JOIN render.frame_results AS f ON f.frame_job_id = j.id
 WHERE r.task_id = $1 AND r.finished_at IS NULL AND r.neighbours @> f.frame;

-- name: repair_note
UPDATE render.frame_repair_jobs SET neighbours_equal = $2
 WHERE task_id = $1 AND finished_at IS NULL;

-- name: repair_lift
-- Repairs that no other node came for within $1 seconds: the suspect one may do them too.
WITH late AS (
  SELECT r.task_id, r.spare_class_id FROM render.frame_repair_jobs AS r
   WHERE r.finished_at IS NULL AND r.spare_class_id IS NOT NULL
     AND r.created_at < now() - make_interval(secs => $1)
), moved AS (
  UPDATE render.tasks AS t SET class_id = late.spare_class_id
    FROM late WHERE t.id = late.task_id AND t.class_id <> late.spare_class_id
     AND t.state = 'queued'
  RETURNING t.id, t.class_id
), told AS (
  UPDATE render.task_queue AS q SET class_id = moved.class_id
    FROM moved WHERE q.id = moved.id AND q.ready
  RETURNING q.id
)
SELECT c.n::integer, pg_notify('flatrender_work', '')
  FROM (SELECT count(*) AS n FROM told) AS c WHERE c.n > 0;

-- name: repair_spare
-- A job that is tried again: whoever can may make what its repairs did not.
UPDATE render.tasks AS t SET class_id = r.spare_class_id
  FROM render.frame_repair_jobs AS r
 WHERE r.job_id = $1 AND r.spare_class_id IS NOT NULL AND t.id = r.task_id
   AND t.state IN ('queued', 'blocked');
