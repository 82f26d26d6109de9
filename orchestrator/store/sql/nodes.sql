-- name: node_insert
INSERT INTO render.nodes (id, name, platform) VALUES ($1, $2, $3);

-- name: node_get
-- Leases are counted session by session: a join would be turned round and walk every lease.
SELECT n.id, n.name, n.platform, n.agent_version, n.state, n.state_reason, n.capabilities,
       n.slots, n.sample, n.last_seen_at, n.clock_offset_ms, n.drain_requested_at,
       n.failures_in_row, n.created_at, n.conditions, n.probe_at,
       (SELECT coalesce(sum((SELECT count(*) FROM render.task_queue AS q
                              WHERE q.session_id = s.id AND NOT q.ready)), 0)
          FROM render.node_sessions AS s WHERE s.node_id = n.id)::integer AS leases
  FROM render.nodes AS n WHERE n.id = $1;

-- name: node_list
-- By name, a page at a time: $1 is the last node of the page before, or null.
SELECT n.id, n.name, n.platform, n.agent_version, n.state, n.state_reason, n.capabilities,
       n.slots, n.sample, n.last_seen_at, n.clock_offset_ms, n.drain_requested_at,
       n.failures_in_row, n.created_at, n.conditions, n.probe_at,
       (SELECT coalesce(sum((SELECT count(*) FROM render.task_queue AS q
                              WHERE q.session_id = s.id AND NOT q.ready)), 0)
          FROM render.node_sessions AS s WHERE s.node_id = n.id)::integer AS leases
  FROM render.nodes AS n
 WHERE n.state <> 'retired'
   AND ($1::uuid IS NULL OR (lower(n.name), n.id)
        > (SELECT lower(l.name), l.id FROM render.nodes AS l WHERE l.id = $1))
 ORDER BY lower(n.name), n.id LIMIT $2;

-- name: node_lock
SELECT id, state, name, platform, drain_requested_at, failures_in_row
  FROM render.nodes WHERE id = $1 FOR NO KEY UPDATE;

-- name: node_describe
-- What the agent tells of itself when it registers.
UPDATE render.nodes
   SET platform = $2, agent_version = $3, capabilities = $4, engines = $5, tags = $6,
       cpu_count = $7, memory_bytes = $8, slots = $9, last_seen_at = now(), updated_at = now()
 WHERE id = $1;

-- name: node_move
-- The states decide which of their times are set; a reason is given where a person asks why.
UPDATE render.nodes
   SET state = $2, state_reason = $4, state_changed_at = now(), updated_at = now(),
       last_seen_at = CASE WHEN $2 IN ('online', 'draining', 'offline')
                           THEN coalesce(last_seen_at, now()) ELSE last_seen_at END,
       drain_requested_at = CASE WHEN $2 = 'draining' THEN coalesce(drain_requested_at, now())
                                 WHEN $2 = 'online' THEN NULL ELSE drain_requested_at END,
       quarantined_at = CASE WHEN $2 = 'quarantined' THEN now() ELSE quarantined_at END,
       probe_at = CASE WHEN $2 = 'quarantined' THEN $5::timestamptz END,
       retired_at = CASE WHEN $2 = 'retired' THEN now() END
 WHERE id = $1 AND state = ANY($3::text[]) RETURNING id;

-- name: node_hold
-- A person's word on a node that is quarantined already: it stays so until a person resumes it.
UPDATE render.nodes SET state_reason = $2, probe_at = NULL, updated_at = now()
 WHERE id = $1 AND state = 'quarantined';

-- name: node_recycle
-- Told to the agent with its next sign of life; another word than before means once more.
UPDATE render.nodes SET settings = settings || jsonb_build_object('recycle', $2::text)
 WHERE id = $1;

-- name: beat_relax
-- A sign of life lost in a crash of the database costs nothing: the next one comes in seconds.
SELECT set_config('synchronous_commit', 'off', true);

