-- name: lease_lock
-- The fence of every report: task, attempt, token and node must be the current lease. Whoever
-- holds this lock decides the lease's fate.
SELECT q.id AS task_id, q.attempt, q.session_id, t.job_id, t.tenant_id, t.kind, t.state,
       t.node_id, t.stage, t.spec, t.failures, t.interruptions, t.failures_max, t.class_id,
       t.project_id
  FROM render.task_queue AS q
  JOIN render.tasks AS t ON t.id = q.id
 WHERE q.id = $1 AND q.attempt = $2 AND q.token = $3 AND NOT q.ready
   AND (SELECT s.node_id FROM render.node_sessions AS s WHERE s.id = q.session_id) = $4
   FOR UPDATE OF q;

-- name: lease_held
-- Every lease of the sessions, in no order: where sorting is off an order walks the whole queue,
-- and so might a join.
SELECT q.session_id, q.id AS task_id, q.attempt, q.token,
       (SELECT t.leased_at FROM render.tasks AS t WHERE t.id = q.id)
         < now() - make_interval(secs => $2) AS is_old
  FROM render.task_queue AS q
 WHERE q.session_id = ANY($1::bigint[]) AND NOT q.ready;

-- name: lease_held_by_node
-- Every lease of a node, whatever session it was granted in.
SELECT q.id AS task_id, q.attempt, q.token
  FROM render.task_queue AS q
 WHERE q.session_id = ANY(ARRAY(SELECT id FROM render.node_sessions WHERE node_id = $1))
   AND NOT q.ready
 ORDER BY q.id;

-- name: lease_fate
-- What became of leases that a node offers but the server does not know as its own.
SELECT a.task_id, a.attempt, t.state
  FROM unnest($1::bigint[], $2::integer[]) AS o (task_id, attempt)
  JOIN render.attempts AS a ON a.task_id = o.task_id AND a.attempt = o.attempt
  JOIN render.tasks AS t ON t.id = a.task_id
 WHERE a.node_id = $3;

-- name: lease_move
-- Hand leases of earlier sessions to the session that follows them.
WITH moved AS (
  UPDATE render.task_queue SET session_id = $2
   WHERE id = ANY($1::bigint[]) AND NOT ready
  RETURNING id, attempt
), told AS (
  UPDATE render.tasks AS t SET session_id = $2 FROM moved WHERE t.id = moved.id
)
UPDATE render.attempts AS a SET session_id = $2
  FROM moved WHERE a.task_id = moved.id AND a.attempt = moved.attempt;

-- name: lease_census
-- All leases and the nodes that hold them, and how many are past their session's deadline.
-- Sessions are looked up one by one (OFFSET 0): a join planned while the tables were empty would
-- walk them once per lease.
SELECT count(*)::integer AS leases, count(DISTINCT s.node_id)::integer AS nodes,
       (count(*) FILTER (WHERE s.deadline_at < now()))::integer AS overdue_leases
  FROM (SELECT session_id FROM render.task_queue WHERE NOT ready OFFSET 0) AS q
 CROSS JOIN LATERAL (
   SELECT i.node_id, i.deadline_at FROM render.node_sessions AS i
    WHERE i.id = q.session_id OFFSET 0) AS s;

-- name: lease_overdue
-- The oldest deadlines first; a few at a time when the brake is on.
SELECT q.id AS task_id, q.attempt, q.token, s.node_id, s.id AS session_id
  FROM render.task_queue AS q JOIN render.node_sessions AS s ON s.id = q.session_id
 WHERE NOT q.ready AND s.deadline_at < now()
 ORDER BY s.deadline_at, q.id LIMIT $1;

-- name: lease_lock_many
-- The fence of many reports at once, row by row the same as for one; locked in the order of ids.
-- $1 are the tasks in the order of their ids, with the attempts $2, the tokens $3 (24 bytes each,
-- end to end) and the nodes $4; a row finds its place in them by halving.
WITH locked AS MATERIALIZED (
  SELECT q.id, q.attempt, q.token, q.session_id, width_bucket(q.id, $1::bigint[]) AS place
    FROM render.task_queue AS q
   WHERE q.id = ANY($1::bigint[]) AND q.session_id + 0 > 0
   ORDER BY q.id FOR UPDATE
)
SELECT l.id
  FROM locked AS l
 WHERE l.attempt = ($2::integer[])[l.place]
   AND l.token = substring($3::bytea FROM 24 * l.place - 23 FOR 24)
   AND (SELECT s.node_id FROM render.node_sessions AS s WHERE s.id = l.session_id)
       = ($4::uuid[])[l.place];

