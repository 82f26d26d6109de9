-- name: crash_insert
-- The caller holds the lease, so a report that comes again finds the first one.
INSERT INTO render.node_crashes (node_id, task_id, attempt, kind, signature, message, log_tail,
                                 crash_class, exit_code, frame, memory_bytes,
                                 screenshot_key)
SELECT $1, $2, $3, 'engine', $4, $5, $6, $7, $8, $9, $10, $11
 WHERE NOT EXISTS (
   SELECT FROM render.node_crashes AS c
    WHERE c.node_id = $1 AND c.recovered_at IS NULL AND c.task_id = $2 AND c.attempt = $3
      AND c.message = $5 AND c.log_tail = $6)
RETURNING id;

-- name: crash_of_agent
-- Another process than that of the open session offers its leases: that one died at work.
INSERT INTO render.node_crashes (node_id, task_id, attempt, kind, crash_class, signature, message)
SELECT s.node_id, $3, $4, 'agent', 'agent_died', 'agent_died', $5
  FROM render.node_sessions AS s WHERE s.id = $1 AND s.instance <> $2;

-- name: crash_count
-- Crashes of a node's engines within $2 seconds and since its last quarantine; quarantines
-- within $3 seconds.
SELECT count(*) FILTER (WHERE c.is_recent)::integer AS crashes,
       count(DISTINCT c.task_id) FILTER (WHERE c.is_recent)::integer AS tasks,
       count(*) FILTER (WHERE c.recovery = 'quarantine')::integer AS quarantines
  FROM (SELECT r.task_id, r.recovery,
               r.at > greatest(now() - make_interval(secs => $2), n.quarantined_at) AS is_recent
          FROM render.node_crashes AS r JOIN render.nodes AS n ON n.id = r.node_id
         WHERE r.node_id = $1 AND r.kind = 'engine'
           AND r.at > now() - make_interval(secs => $3)) AS c;

-- name: crash_note_recovery
UPDATE render.node_crashes SET recovery = $2 WHERE id = $1;

-- name: crash_note_recovered
-- A node has recovered from a crash once an attempt that it began later succeeded.
UPDATE render.node_crashes AS c SET recovered_at = now()
 WHERE c.recovered_at IS NULL AND c.at > now() - interval '7 days'
   AND EXISTS (SELECT FROM render.attempts AS a
                WHERE a.node_id = c.node_id AND a.granted_at > c.at AND a.outcome = 'succeeded');

-- name: crash_page
-- Newest first; $2 and $3 are the last crash of the page before, or null.
SELECT id, task_id, attempt, kind, crash_class, exit_code, frame, memory_bytes, signature, message,
       log_tail, screenshot_key, recovery, recovered_at, at,
       (SELECT t.job_id FROM render.tasks t WHERE t.id = task_id) AS job_id
  FROM render.node_crashes
 WHERE node_id = $1 AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3::bigint))
 ORDER BY at DESC, id DESC LIMIT $4;

-- name: crash_screenshot
SELECT screenshot_key FROM render.node_crashes WHERE node_id = $1 AND id = $2;

-- name: crash_drop_old
DELETE FROM render.node_crashes WHERE at < now() - make_interval(days => $1);
