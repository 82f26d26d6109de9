-- 41_server_key: by what a farm knows its own server key again.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.farm_epoch
  ADD COLUMN IF NOT EXISTS key_check bytea CHECK (octet_length(key_check) = 32);
COMMENT ON COLUMN render.farm_epoch.key_check IS
  'Derived from the server key (HKDF, purpose check), never the key: another key is noticed.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('41_server_key', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
