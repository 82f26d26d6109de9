-- 13_file_manager: folders, files, quotas, multipart uploads, clean-up schedules.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS file_mgr.folders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  parent_id uuid REFERENCES file_mgr.folders (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT folders_not_own_parent CHECK (parent_id <> id)
);
COMMENT ON TABLE file_mgr.folders IS 'A tree of folders per tenant.';
COMMENT ON COLUMN file_mgr.folders.id IS 'Folder id.';
COMMENT ON COLUMN file_mgr.folders.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN file_mgr.folders.parent_id IS 'Folder above; null = the top.';
COMMENT ON COLUMN file_mgr.folders.name IS 'Name shown to people.';
COMMENT ON COLUMN file_mgr.folders.created_at IS 'When it was made.';
CREATE UNIQUE INDEX IF NOT EXISTS folders_name_once ON file_mgr.folders
  (tenant_id, coalesce(parent_id, '00000000-0000-0000-0000-000000000000'), name);
CREATE INDEX IF NOT EXISTS folders_by_parent ON file_mgr.folders (parent_id);

CREATE TABLE IF NOT EXISTS file_mgr.files (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  folder_id uuid REFERENCES file_mgr.folders (id) ON DELETE SET NULL,
  user_id uuid,
  name text NOT NULL CHECK (name <> ''),
  kind text NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'font', 'other')),
  state text NOT NULL DEFAULT 'uploading'
    CHECK (state IN ('uploading', 'ready', 'refused', 'deleted')),
  media_type text,
  object_key text,
  size_bytes bigint CHECK (size_bytes >= 0),
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  original_object_key text,
  original_size_bytes bigint CHECK (original_size_bytes >= 0),
  original_sha256 text CHECK (original_sha256 ~ '^[0-9a-f]{64}$'),
  width integer CHECK (width > 0),
  height integer CHECK (height > 0),
  fps_num integer CHECK (fps_num > 0),
  fps_den integer CHECK (fps_den > 0),
  duration_s double precision CHECK (duration_s >= 0),
  has_audio boolean,
  refusal_code text,
  refusal_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  ready_at timestamptz,
  last_used_at timestamptz,
  deleted_at timestamptz,
  CONSTRAINT files_ready_is_described CHECK (state <> 'ready'
    OR (object_key IS NOT NULL AND size_bytes IS NOT NULL AND sha256 IS NOT NULL
        AND media_type IS NOT NULL AND ready_at IS NOT NULL)),
  CONSTRAINT files_refused_has_reason CHECK (
    state <> 'refused' OR (refusal_code IS NOT NULL AND refusal_message IS NOT NULL)),
  CONSTRAINT files_deleted_has_time CHECK ((state = 'deleted') = (deleted_at IS NOT NULL))
);
COMMENT ON TABLE file_mgr.files IS 'A file of a tenant, made safe for After Effects when media.';
COMMENT ON COLUMN file_mgr.files.id IS 'File id, UUIDv7 from the orchestrator.';
COMMENT ON COLUMN file_mgr.files.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN file_mgr.files.folder_id IS 'Where it lies; null = the top.';
COMMENT ON COLUMN file_mgr.files.user_id IS 'Soft key: identity.users.id that sent it, if any.';
COMMENT ON COLUMN file_mgr.files.name IS 'Name as sent; never used as a path.';
COMMENT ON COLUMN file_mgr.files.kind IS 'What it is, by content.';
COMMENT ON COLUMN file_mgr.files.state IS 'May it be used?';
COMMENT ON COLUMN file_mgr.files.media_type IS 'Type by content, such as image/png.';
COMMENT ON COLUMN file_mgr.files.object_key IS 'Where the safe copy is stored.';
COMMENT ON COLUMN file_mgr.files.size_bytes IS 'Size of the safe copy.';
COMMENT ON COLUMN file_mgr.files.sha256 IS 'Hash of the safe copy.';
COMMENT ON COLUMN file_mgr.files.original_object_key IS
  'Where the file as sent is stored, if kept.';
COMMENT ON COLUMN file_mgr.files.original_size_bytes IS 'Size as sent.';
COMMENT ON COLUMN file_mgr.files.original_sha256 IS 'Hash as sent.';
COMMENT ON COLUMN file_mgr.files.width IS 'Width, pixels, upright.';
COMMENT ON COLUMN file_mgr.files.height IS 'Height, pixels, upright.';
COMMENT ON COLUMN file_mgr.files.fps_num IS 'Frame rate numerator of a video.';
COMMENT ON COLUMN file_mgr.files.fps_den IS 'Frame rate denominator of a video.';
COMMENT ON COLUMN file_mgr.files.duration_s IS 'Length of video or audio, seconds.';
COMMENT ON COLUMN file_mgr.files.has_audio IS 'Does a video carry sound?';
COMMENT ON COLUMN file_mgr.files.refusal_code IS 'Why it was refused, for programs.';
COMMENT ON COLUMN file_mgr.files.refusal_message IS
  'Why it was refused and what to do, for people.';
