-- name: task_insert_many
-- All tasks of a job with their frames, and those that may begin put into the queue, in one
-- statement and with one wake-up: NOTIFY takes a global lock. The job, the classes and the bundles
-- are looked up here, once for all of them, as foreign keys would for each; when one is missing
-- nothing is inserted.
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($6::text[], $7::smallint[], $8::integer[], $9::text[], $10::integer[],
                       $11::integer[], $12::bigint[], $13::bigint[], $14::text[], $15::text[],
                       $16::text[], $17::integer[])
    AS p (kind, stage, position, state, class_id, bundle_id, vtime, cost, spec, inputs,
          frames, frame_count)
), known AS MATERIALIZED (
  SELECT ($2::uuid IS NULL OR EXISTS (SELECT FROM render.render_jobs WHERE id = $2))
         AND (SELECT bool_and(
                EXISTS (SELECT FROM render.task_classes AS c WHERE c.class_id = d.class_id)
                AND (d.bundle_id IS NULL
                     OR EXISTS (SELECT FROM render.bundles AS b WHERE b.bundle_id = d.bundle_id)))
                FROM (SELECT DISTINCT class_id, bundle_id FROM given) AS d) AS yes
), new AS (
  INSERT INTO render.tasks (tenant_id, job_id, project_id, kind, stage, position, state, class_id,
                            bundle_id, priority, vtime, cost, spec, inputs, failures_max, queued_at)
  SELECT $1, $2, $3, p.kind, p.stage, p.position, p.state, p.class_id, p.bundle_id, $4, p.vtime,
         p.cost, p.spec::jsonb, p.inputs::jsonb, $5, CASE WHEN p.state = 'queued' THEN now() END
    FROM given AS p WHERE (SELECT yes FROM known)
  RETURNING id, stage, position, state, class_id, bundle_id, priority, vtime, attempt
), ranges AS (
  INSERT INTO render.frame_jobs (task_id, job_id, tenant_id, chunk, frames, frame_count)
  SELECT n.id, $2, $1, p.position, p.frames::int4multirange, p.frame_count
    FROM new AS n JOIN given AS p ON p.stage = n.stage AND p.position = n.position
   WHERE p.frame_count > 0
), put AS (
  INSERT INTO render.task_queue (id, class_id, bundle_id, priority, vtime, attempt)
  SELECT id, class_id, bundle_id, priority, vtime, attempt FROM new WHERE state = 'queued'
  RETURNING id
), woken AS (
  SELECT pg_notify('flatrender_work', '') FROM (SELECT count(*) AS n FROM put) AS c WHERE c.n > 0
)
SELECT n.id FROM new AS n LEFT JOIN woken ON true ORDER BY n.stage, n.position;

-- name: task_get
SELECT id, tenant_id, job_id, project_id, kind, stage, position, state, attempt, class_id,
       bundle_id, spec, inputs, outputs, node_id, session_id, failures, interruptions,
       failures_max, failure_code, failure_class, failure_message, progress
  FROM render.tasks WHERE id = $1;

-- name: task_of_job
-- In no order: where sorting is off an order might walk the whole index.
SELECT job_id, id, kind, stage, position, state, attempt, outputs, progress
  FROM render.tasks WHERE job_id = ANY($1::uuid[]);

-- name: task_outline
-- How far jobs are, a row each: their tasks' counts added up by stage, and whether what waits in a
-- job may begin, or nothing is left of it ($2 succeeded, $3 blocked).
WITH own AS MATERIALIZED (
  SELECT job_id, stage, state, progress FROM render.tasks WHERE job_id = ANY($1::uuid[])
), told AS MATERIALIZED (
  SELECT o.job_id, p.key AS stage, sum((p.value ->> 'done')::integer) AS done,
         sum((p.value ->> 'total')::integer) AS total
    FROM own AS o CROSS JOIN LATERAL jsonb_each(o.progress) AS p
   WHERE o.progress <> '{}' GROUP BY 1, 2
)
SELECT o.job_id, count(*)::integer AS tasks,
       min(o.stage) FILTER (WHERE o.state <> $2) IS NOT DISTINCT FROM
         min(o.stage) FILTER (WHERE o.state = $3) AS goes_on,
       coalesce((SELECT jsonb_object_agg(t.stage, jsonb_build_object('done', t.done,
                                                                     'total', t.total))
                   FROM told AS t WHERE t.job_id = o.job_id), '{}') AS stages
  FROM own AS o GROUP BY o.job_id;

