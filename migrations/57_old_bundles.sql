-- 57_old_bundles: bundles that no project points at any more are dropped after a while.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.bundles ADD COLUMN IF NOT EXISTS used_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE render.bundles ADD COLUMN IF NOT EXISTS generation integer NOT NULL DEFAULT 0
  CHECK (generation >= 0);
ALTER TABLE render.bundles ADD COLUMN IF NOT EXISTS going_at timestamptz;
ALTER TABLE render.bundles ADD COLUMN IF NOT EXISTS dropped_at timestamptz;
COMMENT ON COLUMN render.bundles.used_at IS
  'When a project was last pointed at it or away from it, or a render of it ordered again.';
COMMENT ON COLUMN render.bundles.generation IS
  'How often its object was dropped: each time it is stored anew it has another key.';
COMMENT ON COLUMN render.bundles.going_at IS
  'When the janitor took it to drop its object: from then on nobody begins to use it.';
COMMENT ON COLUMN render.bundles.dropped_at IS 'When its object was gone; the row stays.';
CREATE INDEX IF NOT EXISTS bundles_for_janitor ON render.bundles (used_at)
  WHERE dropped_at IS NULL;

ALTER TABLE file_mgr.cleanup_schedules DROP CONSTRAINT IF EXISTS cleanup_schedules_kind_check;
ALTER TABLE file_mgr.cleanup_schedules ADD CONSTRAINT cleanup_schedules_kind_check
  CHECK (kind IN ('frames', 'bound_copies', 'failed_jobs', 'exports', 'snapshots', 'uploads',
                  'deleted_files', 'logs', 'bundles'));
INSERT INTO file_mgr.cleanup_schedules (kind, keep_s, enabled)
VALUES ('bundles', 30 * 86400, true) ON CONFLICT DO NOTHING;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('57_old_bundles', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
