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
-- All leases of the session at once: their deadline is this row's.
UPDATE render.node_sessions
   SET renewed_at = now(), deadline_at = now() + make_interval(secs => $3)
 WHERE id = $1 AND node_id = $2 AND closed_at IS NULL RETURNING epoch, now() AS server_time;

-- name: session_check
SELECT s.id, s.epoch, n.state AS node_state, n.platform, n.capabilities, n.slots,
       (SELECT count(*) FROM render.task_queue AS q WHERE q.session_id = s.id AND NOT q.ready)
         ::integer AS leases
  FROM render.node_sessions AS s JOIN render.nodes AS n ON n.id = s.node_id
 WHERE s.id = $1 AND s.node_id = $2 AND s.closed_at IS NULL;

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