-- name: lease_settle_many
-- Tasks that succeeded. Each row has its own fence, the same as for one report, and those that
-- pass it leave the queue; their tasks, attempts and frame ranges end, and each job's stream is
-- told once of all of its tasks. Rows go in the order of their ids, so that two who settle many
-- cannot wait for each other.
-- $1 are the tasks in the order of their ids, with the attempts $2, the tokens $3 (24 bytes each,
-- end to end) and the nodes $4; a row finds its place in them by halving. What was reported stands
-- in $7 to $12, once for all who said the same, at the place $5: looking into an array of texts
-- walks it from its start, so long ones cost the square of their length.
WITH gone AS (
  DELETE FROM render.task_queue AS q
   WHERE q.id = ANY($1::bigint[]) AND q.session_id + 0 > 0
     AND q.attempt = ($2::integer[])[width_bucket(q.id, $1::bigint[])]
     AND q.token = substring($3::bytea FROM 24 * width_bucket(q.id, $1::bigint[]) - 23 FOR 24)
     AND (SELECT s.node_id FROM render.node_sessions AS s WHERE s.id = q.session_id)
         = ($4::uuid[])[width_bucket(q.id, $1::bigint[])]
  RETURNING q.id
), got AS MATERIALIZED (
  SELECT array_agg(id) AS ids FROM gone
), ended AS (
  UPDATE render.tasks AS t
     SET state = $13, finished_at = now(), node_id = NULL, session_id = NULL,
         outputs = ($7::text[])[($5::integer[])[width_bucket(t.id, $1::bigint[])]]::jsonb,
         failure_code = NULL, failure_class = NULL, failure_message = NULL
   WHERE t.id = ANY((SELECT ids FROM got)::bigint[]) AND t.state = ANY($14::text[])
  RETURNING t.id, t.tenant_id, t.job_id, t.kind, t.attempt
), tried AS (
  UPDATE render.attempts AS a
     SET outcome = 'succeeded', finished_at = now(),
         timings = ($8::text[])[($5::integer[])[width_bucket(a.task_id, $1::bigint[])]]::jsonb,
         warnings = ($9::text[])[($5::integer[])[width_bucket(a.task_id, $1::bigint[])]]::jsonb,
         unsupported
           = ($10::text[])[($5::integer[])[width_bucket(a.task_id, $1::bigint[])]]::jsonb,
         engine_version = ($11::text[])[($5::integer[])[width_bucket(a.task_id, $1::bigint[])]],
         frames_sha256 = ($12::text[])[($5::integer[])[width_bucket(a.task_id, $1::bigint[])]],
         frames_done = ($6::integer[])[width_bucket(a.task_id, $1::bigint[])],
         reply = jsonb_build_object('task_state', $13)
   WHERE a.task_id = ANY((SELECT ids FROM got)::bigint[]) AND a.outcome IS NULL
     AND a.attempt = ($2::integer[])[width_bucket(a.task_id, $1::bigint[])]
), ranges AS (
  UPDATE render.frame_jobs SET completed_at = now()
   WHERE task_id = ANY((SELECT ids FROM got)::bigint[]) AND done = frames
), told AS (
  INSERT INTO render.job_events (tenant_id, job_id, type, payload)
  SELECT e.tenant_id, e.job_id, 'task',
         jsonb_build_object('kind', e.kind, 'state', $13, 'task_ids', to_jsonb(array_agg(e.id)),
                            'attempts', to_jsonb(array_agg(e.attempt)))
    FROM ended AS e WHERE e.job_id IS NOT NULL GROUP BY e.tenant_id, e.job_id, e.kind
)
SELECT id FROM gone;
