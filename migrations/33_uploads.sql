-- 33_uploads: uploads in parts that survive a restart, and what an upload found in a bundle.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

-- A file's row is written when its safe copy is there, so a session can only name it to come.
ALTER TABLE file_mgr.upload_sessions
  DROP CONSTRAINT IF EXISTS upload_sessions_file_id_fkey,
  DROP CONSTRAINT IF EXISTS upload_sessions_state_check,
  ADD COLUMN IF NOT EXISTS name text NOT NULL DEFAULT 'file' CHECK (name <> ''),
  ADD COLUMN IF NOT EXISTS method text NOT NULL DEFAULT 'resumable'
    CHECK (method IN ('resumable', 'presigned')),
  ADD COLUMN IF NOT EXISTS md5 text CHECK (md5 ~ '^[0-9a-f]{32}$'),
  ADD COLUMN IF NOT EXISTS refusal_code text,
  ADD COLUMN IF NOT EXISTS refusal_message text,
  ADD COLUMN IF NOT EXISTS dropped_at timestamptz;
ALTER TABLE file_mgr.upload_sessions
  DROP CONSTRAINT IF EXISTS upload_sessions_state_known,
  DROP CONSTRAINT IF EXISTS upload_sessions_refused_has_reason;
ALTER TABLE file_mgr.upload_sessions
  ADD CONSTRAINT upload_sessions_state_known
    CHECK (state IN ('open', 'completed', 'refused', 'aborted', 'expired')),
  ADD CONSTRAINT upload_sessions_refused_has_reason CHECK (
    (state = 'refused') = (refusal_code IS NOT NULL AND refusal_message IS NOT NULL));
COMMENT ON COLUMN file_mgr.upload_sessions.file_id IS
  'Soft key: file_mgr.files.id that it becomes; null for a bundle.';
COMMENT ON COLUMN file_mgr.upload_sessions.storage_upload_id IS
  'Not used: a part is an object of its own.';
COMMENT ON COLUMN file_mgr.upload_sessions.parts IS 'Not used: see upload_parts.';
COMMENT ON COLUMN file_mgr.upload_sessions.object_key IS 'Below this key lie the parts.';
COMMENT ON COLUMN file_mgr.upload_sessions.name IS 'Name as sent; never used as a path.';
COMMENT ON COLUMN file_mgr.upload_sessions.method IS
  'resumable = parts come to the server, presigned = to the storage itself.';
COMMENT ON COLUMN file_mgr.upload_sessions.md5 IS 'MD5 announced, if any.';
COMMENT ON COLUMN file_mgr.upload_sessions.refusal_code IS 'Why it was refused, for programs.';
COMMENT ON COLUMN file_mgr.upload_sessions.refusal_message IS
  'Why it was refused and what to do, for people.';
COMMENT ON COLUMN file_mgr.upload_sessions.dropped_at IS 'When its parts were deleted.';
CREATE INDEX IF NOT EXISTS upload_sessions_to_drop
  ON file_mgr.upload_sessions (finished_at) WHERE state <> 'open';
CREATE INDEX IF NOT EXISTS upload_sessions_open_by_tenant
  ON file_mgr.upload_sessions (tenant_id) WHERE state = 'open';

CREATE TABLE IF NOT EXISTS file_mgr.upload_parts (
  upload_id uuid NOT NULL REFERENCES file_mgr.upload_sessions (id) ON DELETE CASCADE,
  number integer NOT NULL CHECK (number BETWEEN 1 AND 10000),
  tenant_id uuid NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (upload_id, number)
);
COMMENT ON TABLE file_mgr.upload_parts IS 'Parts of an upload that are stored.';
COMMENT ON COLUMN file_mgr.upload_parts.upload_id IS 'Upload it belongs to.';
COMMENT ON COLUMN file_mgr.upload_parts.number IS 'Place of the part, from 1 on.';
COMMENT ON COLUMN file_mgr.upload_parts.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN file_mgr.upload_parts.size_bytes IS 'Size of the part.';
COMMENT ON COLUMN file_mgr.upload_parts.sha256 IS 'Hash of the part.';
COMMENT ON COLUMN file_mgr.upload_parts.received_at IS 'When it was stored.';

ALTER TABLE render.bundles
  ADD COLUMN IF NOT EXISTS fonts jsonb NOT NULL DEFAULT '[]'
    CHECK (jsonb_typeof(fonts) = 'array'),
  ADD COLUMN IF NOT EXISTS problems jsonb NOT NULL DEFAULT '[]'
    CHECK (jsonb_typeof(problems) = 'array');
COMMENT ON COLUMN render.bundles.fonts IS 'Paths of the font files inside.';
COMMENT ON COLUMN render.bundles.problems IS
  'What the look at the project found at upload: code, place, message.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('33_uploads', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
