-- name: user_insert
-- A second one with the same address in the tenant is refused by users_email_once.
INSERT INTO identity.users (id, tenant_id, email, display_name, password_hash, role, locale)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: user_by_email
SELECT u.id, u.tenant_id, u.email, u.display_name, u.password_hash, u.role, u.locale
  FROM identity.users u
  JOIN identity.tenants t ON t.id = u.tenant_id
 WHERE u.tenant_id = $1 AND lower(u.email) = lower($2) AND u.deleted_at IS NULL
   AND u.state = 'active' AND t.state = 'active'
   AND u.role IN ('viewer', 'operator', 'admin');

-- name: user_get
SELECT id, tenant_id, email, display_name, role, locale, state, last_seen_at, created_at
  FROM identity.users
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: user_list
SELECT u.id, u.tenant_id, u.email, u.display_name, u.role, u.locale, u.state, u.last_seen_at,
       u.created_at,
       EXISTS (SELECT FROM identity.mfa_factors f
                WHERE f.user_id = u.id AND f.kind = 'totp' AND f.confirmed_at IS NOT NULL)
         AS has_totp
  FROM identity.users u
 WHERE u.tenant_id = $1 AND u.deleted_at IS NULL
   AND u.role IN ('viewer', 'operator', 'admin')
 ORDER BY lower(u.email)
 LIMIT 500;

-- name: user_admins_count
-- Locks the admins' rows in one order, so that two who leave at once cannot both go.
SELECT count(*)::integer
  FROM (SELECT id FROM identity.users
         WHERE tenant_id = $1 AND role = 'admin' AND state = 'active' AND deleted_at IS NULL
         ORDER BY id FOR UPDATE) admins;

-- name: user_set_role
UPDATE identity.users SET role = $3, updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: user_set_state
UPDATE identity.users SET state = $3, updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: user_set_locale
UPDATE identity.users SET locale = $3, updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: user_set_password
UPDATE identity.users
   SET password_hash = $3, updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: user_password_hash
SELECT password_hash FROM identity.users
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: user_signed_in
UPDATE identity.users SET last_seen_at = now() WHERE id = $1;

-- name: web_session_insert
INSERT INTO identity.sessions
       (id, user_id, tenant_id, token_sha256, user_agent, address, mfa_at, expires_at)
VALUES ($1, $2, $3, $4, left($5, 300), $6::inet, CASE WHEN $7 THEN now() END,
        now() + make_interval(secs => $8));

-- name: web_session_find
-- $2 is the longest silence in seconds, $3 how long its person counts as seen. Waits for a code: a
-- factor is confirmed, none was given.
SELECT s.id, s.user_id, s.tenant_id, u.email, u.display_name, u.role, u.locale,
       s.mfa_at IS NOT NULL AS has_code,
       EXISTS (SELECT FROM identity.mfa_factors f
                WHERE f.user_id = s.user_id AND f.kind = 'totp' AND f.confirmed_at IS NOT NULL)
         AS needs_code,
       u.password_hash IS NOT NULL AS has_password,
       coalesce(s.proven_at, s.created_at) > now() - make_interval(secs => $3) AS is_fresh,
       s.last_seen_at < now() - interval '1 minute' AS use_is_old
  FROM identity.sessions s
  JOIN identity.users u ON u.id = s.user_id
  JOIN identity.tenants t ON t.id = s.tenant_id
 WHERE s.token_sha256 = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
   AND s.last_seen_at > now() - make_interval(secs => $2)
   AND u.deleted_at IS NULL AND u.state = 'active' AND t.state = 'active'
   AND u.role IN ('viewer', 'operator', 'admin');

-- name: web_session_touch
UPDATE identity.sessions SET last_seen_at = now()
 WHERE id = $1 AND last_seen_at < now() - interval '1 minute';

-- name: web_session_prove
-- Under a new token, as after signing in: who stole the old one does not come along.
UPDATE identity.sessions
   SET token_sha256 = $3, proven_at = now(), mfa_at = CASE WHEN $4 THEN now() ELSE mfa_at END
 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL
RETURNING id;

-- name: web_sessions_alive
-- Of sessions, those that hold, with their person's role; $2 as for one of them.
SELECT s.id, u.role
  FROM identity.sessions s
  JOIN identity.users u ON u.id = s.user_id
  JOIN identity.tenants t ON t.id = s.tenant_id
 WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL AND s.expires_at > now()
   AND s.last_seen_at > now() - make_interval(secs => $2)
   AND u.deleted_at IS NULL AND u.state = 'active' AND t.state = 'active'
   AND u.role IN ('viewer', 'operator', 'admin');

-- name: web_session_revoke
UPDATE identity.sessions SET revoked_at = coalesce(revoked_at, now())
 WHERE user_id = $1 AND id = $2;

-- name: web_session_revoke_all
-- Sign-out everywhere; $2 is the one to keep, or null.
UPDATE identity.sessions SET revoked_at = now()
 WHERE user_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id <> $2);

-- name: web_session_list
SELECT id, user_agent, host(address) AS address, created_at, last_seen_at
  FROM identity.sessions
 WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
 ORDER BY last_seen_at DESC
 LIMIT 50;

-- name: web_sessions_drop
-- For the janitor: what ended long ago.
DELETE FROM identity.sessions
 WHERE id = ANY(ARRAY(SELECT id FROM identity.sessions
                       WHERE expires_at < now() - interval '30 days' LIMIT $1));

-- name: sign_in_link_insert
INSERT INTO identity.sign_in_links (id, user_id, token_sha256, expires_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4));

-- name: sign_in_link_use
-- One statement takes it: of two who follow the link at once, one comes in.
UPDATE identity.sign_in_links l
   SET used_at = now()
  FROM identity.users u
 WHERE l.token_sha256 = $1 AND l.used_at IS NULL AND l.expires_at > now()
   AND u.id = l.user_id AND u.state = 'active' AND u.deleted_at IS NULL
RETURNING u.id, u.tenant_id;

-- name: sign_in_links_drop
DELETE FROM identity.sign_in_links
 WHERE id = ANY(ARRAY(SELECT id FROM identity.sign_in_links
                       WHERE expires_at < now() - interval '7 days' LIMIT $1));

-- name: factor_insert
INSERT INTO identity.mfa_factors (id, user_id, kind, label, secret, confirmed_at)
VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END);

-- name: factor_list
SELECT id, kind, label, secret, counter, confirmed_at, last_used_at, created_at
  FROM identity.mfa_factors
 WHERE user_id = $1
 ORDER BY created_at, id;

-- name: factor_use
-- The step only grows: a code is good once, also when two calls bring it at the same time.
UPDATE identity.mfa_factors
   SET counter = $3, last_used_at = now(), confirmed_at = coalesce(confirmed_at, now())
 WHERE user_id = $1 AND id = $2 AND kind = 'totp' AND counter < $3;

-- name: factor_spend_code
-- Takes one recovery code out of the list, if it still is the list that was read.
UPDATE identity.mfa_factors
   SET secret = $4, counter = counter + 1, last_used_at = now()
 WHERE user_id = $1 AND id = $2 AND kind = 'recovery_codes' AND secret = $3;

-- name: factor_drop
DELETE FROM identity.mfa_factors WHERE user_id = $1;

-- name: factor_drop_unconfirmed
DELETE FROM identity.mfa_factors WHERE user_id = $1 AND confirmed_at IS NULL;
