-- name: webhook_insert
-- None when the id was made before.
INSERT INTO identity.tenant_webhooks (id, tenant_id, url, events)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING
RETURNING id, url, events, state, failures, failing_since, disabled_at, secret_version,
          secret_rotated_at, created_at, updated_at;

-- name: webhook_count
SELECT count(*)::integer FROM identity.tenant_webhooks WHERE tenant_id = $1;

-- name: webhook_tenant_lock
-- So that two calls at once do not make one more than allowed.
SELECT id FROM identity.tenants WHERE id = $1 FOR UPDATE;

-- name: webhook_page
-- ($2, $3) is the last row of the page before; null begins at the newest.
SELECT id, url, events, state, failures, failing_since, disabled_at, secret_version,
       secret_rotated_at, created_at, updated_at
  FROM identity.tenant_webhooks
 WHERE tenant_id = $1
   AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $4;

-- name: webhook_get
SELECT id, url, events, state, failures, failing_since, disabled_at, secret_version,
       secret_rotated_at, created_at, updated_at
  FROM identity.tenant_webhooks
 WHERE tenant_id = $1 AND id = $2;

-- name: webhook_change
-- Null leaves as it is. Another address begins anew: what failed before was not its fault.
UPDATE identity.tenant_webhooks
   SET url = coalesce($3, url), events = coalesce($4::text[], events),
       failures = CASE WHEN $3 <> url THEN 0 ELSE failures END,
       failing_since = CASE WHEN $3 <> url THEN NULL ELSE failing_since END,
       updated_at = now()
 WHERE tenant_id = $1 AND id = $2
RETURNING id;

-- name: webhook_move
-- From one of the states $4 to $3; a webhook that is resumed begins anew and looks at once.
UPDATE identity.tenant_webhooks
   SET state = $3, updated_at = now(),
       disabled_at = CASE WHEN $3 = 'disabled' THEN now() END,
       failures = CASE WHEN $3 = 'active' THEN 0 ELSE failures END,
       failing_since = CASE WHEN $3 = 'active' THEN NULL ELSE failing_since END,
       wake_at = CASE WHEN $3 = 'active' THEN now() ELSE wake_at END
 WHERE tenant_id = $1 AND id = $2 AND state = ANY($4::text[])
RETURNING id;

-- name: webhook_lock
-- Before a delivery of it is touched, as who sends to it does.
SELECT id FROM identity.tenant_webhooks WHERE tenant_id = $1 AND id = $2 FOR UPDATE;

-- name: webhook_rotate
UPDATE identity.tenant_webhooks
   SET secret_version = secret_version + 1, secret_rotated_at = now(), updated_at = now()
 WHERE tenant_id = $1 AND id = $2
RETURNING secret_version;

-- name: webhook_delete
WITH gone AS (
  DELETE FROM identity.tenant_webhooks WHERE tenant_id = $1 AND id = $2 RETURNING id
), cleared AS (
  DELETE FROM render.webhook_deliveries AS d USING gone
   WHERE d.tenant_id = $1 AND d.webhook_id = gone.id
)
SELECT id FROM gone;

-- name: outbox_turn
-- One server at a time makes deliveries, so that none waits for another's rows.
SELECT pg_try_advisory_xact_lock(7066050);

-- name: outbox_dispatch
-- Make a delivery of each event for each webhook of its tenant that wants it, and wake them.
-- Events from before a webhook was made are not for it.
WITH taken AS (
  SELECT id, tenant_id, type, created_at FROM render.outbox
   WHERE dispatched_at IS NULL ORDER BY id LIMIT $1
), made AS (
  INSERT INTO render.webhook_deliveries (tenant_id, webhook_id, outbox_id, next_at)
  SELECT t.tenant_id, w.id, t.id, now()
    FROM taken AS t JOIN identity.tenant_webhooks AS w ON w.tenant_id = t.tenant_id
   WHERE w.state IN ('active', 'paused') AND w.created_at <= t.created_at
     AND (t.type = ANY(w.events) OR '*' = ANY(w.events))
   ORDER BY t.id
  ON CONFLICT DO NOTHING
  RETURNING webhook_id
), woken AS (
  UPDATE identity.tenant_webhooks SET wake_at = coalesce(wake_at, now())
   WHERE id IN (SELECT webhook_id FROM made)
)
UPDATE render.outbox AS o SET dispatched_at = now() FROM taken WHERE o.id = taken.id;

-- name: outbox_test
-- An event for one webhook alone: it is dispatched as it is made.
WITH event AS (
  INSERT INTO render.outbox (tenant_id, type, dedupe_key, payload, dispatched_at)
  VALUES ($2, $4, $5, $6, now()) ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
), woken AS (
  UPDATE identity.tenant_webhooks SET wake_at = now()
   WHERE tenant_id = $2 AND id = $3 AND EXISTS (SELECT FROM event)
)
INSERT INTO render.webhook_deliveries (id, tenant_id, webhook_id, outbox_id, next_at)
SELECT $1, $2, $3, event.id, now() FROM event;

