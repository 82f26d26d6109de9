-- name: session_open
INSERT INTO render.node_sessions (node_id, epoch, instance, agent_version, deadline_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5)) RETURNING id;

-- name: session_current
SELECT id, epoch, deadline_at < now() AS is_overdue
  FROM render.node_sessions WHERE node_id = $1 AND closed_at IS NULL FOR NO KEY UPDATE;

-- name: session_close
UPDATE render.node_sessions SET closed_at = now(), close_reason = $2
 WHERE id = $1 AND closed_at IS NULL RETURNING node_id;

-- name: session_renew
-- All leases of each session at once: their deadline is its row's. Locked one by one in the order
-- given, which is that of the ids. No joins: planned while the table was empty they would walk it.
-- A lease that was given for longer than is usual by now keeps its time: its agent goes by what it
-- was told until it has our answer.
UPDATE render.node_sessions
   SET renewed_at = now(), deadline_at = greatest(deadline_at, now() + make_interval(secs => $3))
 WHERE id = ANY(ARRAY(
   SELECT l.id FROM unnest($1::bigint[], $2::uuid[]) AS g (id, node_id)
    CROSS JOIN LATERAL (
      SELECT s.id FROM render.node_sessions AS s
       WHERE s.id = g.id AND s.node_id = g.node_id AND coalesce(s.closed_at, 'infinity') > now()
         FOR NO KEY UPDATE) AS l))
   AND coalesce(closed_at, 'infinity') > now()
RETURNING id, epoch, now() AS server_time;

-- name: session_enter
-- How claims find the farm, in their order: the standing of their sessions, whether they come
-- again, and how many classes there are. Looked up one by one (OFFSET 0): a join planned while the
-- tables were empty would walk them.
SELECT s.epoch, s.node_state, s.slots - (
         SELECT count(*) FROM render.task_queue AS q WHERE q.session_id = s.id AND NOT q.ready
       )::integer AS free, r.attempts IS NOT NULL AS is_repeat,
       (SELECT count(*) FROM render.task_classes)::integer AS classes
  FROM unnest($1::bigint[], $2::uuid[], $3::uuid[]) AS a (id, node_id, request_id)
  LEFT JOIN LATERAL (
   SELECT o.id, o.epoch, n.state AS node_state, n.slots
     FROM (SELECT i.id, i.epoch, i.node_id, i.closed_at FROM render.node_sessions AS i
            WHERE i.id = a.id OFFSET 0) AS o
    CROSS JOIN LATERAL (
      SELECT m.state, m.slots FROM render.nodes AS m WHERE m.id = o.node_id OFFSET 0) AS n
    WHERE o.node_id = a.node_id AND o.closed_at IS NULL OFFSET 0) AS s ON true
  LEFT JOIN LATERAL (
   SELECT c.attempts FROM render.claim_requests AS c
    WHERE c.node_id = a.node_id AND c.request_id = a.request_id OFFSET 0) AS r ON true;

-- name: session_abilities
-- What the nodes of sessions can do; it stays the same as long as the session lives.
SELECT s.id, s.node_id, n.platform, n.capabilities
  FROM unnest($1::bigint[]) AS a (id)
 CROSS JOIN LATERAL (
   SELECT i.id, i.node_id FROM render.node_sessions AS i WHERE i.id = a.id OFFSET 0) AS s
 CROSS JOIN LATERAL (
   SELECT m.platform, m.capabilities FROM render.nodes AS m
    WHERE m.id = s.node_id OFFSET 0) AS n;

-- name: session_idle_overdue
-- Sessions past their deadline that hold no lease any more.
SELECT s.id, s.node_id FROM render.node_sessions AS s
 WHERE s.closed_at IS NULL AND s.deadline_at < now()
   AND NOT EXISTS (SELECT FROM render.task_queue AS q WHERE q.session_id = s.id AND NOT q.ready)
 ORDER BY s.deadline_at LIMIT 500;

-- name: session_overdue_lock
-- Whoever renews meanwhile wins: an agent that came back in time is not expired.
SELECT id, node_id FROM render.node_sessions
 WHERE id = $1 AND deadline_at < now() FOR UPDATE;

-- name: session_expire
-- Guarded by the deadline: who renewed a moment ago is not closed.
UPDATE render.node_sessions SET closed_at = now(), close_reason = 'expired'
 WHERE id = $1 AND closed_at IS NULL AND deadline_at < now() RETURNING node_id;