COMMENT ON COLUMN file_mgr.files.created_at IS 'When the upload began.';
COMMENT ON COLUMN file_mgr.files.ready_at IS 'When the safe copy was there.';
COMMENT ON COLUMN file_mgr.files.last_used_at IS 'Last order that named it.';
COMMENT ON COLUMN file_mgr.files.deleted_at IS 'When it was deleted.';
CREATE INDEX IF NOT EXISTS files_by_tenant_newest
  ON file_mgr.files (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS files_by_folder ON file_mgr.files (folder_id);
CREATE INDEX IF NOT EXISTS files_by_content ON file_mgr.files (tenant_id, original_sha256);

CREATE TABLE IF NOT EXISTS file_mgr.quotas (
  tenant_id uuid PRIMARY KEY,
  bytes_max bigint CHECK (bytes_max >= 0),
  files_max integer CHECK (files_max >= 0),
  file_bytes_max bigint CHECK (file_bytes_max > 0),
  bytes_used bigint NOT NULL DEFAULT 0 CHECK (bytes_used >= 0),
  files_used integer NOT NULL DEFAULT 0 CHECK (files_used >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE file_mgr.quotas IS 'How much a tenant may store, and stores.';
COMMENT ON COLUMN file_mgr.quotas.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN file_mgr.quotas.bytes_max IS 'Most bytes; null = no limit.';
COMMENT ON COLUMN file_mgr.quotas.files_max IS 'Most files; null = no limit.';
COMMENT ON COLUMN file_mgr.quotas.file_bytes_max IS
  'Largest single file; null = the server''s limit.';
COMMENT ON COLUMN file_mgr.quotas.bytes_used IS 'Bytes stored.';
COMMENT ON COLUMN file_mgr.quotas.files_used IS 'Files stored.';
COMMENT ON COLUMN file_mgr.quotas.updated_at IS 'When the row last changed.';

CREATE TABLE IF NOT EXISTS file_mgr.upload_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  file_id uuid REFERENCES file_mgr.files (id) ON DELETE CASCADE,
  project_id uuid,
  state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'completed', 'aborted', 'expired')),
  object_key text NOT NULL,
  storage_upload_id text,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  part_size_bytes bigint NOT NULL CHECK (part_size_bytes > 0),
  received_bytes bigint NOT NULL DEFAULT 0 CHECK (received_bytes >= 0),
  parts jsonb NOT NULL DEFAULT '[]',
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT upload_sessions_received_in_size CHECK (received_bytes <= size_bytes),
  CONSTRAINT upload_sessions_completed_is_all
    CHECK (state <> 'completed' OR received_bytes = size_bytes),
  CONSTRAINT upload_sessions_finished_has_time
    CHECK ((state = 'open') = (finished_at IS NULL)),
  CONSTRAINT upload_sessions_has_target CHECK (num_nonnulls(file_id, project_id) = 1),
  CONSTRAINT upload_sessions_expire_later CHECK (expires_at > created_at)
);
COMMENT ON TABLE file_mgr.upload_sessions IS 'A multipart upload under way.';
COMMENT ON COLUMN file_mgr.upload_sessions.id IS 'Upload id.';
COMMENT ON COLUMN file_mgr.upload_sessions.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN file_mgr.upload_sessions.file_id IS 'File it becomes; null for a bundle.';
COMMENT ON COLUMN file_mgr.upload_sessions.project_id IS
  'Soft key: content.projects.id when it is a bundle.';
COMMENT ON COLUMN file_mgr.upload_sessions.state IS 'Is it still taking parts?';
COMMENT ON COLUMN file_mgr.upload_sessions.object_key IS 'Where the parts go.';
COMMENT ON COLUMN file_mgr.upload_sessions.storage_upload_id IS
  'Id of the object store''s own multipart upload.';
COMMENT ON COLUMN file_mgr.upload_sessions.size_bytes IS 'Size announced.';
COMMENT ON COLUMN file_mgr.upload_sessions.part_size_bytes IS 'Size of each part but the last.';
COMMENT ON COLUMN file_mgr.upload_sessions.received_bytes IS 'Bytes taken so far.';
COMMENT ON COLUMN file_mgr.upload_sessions.parts IS 'Parts taken: number, size_bytes, sha256.';
COMMENT ON COLUMN file_mgr.upload_sessions.sha256 IS 'Hash announced, if any.';
COMMENT ON COLUMN file_mgr.upload_sessions.created_at IS 'When it began.';
COMMENT ON COLUMN file_mgr.upload_sessions.expires_at IS 'After this the parts are dropped.';
COMMENT ON COLUMN file_mgr.upload_sessions.finished_at IS 'When it ended.';
CREATE INDEX IF NOT EXISTS upload_sessions_for_janitor
  ON file_mgr.upload_sessions (expires_at) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS upload_sessions_by_file ON file_mgr.upload_sessions (file_id);

CREATE TABLE IF NOT EXISTS file_mgr.cleanup_schedules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid,
  kind text NOT NULL
    CHECK (kind IN ('frames', 'bound_copies', 'failed_jobs', 'exports', 'snapshots', 'uploads',
                    'deleted_files', 'logs')),
  keep_s bigint NOT NULL CHECK (keep_s >= 0),
  enabled boolean NOT NULL DEFAULT true,
  last_run_at timestamptz,
  last_dropped integer NOT NULL DEFAULT 0 CHECK (last_dropped >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE file_mgr.cleanup_schedules IS 'When stored objects of a kind are dropped.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.id IS 'Row id.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.tenant_id IS
  'Soft key: identity.tenants.id; null = all tenants without their own row.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.kind IS 'What is dropped.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.keep_s IS 'How long they are kept, seconds.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.enabled IS 'Is it in force?';
COMMENT ON COLUMN file_mgr.cleanup_schedules.last_run_at IS 'Last run.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.last_dropped IS 'Objects the last run dropped.';
COMMENT ON COLUMN file_mgr.cleanup_schedules.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS cleanup_schedules_once ON file_mgr.cleanup_schedules
  (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'), kind);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('13_file_manager', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
