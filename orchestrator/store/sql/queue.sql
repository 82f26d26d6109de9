-- name: queue_put
-- One statement for all tasks of a job, and one wake-up for it: NOTIFY takes a global lock.
WITH put AS (
  INSERT INTO render.task_queue
         (id, class_id, bundle_id, priority, vtime, attempt, shy_of, shy_until)
  SELECT t.id, t.class_id, t.bundle_id, t.priority, t.vtime, t.attempt, t.shy_of, t.shy_until
    FROM render.tasks AS t
   WHERE t.id = ANY($1::bigint[]) AND t.state = 'queued' AND t.not_before IS NULL
   ORDER BY t.id
  ON CONFLICT (id) DO NOTHING
  RETURNING id
)
SELECT pg_notify('flatrender_work', '') FROM (SELECT count(*) AS n FROM put) AS c WHERE c.n > 0;

-- name: queue_due
-- Delayed retries wait outside the queue, so that claims never walk them.
WITH due AS (
  UPDATE render.tasks SET not_before = NULL
   WHERE id = ANY(ARRAY(
     SELECT id FROM render.tasks
      WHERE state = 'queued' AND not_before <= now()
      ORDER BY not_before LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED))
  RETURNING id, class_id, bundle_id, priority, vtime, attempt, shy_of, shy_until
), put AS (
  INSERT INTO render.task_queue
         (id, class_id, bundle_id, priority, vtime, attempt, shy_of, shy_until)
  SELECT id, class_id, bundle_id, priority, vtime, attempt, shy_of, shy_until FROM due
  ON CONFLICT (id) DO NOTHING
  RETURNING id
)
SELECT c.n::integer, pg_notify('flatrender_work', '')
  FROM (SELECT count(*) AS n FROM put) AS c WHERE c.n > 0;

-- name: queue_candidates
-- What waits for nodes that can serve these classes, best first; nothing is locked yet.
-- One short index scan per class (and per class and cached bundle): an array of classes in one
-- scan would walk the whole queue. A cached bundle may jump ahead, so the first of each are
-- listed too. Who gets a task last is told, not filtered: one list serves many nodes.
SELECT c.id AS task_id, c.bundle_id, c.priority, c.vtime, c.shy_of FROM (
  SELECT q.id, q.bundle_id, q.priority, q.vtime, q.shy_of
    FROM unnest($1::integer[]) AS k (class_id)
   CROSS JOIN LATERAL (
     SELECT r.id, r.bundle_id, r.priority, r.vtime,
            CASE WHEN r.shy_until > now() THEN r.shy_of END AS shy_of
       FROM render.task_queue AS r
      WHERE r.ready AND r.class_id = k.class_id
      ORDER BY r.priority DESC, r.vtime, r.id LIMIT $3) AS q
  UNION ALL
  SELECT q.id, b.bundle_id, q.priority, q.vtime, q.shy_of
    FROM unnest($1::integer[]) AS k (class_id)
   CROSS JOIN unnest($2::integer[]) AS b (bundle_id)
   CROSS JOIN LATERAL (
     SELECT r.id, r.priority, r.vtime,
            CASE WHEN r.shy_until > now() THEN r.shy_of END AS shy_of
       FROM render.task_queue AS r
      WHERE r.ready AND r.class_id = k.class_id AND r.bundle_id = b.bundle_id
      ORDER BY r.priority DESC, r.vtime, r.id LIMIT 8) AS q
) AS c
GROUP BY c.id, c.bundle_id, c.priority, c.vtime, c.shy_of ORDER BY c.priority DESC, c.vtime, c.id
LIMIT $3 + 8 * cardinality($2);

