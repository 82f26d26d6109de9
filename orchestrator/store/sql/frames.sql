-- name: frame_job_of_task
SELECT id, frames::text AS frames, done::text AS done, (frames - done)::text AS missing,
       frame_count, task_id
  FROM render.frame_jobs WHERE task_id = ANY($1::bigint[]);

-- name: frame_record
-- The batch and what it makes of `done` in one statement. A frame is recorded once: the attempt
-- that uploaded it stays its source. One that never left an earlier attempt's node is replaced.
WITH given AS (
  SELECT j.id AS frame_job_id, g.frame, g.sha256, g.size_bytes, g.object_key
    FROM render.frame_jobs AS j,
         unnest($3::integer[], $4::bytea[], $5::integer[], $6::text[])
           AS g (frame, sha256, size_bytes, object_key)
   WHERE j.task_id = $1 AND j.frames @> g.frame
), put AS (
  INSERT INTO render.frame_results AS r (frame_job_id, frame, task_id, attempt, sha256, size_bytes,
                                    object_key)
  SELECT frame_job_id, frame, $1, $2, sha256, size_bytes, object_key FROM given
  ON CONFLICT (frame_job_id, frame) DO UPDATE
    SET attempt = excluded.attempt, sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
        object_key = excluded.object_key
  WHERE r.object_key IS NULL AND r.attempt < excluded.attempt
  RETURNING frame_job_id, frame
), made AS (
  SELECT frame_job_id, range_agg(int4range(frame, frame, '[]')) AS frames
    FROM put GROUP BY frame_job_id
)
UPDATE render.frame_jobs AS j SET done = j.done + made.frames
  FROM made WHERE j.id = made.frame_job_id
RETURNING j.done::text AS done;

-- name: frame_reset
-- A new attempt begins: frames that never left the nodes of earlier ones are no longer done.
WITH gone AS (
  DELETE FROM render.frame_results AS r USING render.frame_jobs AS j
   WHERE j.task_id = $1 AND r.frame_job_id = j.id AND r.object_key IS NULL
     AND r.attempt < $2
  RETURNING r.frame_job_id, r.frame
), lost AS (
  SELECT frame_job_id, range_agg(int4range(frame, frame, '[]')) AS frames
    FROM gone GROUP BY frame_job_id
)
UPDATE render.frame_jobs AS j SET done = j.done - lost.frames, completed_at = NULL
  FROM lost WHERE j.id = lost.frame_job_id;

-- name: frame_count_of_attempt
SELECT count(*)::integer FROM render.frame_results AS r
  JOIN render.frame_jobs AS j ON j.id = r.frame_job_id
 WHERE j.task_id = $1 AND r.attempt = $2;

-- name: frame_job_complete
UPDATE render.frame_jobs SET completed_at = now()
 WHERE task_id = $1 AND done = frames RETURNING id;

-- name: frame_results_of_job
SELECT r.frame, r.task_id, r.attempt, encode(r.sha256, 'hex') AS sha256, r.size_bytes,
       r.object_key
  FROM render.frame_results AS r JOIN render.frame_jobs AS j ON j.id = r.frame_job_id
 WHERE j.job_id = $1 ORDER BY r.frame;

-- name: export_publish
-- The pointer to what was uploaded, written in the transaction that completes the task. Of each
-- kind there is one, and what is published never changes.
INSERT INTO render.exports (id, job_id, tenant_id, kind, object_key, media_type, size_bytes,
                            sha256, width, height, frames, fps_num, fps_den, duration_s,
                            has_audio, task_id, attempt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (job_id, kind) DO NOTHING RETURNING id;
