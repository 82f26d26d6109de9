-- name: idempotency_reserve
-- A row that has expired is taken over in the same statement; no row back means that it is in use.
INSERT INTO render.idempotency_keys AS k
       (tenant_id, key, route, request_sha256, resource_id, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + interval '24 hours')
ON CONFLICT (tenant_id, key) DO UPDATE
   SET route = excluded.route, request_sha256 = excluded.request_sha256, http_status = NULL,
       response = NULL, resource_id = excluded.resource_id, created_at = now(),
       expires_at = excluded.expires_at
 WHERE k.expires_at < now()
RETURNING k.resource_id;

-- name: idempotency_get
SELECT route, request_sha256, http_status, response
  FROM render.idempotency_keys
 WHERE tenant_id = $1 AND key = $2;

-- name: idempotency_take_over
-- A call that never answered and says no more that it runs (its server died) is done again under
-- the same id. Clients are patient for longer than this.
UPDATE render.idempotency_keys
   SET created_at = now()
 WHERE tenant_id = $1 AND key = $2 AND http_status IS NULL
   AND created_at < now() - interval '15 seconds'
RETURNING resource_id;

-- name: idempotency_hold
-- The call still runs: nobody takes it over.
UPDATE render.idempotency_keys
   SET created_at = now()
 WHERE tenant_id = $1 AND key = $2 AND http_status IS NULL;

-- name: idempotency_answer
UPDATE render.idempotency_keys
   SET http_status = $3, response = $4
 WHERE tenant_id = $1 AND key = $2;

-- name: idempotency_forget
-- The call was refused and made nothing: its key may be used with a mended body.
DELETE FROM render.idempotency_keys
 WHERE tenant_id = $1 AND key = $2 AND http_status IS NULL;

-- name: idempotency_release
-- The call broke: it may be done again at once, under the same id.
UPDATE render.idempotency_keys
   SET created_at = created_at - interval '1 hour'
 WHERE tenant_id = $1 AND key = $2 AND http_status IS NULL;