-- name: queue_claim
-- One autocommit statement for all who wait: a claimer that dies cannot hide a row. $1 are the
-- tasks chosen, in the order of their ids; each is for the request at place $2 of the requests $3,
-- asked by the nodes $4 in the sessions $5, which have the epochs $6 and need $7 free slots. Rows
-- that somebody else holds or took are skipped, and so are those for a session that is over, a node
-- that is not online or has too few slots left, and a request that was answered before.
-- A row's place in the arrays is found by halving (width_bucket), and rows by arrays of ids,
-- never by a join: a join planned while the queue was empty would walk an index as a whole. For
-- the same reason readiness is asked for as `session_id IS NULL`, and sessions are looked up one
-- by one (EXISTS would become a join too). $8 are random bytes, 16 for the token of each task.
-- Attempts are made of the tasks that this statement wrote: they need no key to look them up again.
-- Attempts of an epoch begin above 1000 times the epochs before it: the past that a restore lost
-- may have used the next numbers, and their object keys, of any task, leased ones too.
WITH able AS MATERIALIZED (
  SELECT array_agg(coalesce((
           SELECT s.node_id = ($4::uuid[])[r.place] AND s.epoch = ($6::bigint[])[r.place]
                  AND s.closed_at IS NULL AND s.deadline_at > now()
                  AND (SELECT n.state = 'online' AND n.slots >= ($7::integer[])[r.place] + (
                                SELECT count(*) FROM render.task_queue AS q
                                 WHERE q.session_id = s.id AND NOT q.ready)
                         FROM render.nodes AS n WHERE n.id = s.node_id)
             FROM render.node_sessions AS s WHERE s.id = ($5::bigint[])[r.place]), false)
           AND (SELECT c.at FROM render.claim_requests AS c
                 WHERE c.node_id = ($4::uuid[])[r.place]
                   AND c.request_id = ($3::uuid[])[r.place]) IS NULL) AS yes
    FROM generate_subscripts($5::bigint[], 1) AS r (place)
), chosen AS MATERIALIZED (
  SELECT q.id FROM render.task_queue AS q
   WHERE q.id = ANY($1::bigint[]) AND q.session_id IS NULL
     AND (SELECT yes FROM able)[($2::integer[])[width_bucket(q.id, $1::bigint[])]]
     FOR NO KEY UPDATE SKIP LOCKED
), leased AS (
  UPDATE render.task_queue AS q
     SET ready = false,
         attempt = greatest(q.attempt, (
           ($6::bigint[])[($2::integer[])[width_bucket(q.id, $1::bigint[])]] - 1) * 1000
         )::integer + 1,
         session_id = ($5::bigint[])[($2::integer[])[width_bucket(q.id, $1::bigint[])]],
         token = int8send(($6::bigint[])[($2::integer[])[width_bucket(q.id, $1::bigint[])]])
                 || substring($8::bytea FROM 16 * width_bucket(q.id, $1::bigint[]) - 15 FOR 16)
   WHERE q.id = ANY(ARRAY(SELECT id FROM chosen))
  RETURNING q.id, q.attempt, q.token, ($2::integer[])[width_bucket(q.id, $1::bigint[])] AS place
), got AS MATERIALIZED (
  SELECT array_agg(id ORDER BY id) AS ids, array_agg(attempt ORDER BY id) AS attempts FROM leased
), told AS (
  UPDATE render.tasks AS t
     SET state = 'leased',
         node_id = ($4::uuid[])[($2::integer[])[width_bucket(t.id, $1::bigint[])]],
         session_id = ($5::bigint[])[($2::integer[])[width_bucket(t.id, $1::bigint[])]],
         attempt = (SELECT attempts FROM got)[width_bucket(t.id, (SELECT ids FROM got))],
         leased_at = now(), started_at = NULL, progress = '{}'
   WHERE t.id = ANY((SELECT ids FROM got)::bigint[])
  RETURNING t.id, t.attempt, t.node_id, t.session_id
), tried AS (
  INSERT INTO render.attempts (task_id, attempt, node_id, session_id, token_sha256)
  SELECT t.id, t.attempt, t.node_id, t.session_id,
         sha256(int8send(($6::bigint[])[($2::integer[])[width_bucket(t.id, $1::bigint[])]])
                || substring($8::bytea FROM 16 * width_bucket(t.id, $1::bigint[]) - 15 FOR 16))
    FROM told AS t
), answered AS (
  INSERT INTO render.claim_requests (node_id, request_id, session_id, task_ids, attempts)
  SELECT ($4::uuid[])[l.place], ($3::uuid[])[l.place], ($5::bigint[])[l.place],
         array_agg(l.id), array_agg(l.attempt)
    FROM leased AS l GROUP BY l.place
)
SELECT l.id AS task_id, l.attempt, l.token FROM leased AS l;