-- name: task_grants
-- Everything that a grant tells besides its lease.
SELECT t.id, t.tenant_id, t.job_id, t.project_id, t.spec, t.inputs, t.class_id, c.requirements,
       b.md5, b.sha256, b.size_bytes, b.kind AS bundle_kind, b.aep_path, b.object_key
  FROM render.tasks AS t
  JOIN render.task_classes AS c ON c.class_id = t.class_id
  LEFT JOIN render.bundles AS b ON b.bundle_id = t.bundle_id
 WHERE t.id = ANY($1::bigint[]);

-- name: task_unblock
UPDATE render.tasks
   SET state = $2, queued_at = now(), spec = $4, inputs = $5,
       class_id = coalesce($6::integer, class_id)
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_run
UPDATE render.tasks SET state = $2, started_at = now()
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_succeed
UPDATE render.tasks
   SET state = $2, finished_at = now(), node_id = NULL, session_id = NULL, outputs = $4,
       failure_code = NULL, failure_class = NULL, failure_message = NULL
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_requeue
-- $4 seconds of rest keep it out of the queue until they are over. The nodes $7 get it last, for
-- $8 seconds beyond its rest; null leaves that as it was.
UPDATE render.tasks
   SET state = $2, queued_at = now(), node_id = NULL, session_id = NULL,
       failures = failures + $5, interruptions = interruptions + $6, progress = '{}',
       not_before = CASE WHEN $4::float8 > 0 THEN now() + make_interval(secs => $4) END,
       shy_of = CASE WHEN $7::uuid[] IS NULL THEN shy_of ELSE $7 END,
       shy_until = CASE WHEN $7::uuid[] IS NULL THEN shy_until
                        WHEN $7 <> '{}' THEN now() + make_interval(secs => $4::float8 + $8) END
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_end
-- Failed or quarantined, with the reason.
UPDATE render.tasks
   SET state = $2, finished_at = now(), node_id = NULL, session_id = NULL,
       failures = failures + $4, failure_code = $5, failure_class = $6, failure_message = $7
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_cancel_of_job
UPDATE render.tasks
   SET state = $2, finished_at = now(), node_id = NULL, session_id = NULL, not_before = NULL
 WHERE job_id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_revive
-- Back from a bad end by a person's wish; the attempt number goes on, the failures start anew.
UPDATE render.tasks
   SET state = $2, queued_at = CASE WHEN $2 = 'queued' THEN now() END, finished_at = NULL,
       failures = 0, failure_code = NULL, failure_class = NULL, failure_message = NULL,
       progress = '{}', revived_at = now(), shy_of = NULL, shy_until = NULL
 WHERE id = ANY($1::bigint[]) AND state = ANY($3::text[]) RETURNING id;

-- name: task_hold_back
-- Back behind earlier stages, which have something to mend; what it made is no longer its result.
UPDATE render.tasks
   SET state = $2, queued_at = NULL, finished_at = NULL, node_id = NULL, session_id = NULL,
       outputs = '[]', progress = '{}', revived_at = now(), shy_of = NULL, shy_until = NULL
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: task_progress
UPDATE render.tasks SET progress = $2 WHERE id = $1;

-- name: task_class_ensure
-- The row that exists already is the usual case; the no-op update returns its id too.
INSERT INTO render.task_classes (requirements_sha256, requirements) VALUES ($1, $2)
ON CONFLICT (requirements_sha256) DO UPDATE SET requirements_sha256 = $1
RETURNING class_id;

-- name: task_class_find
SELECT requirements_sha256, class_id FROM render.task_classes
 WHERE requirements_sha256 = ANY($1::text[]);

-- name: task_class_get
SELECT requirements FROM render.task_classes WHERE class_id = $1;

-- name: task_class_unknown
-- Not "newer than": a class with a lower number may be committed after one with a higher.
SELECT class_id, requirements FROM render.task_classes
 WHERE NOT class_id = ANY($1::integer[]) ORDER BY class_id;

-- name: share_turn
-- Taken before jobs are counted, so that the count sees every order that came before. Two tenants
-- whose ids have one hash only wait for each other.
SELECT pg_advisory_xact_lock(7066003, hashtext($1::uuid::text));

-- name: share_lock
-- The row's lock lets the enqueues of one tenant and priority take their turns.
INSERT INTO render.tenant_shares (tenant_id, priority) VALUES ($1, $2)
ON CONFLICT (tenant_id, priority) DO UPDATE SET updated_at = now()
RETURNING finish_tag;

-- name: share_set
UPDATE render.tenant_shares SET finish_tag = $3 WHERE tenant_id = $1 AND priority = $2;

-- name: share_last
-- When nothing waits, the farm has served everybody: newcomers start where the last one ended.
SELECT coalesce(max(finish_tag), 0) FROM render.tenant_shares
 WHERE priority = $1 AND tenant_id <> $2;

-- name: bundle_ids
SELECT md5, bundle_id FROM render.bundles WHERE md5 = ANY($1::text[]);
