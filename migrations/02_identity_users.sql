-- 02_identity_users: people, their sessions, second factors, push subscriptions.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS identity.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  email text NOT NULL CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
  phone text CHECK (phone ~ '^\+[0-9]{6,15}$'),
  display_name text NOT NULL DEFAULT '',
  password_hash text,
  role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'editor', 'operator', 'admin')),
  locale text NOT NULL DEFAULT 'en',
  state text NOT NULL DEFAULT 'active'
    CHECK (state IN ('invited', 'active', 'suspended', 'deleted')),
  email_verified_at timestamptz,
  failed_sign_ins smallint NOT NULL DEFAULT 0 CHECK (failed_sign_ins >= 0),
  locked_until timestamptz,
  last_seen_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT users_deleted_has_time CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
);
COMMENT ON TABLE identity.users IS 'A person who signs in.';
COMMENT ON COLUMN identity.users.id IS 'User id.';
COMMENT ON COLUMN identity.users.tenant_id IS 'Tenant the person belongs to.';
COMMENT ON COLUMN identity.users.email IS 'Address; compared without case.';
COMMENT ON COLUMN identity.users.phone IS 'Phone number in international form.';
COMMENT ON COLUMN identity.users.display_name IS 'Name shown to people.';
COMMENT ON COLUMN identity.users.password_hash IS
  'argon2id in its encoded form; null = signs in otherwise.';
COMMENT ON COLUMN identity.users.role IS 'What the person may do.';
COMMENT ON COLUMN identity.users.locale IS 'Language of messages and pages.';
COMMENT ON COLUMN identity.users.state IS 'May the person sign in?';
COMMENT ON COLUMN identity.users.email_verified_at IS 'When the address was proven.';
COMMENT ON COLUMN identity.users.failed_sign_ins IS 'Wrong passwords in a row.';
COMMENT ON COLUMN identity.users.locked_until IS 'No sign-in before this.';
COMMENT ON COLUMN identity.users.last_seen_at IS 'Last use, kept to the minute.';
COMMENT ON COLUMN identity.users.created_at IS 'When the row was made.';
COMMENT ON COLUMN identity.users.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN identity.users.deleted_at IS 'When the person was deleted.';
CREATE UNIQUE INDEX IF NOT EXISTS users_email_once
  ON identity.users (tenant_id, lower(email)) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS identity.sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  token_sha256 bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
  user_agent text,
  address inet,
  mfa_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT sessions_expire_later CHECK (expires_at > created_at)
);
COMMENT ON TABLE identity.sessions IS 'A signed-in browser.';
COMMENT ON COLUMN identity.sessions.id IS 'Session id, safe to show.';
COMMENT ON COLUMN identity.sessions.user_id IS 'Who signed in.';
COMMENT ON COLUMN identity.sessions.tenant_id IS 'Tenant of that person.';
COMMENT ON COLUMN identity.sessions.token_sha256 IS 'Hash of the cookie''s random token.';
COMMENT ON COLUMN identity.sessions.user_agent IS 'Browser, as it names itself.';
COMMENT ON COLUMN identity.sessions.address IS 'Where it signed in from.';
COMMENT ON COLUMN identity.sessions.mfa_at IS 'When the second factor was given.';
COMMENT ON COLUMN identity.sessions.created_at IS 'When it began.';
COMMENT ON COLUMN identity.sessions.last_seen_at IS 'Last use, kept to the minute.';
COMMENT ON COLUMN identity.sessions.expires_at IS 'After this it is refused.';
COMMENT ON COLUMN identity.sessions.revoked_at IS 'When it was ended.';
CREATE UNIQUE INDEX IF NOT EXISTS sessions_by_token ON identity.sessions (token_sha256);
CREATE INDEX IF NOT EXISTS sessions_by_user ON identity.sessions (user_id);
CREATE INDEX IF NOT EXISTS sessions_by_tenant ON identity.sessions (tenant_id);
CREATE INDEX IF NOT EXISTS sessions_for_janitor ON identity.sessions (expires_at);

CREATE TABLE IF NOT EXISTS identity.mfa_factors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('totp', 'webauthn', 'recovery_codes')),
  label text NOT NULL DEFAULT '',
  secret bytea NOT NULL,
  counter bigint NOT NULL DEFAULT 0 CHECK (counter >= 0),
  confirmed_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE identity.mfa_factors IS 'A second factor of a person.';
COMMENT ON COLUMN identity.mfa_factors.id IS 'Factor id.';
COMMENT ON COLUMN identity.mfa_factors.user_id IS 'Whose factor it is.';
COMMENT ON COLUMN identity.mfa_factors.kind IS 'What it is.';
COMMENT ON COLUMN identity.mfa_factors.label IS 'Name given by the person.';
COMMENT ON COLUMN identity.mfa_factors.secret IS
  'Sealed secret, public key or code hashes, by kind.';
COMMENT ON COLUMN identity.mfa_factors.counter IS
  'Last step or signature counter used; never goes back.';
COMMENT ON COLUMN identity.mfa_factors.confirmed_at IS
  'When it was proven; before that it does not count.';
COMMENT ON COLUMN identity.mfa_factors.last_used_at IS 'Last use.';
COMMENT ON COLUMN identity.mfa_factors.created_at IS 'When it was made.';
CREATE INDEX IF NOT EXISTS mfa_factors_by_user ON identity.mfa_factors (user_id);

CREATE TABLE IF NOT EXISTS identity.push_subscriptions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  endpoint text NOT NULL CHECK (endpoint ~ '^https://'),
  p256dh text NOT NULL,
  auth text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  failed_at timestamptz
);
COMMENT ON TABLE identity.push_subscriptions IS 'A browser or phone that takes push messages.';
COMMENT ON COLUMN identity.push_subscriptions.id IS 'Subscription id.';
COMMENT ON COLUMN identity.push_subscriptions.user_id IS 'Whose device it is.';
COMMENT ON COLUMN identity.push_subscriptions.tenant_id IS 'Tenant of that person.';
COMMENT ON COLUMN identity.push_subscriptions.endpoint IS 'Address of the push service.';
COMMENT ON COLUMN identity.push_subscriptions.p256dh IS 'Public key of the device, base64url.';
COMMENT ON COLUMN identity.push_subscriptions.auth IS
  'Authentication secret of the device, base64url.';
COMMENT ON COLUMN identity.push_subscriptions.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.push_subscriptions.failed_at IS 'When the push service last refused it.';
CREATE UNIQUE INDEX IF NOT EXISTS push_subscriptions_endpoint_once
  ON identity.push_subscriptions (endpoint);
CREATE INDEX IF NOT EXISTS push_subscriptions_by_user ON identity.push_subscriptions (user_id);
CREATE INDEX IF NOT EXISTS push_subscriptions_by_tenant
  ON identity.push_subscriptions (tenant_id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('02_identity_users', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
