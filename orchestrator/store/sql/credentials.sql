-- name: api_key_find
-- By the unique prefix. The state is worked out here, so that the database's clock decides.
SELECT k.id, k.tenant_id, k.name, k.prefix, k.secret_hash, k.scopes, k.created_at, k.expires_at,
       k.last_used_at, k.revoked_at,
       (k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
        AND t.state = 'active') AS usable,
       (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute') AS use_is_old
  FROM identity.tenant_api_keys k
  JOIN identity.tenants t ON t.id = k.tenant_id
 WHERE k.prefix = $1;

-- name: api_key_touch
-- The second condition keeps a burst of calls from writing the row once each.
UPDATE identity.tenant_api_keys
   SET last_used_at = now()
 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute');

-- name: api_key_insert
INSERT INTO identity.tenant_api_keys
       (id, tenant_id, name, prefix, secret_hash, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING
RETURNING id, tenant_id, name, prefix, secret_hash, scopes, created_at, expires_at, last_used_at,
          revoked_at, true AS usable, true AS use_is_old;

-- name: api_key_page
-- ($2, $3) is the last row of the page before; null begins at the newest.
SELECT id, tenant_id, name, prefix, secret_hash, scopes, created_at, expires_at, last_used_at,
       revoked_at, true AS usable, true AS use_is_old
  FROM identity.tenant_api_keys
 WHERE tenant_id = $1
   AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $4;

-- name: api_key_revoke
-- A second call finds the row too: revoking twice is no error.
UPDATE identity.tenant_api_keys
   SET revoked_at = coalesce(revoked_at, now())
 WHERE tenant_id = $1 AND id = $2;

-- name: node_credential_get
SELECT id, secret_version, (secret_revoked_at IS NOT NULL OR state = 'retired') AS revoked
  FROM render.nodes
 WHERE id = ANY($1::uuid[]);

-- name: node_credentials_count
-- How many nodes trust this farm's server key.
SELECT count(*)::integer FROM render.nodes
 WHERE secret_revoked_at IS NULL AND state <> 'retired';
