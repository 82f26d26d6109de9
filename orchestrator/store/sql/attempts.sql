-- name: attempt_get
-- By the token's hash: who does not hold the token learns nothing, not even that it exists.
SELECT a.task_id, a.attempt, a.node_id, a.outcome, a.reply, t.job_id, t.kind,
       t.state AS task_state
  FROM render.attempts AS a JOIN render.tasks AS t ON t.id = a.task_id
 WHERE a.task_id = $1 AND a.attempt = $2 AND a.node_id = $3 AND a.token_sha256 = $4;

-- name: attempt_get_many
-- The same for many at once, each looked up by itself (OFFSET 0): a join planned while the tables
-- were empty would walk them.
SELECT a.task_id, a.attempt, a.node_id, a.token_sha256, a.outcome, a.reply, t.job_id, t.kind,
       t.state AS task_state
  FROM unnest($1::bigint[], $2::integer[], $3::uuid[], $4::bytea[])
    AS g (task_id, attempt, node_id, token_sha256)
 CROSS JOIN LATERAL (
   SELECT i.task_id, i.attempt, i.node_id, i.token_sha256, i.outcome, i.reply
     FROM render.attempts AS i
    WHERE i.task_id = g.task_id AND i.attempt = g.attempt AND i.node_id = g.node_id
      AND i.token_sha256 = g.token_sha256 OFFSET 0) AS a
 CROSS JOIN LATERAL (
   SELECT i.job_id, i.kind, i.state FROM render.tasks AS i WHERE i.id = a.task_id OFFSET 0) AS t;

-- name: attempt_start
UPDATE render.attempts SET started_at = coalesce(started_at, now())
 WHERE task_id = $1 AND attempt = $2;

-- name: attempt_end
UPDATE render.attempts
   SET outcome = $3, finished_at = now(), counted = $4, failure_code = $5, failure_class = $6,
       failure_message = $7, reply = $8, timings = $9, warnings = $10, unsupported = $11,
       engine_version = $12, frames_sha256 = $13, frames_done = $14
 WHERE task_id = $1 AND attempt = $2 AND outcome IS NULL RETURNING task_id;

-- name: attempt_reply
UPDATE render.attempts SET reply = $3 WHERE task_id = $1 AND attempt = $2;

-- name: attempt_close
-- End attempts that nobody reported on: lost, or interrupted by a cancellation. Nodes whose work
-- was cancelled are called, so that they stop at once and not at their next sign of life.
WITH closed AS (
  UPDATE render.attempts
     SET outcome = $2, finished_at = now(), failure_code = $3, failure_class = $4,
         failure_message = $5
   WHERE task_id = ANY($1::bigint[]) AND outcome IS NULL RETURNING node_id, outcome)
SELECT pg_notify('flatrender_work', 'call ' || c.node_id)
  FROM (SELECT DISTINCT node_id FROM closed WHERE outcome = 'interrupted') AS c;

-- name: attempt_history
-- Counted failures, distinct nodes on which it failed so or was lost, and setbacks. Attempts
-- from before a person last revived it do not count.
SELECT (count(*) FILTER (WHERE a.counted))::integer AS failures,
       (count(DISTINCT a.node_id) FILTER (WHERE a.counted OR a.outcome = 'lost'))::integer
         AS nodes,
       (count(*) FILTER (WHERE a.outcome = 'lost' OR (a.outcome = 'failed' AND NOT a.counted)))
         ::integer AS setbacks
  FROM render.attempts AS a JOIN render.tasks AS t ON t.id = a.task_id
 WHERE a.task_id = $1 AND a.granted_at >= coalesce(t.revived_at, t.created_at);

-- name: attempt_set_back_on
-- The nodes that lost or failed it, by whosever fault, since a person last revived it.
SELECT DISTINCT a.node_id FROM render.attempts AS a JOIN render.tasks AS t ON t.id = a.task_id
 WHERE a.task_id = $1 AND a.outcome IN ('lost', 'failed')
   AND a.granted_at >= coalesce(t.revived_at, t.created_at);

-- name: attempt_log_end
SELECT coalesce((SELECT start_byte + size_bytes FROM render.attempt_logs
                  WHERE task_id = $1 AND attempt = $2
                  ORDER BY start_byte DESC LIMIT 1), 0);

-- name: attempt_log_append
INSERT INTO render.attempt_logs (task_id, attempt, start_byte, size_bytes, text)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: attempt_page
-- A page of a job's attempts behind (task, attempt).
SELECT a.task_id, t.kind, a.attempt, a.outcome, a.counted, a.failure_class, a.failure_code,
       a.failure_message, a.warnings, a.node_id, n.name AS node_name, a.engine_version,
       a.frames_done, a.timings, a.granted_at, a.started_at, a.finished_at,
       coalesce((SELECT l.start_byte + l.size_bytes FROM render.attempt_logs AS l
                  WHERE l.task_id = a.task_id AND l.attempt = a.attempt
                  ORDER BY l.start_byte DESC LIMIT 1), 0) AS log_bytes
  FROM render.tasks AS t
  JOIN render.attempts AS a ON a.task_id = t.id
  JOIN render.nodes AS n ON n.id = a.node_id
 WHERE t.tenant_id = $1 AND t.job_id = $2 AND (a.task_id, a.attempt) > ($3::bigint, $4::integer)
 ORDER BY a.task_id, a.attempt LIMIT $5;

-- name: attempt_exists
SELECT true FROM render.tasks AS t JOIN render.attempts AS a ON a.task_id = t.id
 WHERE t.tenant_id = $1 AND t.job_id = $2 AND t.id = $3 AND a.attempt = $4;

-- name: attempt_log_pieces
-- From the piece on that holds the offset; the caller has seen that the attempt is the tenant's.
SELECT l.start_byte, l.size_bytes, l.text FROM render.attempt_logs AS l
  JOIN render.tasks AS t ON t.id = l.task_id
 WHERE t.tenant_id = $1 AND l.task_id = $2 AND l.attempt = $3
   AND l.start_byte + l.size_bytes > $4::bigint
 ORDER BY l.start_byte LIMIT $5;
