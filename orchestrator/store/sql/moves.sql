-- name: job_lock
-- Always the first lock of a transaction that may move a job; queue rows and tasks come after.
SELECT id, tenant_id, state, frames_total, frames_dropped_at, objects_dropped_at, repair_rounds
  FROM render.render_jobs WHERE id = $1 FOR NO KEY UPDATE;

-- name: job_lock_many
-- Locked in the order of their ids, so that two who lock many cannot wait for each other.
SELECT id, tenant_id, state, frames_total, frames_dropped_at, objects_dropped_at, repair_rounds
  FROM render.render_jobs WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: job_move
-- One guarded move. `started_at` is the first time it left the queue; ends are timed; a retry, and
-- a repair of what was done, clears the end and counts up, so that its events are events of their
-- own, and begins its rounds of repair anew; a retry leaves new leftovers for the janitor.
UPDATE render.render_jobs
   SET state = $2, updated_at = now(),
       started_at = CASE WHEN $2 IN ('queued', 'cancelled', 'failed') THEN started_at
                         ELSE coalesce(started_at, now()) END,
       finished_at = CASE WHEN $2 IN ('done', 'failed', 'cancelled') THEN now() END,
       failure_code = $4, failure_class = $5, failure_message = $6,
       retries = retries + CASE WHEN $2 = 'queued' OR state = 'done' THEN 1 ELSE 0 END,
       repair_rounds = CASE WHEN $2 = 'queued' OR state = 'done' THEN 0 ELSE repair_rounds END,
       cancel_requested_at = CASE WHEN $2 = 'cancelled' THEN now() END,
       frames_done = CASE WHEN $2 = 'done' THEN frames_total ELSE frames_done END,
       frames_dropped_at = CASE WHEN $2 = 'queued' THEN NULL ELSE frames_dropped_at END,
       objects_dropped_at = CASE WHEN $2 = 'queued' THEN NULL ELSE objects_dropped_at END,
       swept_at = CASE WHEN $2 = 'queued' THEN NULL ELSE swept_at END
 WHERE id = $1 AND state = ANY($3::text[])
RETURNING tenant_id, retries;

-- name: job_progress
-- Shown, not counted on: written at most twice a second unless $5 says that it matters.
UPDATE render.render_jobs
   SET progress = $2, stage = $3, frames_done = least($4, frames_total), updated_at = now()
 WHERE id = $1 AND finished_at IS NULL
   AND ($5 OR stage IS DISTINCT FROM $3 OR updated_at < now() - interval '500 milliseconds')
RETURNING tenant_id;

-- name: job_progress_many
-- What a batch of results made of jobs that are locked, and each job's stream told of it. The
-- arrays are in the order of the jobs; rows find their place in them by halving.
WITH shown AS (
  UPDATE render.render_jobs AS j
     SET progress = ($2::text[])[width_bucket(j.id, $1::uuid[])]::jsonb,
         stage = ($3::text[])[width_bucket(j.id, $1::uuid[])], updated_at = now(),
         frames_done = least(($4::integer[])[width_bucket(j.id, $1::uuid[])], j.frames_total)
   WHERE j.id = ANY($1::uuid[]) AND j.finished_at IS NULL
  RETURNING j.id, j.tenant_id
)
INSERT INTO render.job_events (tenant_id, job_id, type, payload)
SELECT s.tenant_id, s.id, 'progress', ($5::text[])[width_bucket(s.id, $1::uuid[])]::jsonb
  FROM shown AS s;

-- name: job_remarks
-- Warnings and counts of what the engine skipped, gathered over the job's attempts, each once.
UPDATE render.render_jobs AS j
   SET unsupported = unsupported || $3,
       warnings = warnings || coalesce((
         SELECT jsonb_agg(w.text) FROM jsonb_array_elements($2::jsonb) AS w (text)
          WHERE NOT j.warnings @> jsonb_build_array(w.text)), '[]')
 WHERE id = $1;

-- name: job_count_usage
-- Counted once, in the transaction that made the job done. Only attempts that succeeded cost.
WITH spent AS (
  SELECT coalesce(sum(extract(epoch FROM a.finished_at - a.granted_at) * 1000), 0)::bigint AS ms
    FROM render.tasks AS t JOIN render.attempts AS a ON a.task_id = t.id
   WHERE t.job_id = $1 AND a.outcome = 'succeeded'
), counted AS (
  UPDATE render.render_jobs SET usage_counted = true, node_ms = spent.ms FROM spent
   WHERE id = $1 AND state = 'done' AND NOT usage_counted
  RETURNING tenant_id, frames_total, node_ms, node_ms / 1000.0 * cost_weight AS cost,
            coalesce(frames_total * 1000::bigint * fps_den / fps_num, 0) AS output_ms
), made AS (
  SELECT coalesce(sum(size_bytes), 0)::bigint AS bytes FROM render.exports
   WHERE job_id = $1 AND superseded_at IS NULL
)
INSERT INTO identity.tenant_usage_daily AS u
       (tenant_id, day, jobs_done, frames, node_ms, cost_units, output_ms, output_bytes)
SELECT tenant_id, (now() AT TIME ZONE 'UTC')::date, 1, frames_total, node_ms, cost, output_ms,
       made.bytes
  FROM counted, made
ON CONFLICT (tenant_id, day) DO UPDATE
  SET jobs_done = u.jobs_done + 1, frames = u.frames + excluded.frames,
      output_ms = u.output_ms + excluded.output_ms,
      output_bytes = u.output_bytes + excluded.output_bytes,
      node_ms = u.node_ms + excluded.node_ms, cost_units = u.cost_units + excluded.cost_units,
      updated_at = now();

-- name: event_append
INSERT INTO render.job_events (tenant_id, job_id, task_id, attempt, type, payload)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING id;

-- name: outbox_append
INSERT INTO render.outbox (tenant_id, type, dedupe_key, job_id, payload)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (dedupe_key) DO NOTHING;