-- name: delivery_page
SELECT d.id, o.type, o.job_id, d.state, d.tries, d.http_status, d.error, d.duration_ms,
       o.created_at AS event_at, d.created_at, d.tried_at, d.next_at, d.finished_at
  FROM render.webhook_deliveries AS d JOIN render.outbox AS o ON o.id = d.outbox_id
 WHERE d.webhook_id = $2 AND d.tenant_id = $1
   AND ($3::timestamptz IS NULL OR (d.created_at, d.id) < ($3, $4::uuid))
 ORDER BY d.created_at DESC, d.id DESC
 LIMIT $5;

-- name: delivery_get
SELECT d.id, o.type, o.job_id, d.state, d.tries, d.http_status, d.error, d.duration_ms,
       o.created_at AS event_at, d.created_at, d.tried_at, d.next_at, d.finished_at
  FROM render.webhook_deliveries AS d JOIN render.outbox AS o ON o.id = d.outbox_id
 WHERE d.webhook_id = $2 AND d.tenant_id = $1 AND d.id = $3;

-- name: delivery_replay
-- From one of the states $4. The webhook wakes too, whatever rest it had.
WITH again AS (
  UPDATE render.webhook_deliveries
     SET state = 'pending', tries = 0, next_at = now(), finished_at = NULL
   WHERE tenant_id = $1 AND webhook_id = $2 AND id = $3 AND state = ANY($4::text[])
  RETURNING id
), woken AS (
  UPDATE identity.tenant_webhooks SET wake_at = now()
   WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT FROM again)
)
SELECT id FROM again;

-- name: webhook_claim
-- Take turns with webhooks that are awake, at most a few of one tenant at a time, so that slow
-- receivers of one do not hold up the others'.
UPDATE identity.tenant_webhooks
   SET turn = gen_random_uuid(), turn_until = now() + make_interval(secs => $2)
 WHERE id = ANY(ARRAY(
   SELECT w.id FROM identity.tenant_webhooks AS w
     JOIN identity.tenants AS t ON t.id = w.tenant_id AND t.state = 'active'
    WHERE w.state = 'active' AND w.wake_at <= now()
      AND (w.turn_until IS NULL OR w.turn_until < now())
      AND (SELECT count(*) FROM identity.tenant_webhooks AS x
            WHERE x.tenant_id = w.tenant_id AND x.turn_until > now()) < $3
    ORDER BY w.wake_at LIMIT $1
      FOR UPDATE OF w SKIP LOCKED))
RETURNING id, tenant_id, turn;

-- name: delivery_next
-- The first delivery that is due, for who still has the turn; that prolongs the turn.
WITH held AS (
  UPDATE identity.tenant_webhooks SET turn_until = now() + make_interval(secs => $3)
   WHERE id = $1 AND turn = $2 AND state = 'active'
  RETURNING id, tenant_id, url, secret_version, failures,
            coalesce(secret_rotated_at > now() - make_interval(secs => $4), false) AS is_rotating
)
SELECT d.id, d.outbox_id, o.type, o.created_at, o.payload, d.tries, held.url, held.failures,
       held.secret_version, held.is_rotating, extract(epoch FROM now())::bigint AS now_s
  FROM held JOIN render.webhook_deliveries AS d
    ON d.webhook_id = held.id AND d.tenant_id = held.tenant_id
  JOIN render.outbox AS o ON o.id = d.outbox_id
 WHERE d.state = 'pending' AND d.next_at <= now()
 ORDER BY d.next_at, d.outbox_id
 LIMIT 1;

-- name: webhook_hold
-- Lock the webhook for who still has its turn.
SELECT id, tenant_id, failures + 1 AS failures,
       coalesce(extract(epoch FROM now() - failing_since), 0)::float8 AS failing_s
  FROM identity.tenant_webhooks
 WHERE id = $1 AND turn = $2
   FOR UPDATE;

-- name: delivery_tried
-- $3 is the state after the try; $4 the seconds until the next one.
UPDATE render.webhook_deliveries
   SET state = $3, tries = tries + 1, tried_at = now(), http_status = $5, error = $6,
       duration_ms = $7,
       next_at = CASE WHEN $3 = 'pending' THEN now() + make_interval(secs => $4) END,
       finished_at = CASE WHEN $3 <> 'pending' THEN now() END
 WHERE id = $1 AND webhook_id = $2 AND state = 'pending';

-- name: webhook_tried
UPDATE identity.tenant_webhooks
   SET failures = CASE WHEN $2 THEN 0 ELSE failures + 1 END,
       failing_since = CASE WHEN $2 THEN NULL ELSE coalesce(failing_since, now()) END
 WHERE id = $1;

-- name: webhook_rest
-- End a turn: the webhook wakes with the next delivery, at the earliest after $2 seconds.
UPDATE identity.tenant_webhooks AS w
   SET turn = NULL, turn_until = NULL,
       wake_at = (SELECT greatest(min(d.next_at), now() + make_interval(secs => $2))
                    FROM render.webhook_deliveries AS d
                   WHERE d.webhook_id = w.id AND d.state = 'pending')
 WHERE w.id = $1;

-- name: delivery_give_up_all
-- What waits for a webhook that was disabled; a person may send it again.
UPDATE render.webhook_deliveries
   SET state = 'failed', next_at = NULL, finished_at = now(), error = $3
 WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'pending';