-- name: queue_answered
-- The answers that request ids got: only what is still leased by that very attempt. Looked up one
-- by one (OFFSET 0): a join planned while the tables were empty would walk them.
SELECT c.node_id, c.request_id, q.id AS task_id, q.attempt, q.token
  FROM unnest($1::uuid[], $2::uuid[]) AS a (node_id, request_id)
 CROSS JOIN LATERAL (
   SELECT r.node_id, r.request_id, r.task_ids, r.attempts FROM render.claim_requests AS r
    WHERE r.node_id = a.node_id AND r.request_id = a.request_id OFFSET 0) AS c
  LEFT JOIN LATERAL unnest(c.task_ids, c.attempts) AS g (task_id, attempt) ON true
  LEFT JOIN LATERAL (
    SELECT i.id, i.attempt, i.token FROM render.task_queue AS i
     WHERE i.id = g.task_id AND i.attempt = g.attempt AND i.session_id + 0 > 0 OFFSET 0) AS q
    ON true;

-- name: queue_release
-- Give leased rows back to the queue; the attempt number stays, so it never starts again.
WITH back AS (
  UPDATE render.task_queue AS q
     SET ready = true, session_id = NULL, token = NULL,
         shy_of = (SELECT t.shy_of FROM render.tasks AS t WHERE t.id = q.id),
         shy_until = (SELECT t.shy_until FROM render.tasks AS t WHERE t.id = q.id)
   WHERE q.id = ANY($1::bigint[]) AND NOT q.ready RETURNING q.id
)
SELECT pg_notify('flatrender_work', '') FROM (SELECT count(*) AS n FROM back) AS c WHERE c.n > 0;

-- name: queue_remove
DELETE FROM render.task_queue WHERE id = ANY($1::bigint[]);

-- name: queue_lock_many
-- Locked in the order of their ids, so that two who lock many cannot wait for each other.
SELECT id FROM render.task_queue WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE;

-- name: queue_heads
-- Where the queue of each class stands: the virtual time from which a newcomer starts.
SELECT k.class_id, q.vtime
  FROM unnest($1::integer[]) AS k (class_id)
 CROSS JOIN LATERAL (
   SELECT r.vtime FROM render.task_queue AS r
    WHERE r.ready AND r.class_id = k.class_id AND r.priority = $2
    ORDER BY r.vtime LIMIT 1) AS q;

-- name: queue_reclaim
-- An agent that was out of touch takes back a lease that nobody got since: same attempt, same
-- token. The queue row must still be ready with that attempt as its latest.
WITH back AS (
  UPDATE render.task_queue AS q
     SET ready = false, session_id = $4, token = $3
    FROM render.attempts AS a
   WHERE q.id = $1 AND q.attempt = $2 AND q.ready
     AND a.task_id = q.id AND a.attempt = q.attempt
     AND a.outcome = 'lost' AND a.token_sha256 = sha256($3::bytea) AND a.node_id = $5
  RETURNING q.id, q.attempt
), told AS (
  UPDATE render.tasks AS t
     SET state = 'leased', node_id = $5, session_id = $4, leased_at = now()
    FROM back WHERE t.id = back.id AND t.state = ANY($6::text[])
)
UPDATE render.attempts AS a
   SET outcome = NULL, finished_at = NULL, session_id = $4,
       failure_code = NULL, failure_class = NULL, failure_message = NULL
  FROM back WHERE a.task_id = back.id AND a.attempt = back.attempt
RETURNING a.task_id;
