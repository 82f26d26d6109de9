-- 53_doors: tries at the door by account and lane, browsers that came in before, when a session
-- last proved who uses it. users.failed_sign_ins and users.locked_until count no more: they shut an
-- account for everybody who knew its address.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS identity.sign_in_tries (
  account_sha256 bytea NOT NULL CHECK (octet_length(account_sha256) = 32),
  lane text NOT NULL CHECK (length(lane) <= 80),
  failed integer NOT NULL CHECK (failed > 0),
  last_at timestamptz NOT NULL DEFAULT now(),
  rests_until timestamptz,
  PRIMARY KEY (account_sha256, lane)
);
COMMENT ON TABLE identity.sign_in_tries IS
  'Tries at an account that did not come in yet; accounts that do not exist have rows as well.';
COMMENT ON COLUMN identity.sign_in_tries.account_sha256 IS
  'Hash of what is tried and of which account.';
COMMENT ON COLUMN identity.sign_in_tries.lane IS
  'Where from: an address or its network, a browser that came in before, a session; empty = all.';
COMMENT ON COLUMN identity.sign_in_tries.failed IS
  'Tries since the last that came in, counted before they are looked at.';
COMMENT ON COLUMN identity.sign_in_tries.last_at IS 'The last try.';
COMMENT ON COLUMN identity.sign_in_tries.rests_until IS 'No try in this lane before this.';
CREATE INDEX IF NOT EXISTS sign_in_tries_for_janitor ON identity.sign_in_tries (last_at);

CREATE TABLE IF NOT EXISTS identity.known_browsers (
  user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
  token_sha256 bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, token_sha256)
);
COMMENT ON TABLE identity.known_browsers IS
  'A browser in which a person came in before: strangers'' tries do not keep it out.';
COMMENT ON COLUMN identity.known_browsers.user_id IS 'Who came in.';
COMMENT ON COLUMN identity.known_browsers.token_sha256 IS 'Hash of the cookie''s random token.';
COMMENT ON COLUMN identity.known_browsers.created_at IS 'When that was first.';
COMMENT ON COLUMN identity.known_browsers.last_used_at IS 'When that was last.';
CREATE INDEX IF NOT EXISTS known_browsers_for_janitor ON identity.known_browsers (last_used_at);

ALTER TABLE identity.sessions ADD COLUMN IF NOT EXISTS proven_at timestamptz;
COMMENT ON COLUMN identity.sessions.proven_at IS
  'When its person last gave a password, a code or a link; null = when it began.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('53_doors', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
