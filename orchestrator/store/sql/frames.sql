-- name: frame_job_of_task
SELECT id, frames::text AS frames, done::text AS done, (frames - done)::text AS missing,
       frame_count, task_id
  FROM render.frame_jobs WHERE task_id = ANY($1::bigint[]);

-- name: frame_record_many
-- Frames of tasks whose leases are locked, and what they make of `done`, in one statement. A frame
-- is recorded once: the attempt that uploaded it stays its source. One that never left an earlier
-- attempt's node is replaced. $1 are the tasks in the order of their ids, $2 their attempts; each
-- frame names its task and is given once. Found by halving and by arrays, never by a join: planned
-- while the tables were empty it would walk them.
WITH jobs AS MATERIALIZED (
  SELECT array_agg(j.id ORDER BY j.task_id) AS ids,
         array_agg(j.task_id ORDER BY j.task_id) AS tasks,
         array_agg(j.frames::text ORDER BY j.task_id) AS frames
    FROM render.frame_jobs AS j WHERE j.task_id = ANY($1::bigint[])
), given AS (
  SELECT jobs.ids[p.place] AS frame_job_id, g.frame, g.sha256, g.size_bytes, g.object_key,
         g.task_id, ($2::integer[])[width_bucket(g.task_id, $1::bigint[])] AS attempt
    FROM jobs
   CROSS JOIN unnest($3::bigint[], $4::integer[], $5::bytea[], $6::integer[], $7::text[])
           AS g (task_id, frame, sha256, size_bytes, object_key)
   CROSS JOIN LATERAL (SELECT width_bucket(g.task_id, jobs.tasks) AS place) AS p
   WHERE jobs.tasks[p.place] = g.task_id AND jobs.frames[p.place]::int4multirange @> g.frame
), put AS (
  INSERT INTO render.frame_results AS r (frame_job_id, frame, task_id, attempt, sha256, size_bytes,
                                    object_key)
  SELECT frame_job_id, frame, task_id, attempt, sha256, size_bytes, object_key FROM given
  ON CONFLICT (frame_job_id, frame) DO UPDATE
    SET attempt = excluded.attempt, sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
        object_key = excluded.object_key
  WHERE r.object_key IS NULL AND r.attempt < excluded.attempt
  RETURNING frame_job_id, frame
), made AS MATERIALIZED (
  SELECT array_agg(frame_job_id ORDER BY frame_job_id) AS ids,
         array_agg(frames ORDER BY frame_job_id) AS frames
    FROM (SELECT frame_job_id, range_agg(int4range(frame, frame, '[]'))::text AS frames
            FROM put GROUP BY frame_job_id) AS m
)
UPDATE render.frame_jobs AS j
   SET done = j.done
       + (SELECT frames FROM made)[width_bucket(j.id, (SELECT ids FROM made))]::int4multirange
 WHERE j.id = ANY((SELECT ids FROM made)::bigint[]);

-- name: frame_owners
-- What the keys of frames are checked against.
SELECT id, job_id, kind FROM render.tasks WHERE id = ANY($1::bigint[]);

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
-- kind one is in force; what is published never changes. That of an earlier attempt is superseded:
-- a job completes again only when a person had it repaired. The count makes the update come first.
WITH old AS (
  UPDATE render.exports SET superseded_at = now()
   WHERE job_id = $2 AND kind = $4 AND superseded_at IS NULL AND (task_id, attempt) <> ($16, $17)
  RETURNING id
)
INSERT INTO render.exports (id, job_id, tenant_id, kind, object_key, media_type, size_bytes,
                            sha256, width, height, frames, fps_num, fps_den, duration_s,
                            has_audio, task_id, attempt)
SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::bigint, $8::text,
       $9::integer, $10::integer, $11::integer, $12::integer, $13::integer, $14::float8,
       $15::boolean, $16::bigint, $17::integer
  FROM (SELECT count(*) FROM old) AS first
ON CONFLICT (job_id, kind) WHERE superseded_at IS NULL DO NOTHING RETURNING id;

-- name: frame_forget
-- Frames of a job that are to be made again, whatever range they were recorded for.
WITH gone AS (
  DELETE FROM render.frame_results AS r USING render.frame_jobs AS j
   WHERE j.job_id = $1 AND r.frame_job_id = j.id AND $2::text::int4multirange @> r.frame
)
UPDATE render.frame_jobs SET done = done - $2::text::int4multirange, completed_at = NULL
 WHERE job_id = $1 AND done && $2::text::int4multirange;

-- name: frame_sources
-- Where each of these frames of a job belongs and who made it; the chunk that ordered it first
-- where nobody did.
SELECT f.frame, j.id AS frame_job_id, j.node_id
  FROM (SELECT generate_series(lower(s), upper(s) - 1) AS frame
          FROM unnest($2::text::int4multirange) AS s) AS f
 CROSS JOIN LATERAL (
   SELECT i.id, a.node_id, r.frame IS NULL AS lacks, i.chunk
     FROM render.frame_jobs AS i
     LEFT JOIN render.frame_results AS r ON r.frame_job_id = i.id AND r.frame = f.frame
     LEFT JOIN render.attempts AS a ON a.task_id = r.task_id AND a.attempt = r.attempt
    WHERE i.job_id = $1 AND i.frames @> f.frame
    ORDER BY r.frame IS NULL, i.chunk LIMIT 1) AS j
 ORDER BY f.frame;
