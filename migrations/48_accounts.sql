-- 48_accounts: viewers, one-time sign-in links, and the audit log by time.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

DO $$ BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_constraint
     WHERE conrelid = 'identity.users'::regclass AND conname = 'users_role_check'
       AND pg_get_constraintdef(oid) LIKE '%viewer%'
  ) THEN
    ALTER TABLE identity.users DROP CONSTRAINT IF EXISTS users_role_check;
    ALTER TABLE identity.users ADD CONSTRAINT users_role_check
      CHECK (role IN ('member', 'editor', 'viewer', 'operator', 'admin'));
  END IF;
END $$;

CREATE TABLE IF NOT EXISTS identity.sign_in_links (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
  token_sha256 bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT sign_in_links_expire_later CHECK (expires_at > created_at)
);
COMMENT ON TABLE identity.sign_in_links IS 'A link that signs a person in once.';
COMMENT ON COLUMN identity.sign_in_links.id IS 'Link id, safe to show.';
COMMENT ON COLUMN identity.sign_in_links.user_id IS 'Who is signed in by it.';
COMMENT ON COLUMN identity.sign_in_links.token_sha256 IS 'Hash of the link''s random token.';
COMMENT ON COLUMN identity.sign_in_links.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.sign_in_links.expires_at IS 'Minutes later.';
COMMENT ON COLUMN identity.sign_in_links.used_at IS 'When it was used; a second use is refused.';
CREATE UNIQUE INDEX IF NOT EXISTS sign_in_links_by_token ON identity.sign_in_links (token_sha256);
CREATE INDEX IF NOT EXISTS sign_in_links_by_user ON identity.sign_in_links (user_id);
CREATE INDEX IF NOT EXISTS sign_in_links_for_janitor ON identity.sign_in_links (expires_at);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('48_accounts', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