-- name: node_beat
-- The latest samples lie on the nodes' rows; nothing indexed changes, so the updates stay HOT.
-- Locked in the order of their ids, which is that of the arrays; rows find their place in them by
-- halving. A node whose session is over is not heard.
WITH alive AS MATERIALIZED (
  SELECT n.id FROM render.nodes AS n
   WHERE n.id = ANY($1::uuid[])
     AND (SELECT s.node_id = n.id AND s.closed_at IS NULL FROM render.node_sessions AS s
           WHERE s.id = ($2::bigint[])[width_bucket(n.id, $1::uuid[])])
   ORDER BY n.id FOR NO KEY UPDATE
)
UPDATE render.nodes AS n
   SET sample = ($3::text[])[width_bucket(n.id, $1::uuid[])]::jsonb, sample_at = now(),
       last_seen_at = now(), agent_version = ($4::text[])[width_bucket(n.id, $1::uuid[])],
       clock_offset_ms = ($5::bigint[])[width_bucket(n.id, $1::uuid[])],
       conditions = ARRAY(SELECT jsonb_array_elements_text(
         ($6::text[])[width_bucket(n.id, $1::uuid[])]::jsonb)),
       updated_at = now()
 WHERE n.id = ANY(ARRAY(SELECT id FROM alive))
RETURNING n.id, n.state, n.drain_requested_at, n.settings;

-- name: node_cache_add
INSERT INTO render.node_template_cache (node_id, bundle_md5, size_bytes)
SELECT $1, md5, size_bytes FROM unnest($2::text[], $3::bigint[]) AS c (md5, size_bytes)
ON CONFLICT (node_id, bundle_md5) DO UPDATE
  SET size_bytes = excluded.size_bytes, last_used_at = now();

-- name: node_cache_drop
DELETE FROM render.node_template_cache WHERE node_id = $1 AND bundle_md5 = ANY($2::text[]);

-- name: node_cache_forget
-- A new session tells all that it has; what left the disk before it would stay here for ever.
DELETE FROM render.node_template_cache WHERE node_id = $1;

-- name: node_failures_reset
UPDATE render.nodes SET failures_in_row = 0
 WHERE failures_in_row > 0 AND id = ANY(ARRAY(
   SELECT id FROM render.nodes WHERE id = ANY($1::uuid[]) AND failures_in_row > 0
    ORDER BY id FOR NO KEY UPDATE));

-- name: node_failures_add
UPDATE render.nodes SET failures_in_row = failures_in_row + 1 WHERE id = $1
RETURNING failures_in_row;

-- name: node_failures_set
UPDATE render.nodes SET failures_in_row = $2 WHERE id = $1;

-- name: node_capable_others
-- The other nodes that take work: core decides which of them could do this. One that drains
-- takes none any more.
SELECT id, platform, capabilities FROM render.nodes WHERE id <> $1 AND state = 'online';

-- name: node_beside
-- Some nodes that take work and are none of these: enough to see whether others can do a thing.
SELECT platform, capabilities FROM render.nodes
 WHERE state = 'online' AND id <> ALL($1::uuid[]) LIMIT $2;

-- name: node_probe_due
SELECT id FROM render.nodes WHERE state = 'quarantined' AND probe_at <= now();

-- name: node_silent
-- Nodes without an open session whose agent has not been heard of for the time given.
SELECT n.id FROM render.nodes AS n
 WHERE n.state = ANY($2::text[]) AND n.last_seen_at < now() - make_interval(secs => $1)
   AND NOT EXISTS (SELECT FROM render.node_sessions AS s
                    WHERE s.node_id = n.id AND s.closed_at IS NULL AND s.deadline_at > now());

-- name: enrolment_insert
INSERT INTO render.enrolment_tokens (token_sha256, created_by, expires_at)
VALUES ($1, $2, now() + make_interval(secs => $3)) RETURNING expires_at;

-- name: enrolment_use
-- Used once: the second of two at the same moment finds it used.
UPDATE render.enrolment_tokens SET used_at = now()
 WHERE token_sha256 = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()
RETURNING id;

-- name: enrolment_again
-- The node that this token has made, by the same name, as long as nobody has worked as it.
SELECT n.id
  FROM render.enrolment_tokens AS t JOIN render.nodes AS n ON n.id = t.node_id
 WHERE t.token_sha256 = $1 AND t.revoked_at IS NULL AND t.expires_at > now()
   AND n.name = $2 AND n.platform = $3 AND n.state = 'registered' AND n.last_seen_at IS NULL
   AND n.secret_version = $4 AND n.secret_revoked_at IS NULL;

-- name: enrolment_name_node
UPDATE render.enrolment_tokens SET node_id = $2 WHERE id = $1;
