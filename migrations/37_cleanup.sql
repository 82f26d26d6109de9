-- 37_cleanup: how far the janitor is with each job and task, and how long each kind is kept.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM information_schema.columns
                  WHERE table_schema = 'render' AND table_name = 'render_jobs'
                    AND column_name = 'objects_dropped_at') THEN
    ALTER TABLE render.render_jobs
      ADD COLUMN objects_dropped_at timestamptz,
      ADD COLUMN swept_at timestamptz,
      ADD COLUMN bound_dropped_at timestamptz,
      ADD COLUMN tasks_dropped_at timestamptz;
    -- Until now a job was noted as cleared after its objects, bound copies too, were gone.
    UPDATE render.render_jobs
       SET objects_dropped_at = frames_dropped_at, bound_dropped_at = frames_dropped_at
     WHERE frames_dropped_at IS NOT NULL;
  END IF;
END $$;
COMMENT ON COLUMN render.render_jobs.frames_dropped_at IS
  'When the janitor last took the job to drop its frames; its objects go after that.';
COMMENT ON COLUMN render.render_jobs.objects_dropped_at IS
  'When those objects were gone; null with the above set = under way, or broken off.';
COMMENT ON COLUMN render.render_jobs.swept_at IS
  'When it was taken again, for what came late by addresses signed before its end.';
COMMENT ON COLUMN render.render_jobs.bound_dropped_at IS 'When its bound copies were gone.';
COMMENT ON COLUMN render.render_jobs.tasks_dropped_at IS
  'When its tasks, attempts and events were deleted; its own row stays.';
-- All of these hold only jobs whose frames were dropped: an end of a job pays for none.
CREATE INDEX IF NOT EXISTS render_jobs_being_cleared ON render.render_jobs (frames_dropped_at)
  WHERE frames_dropped_at IS NOT NULL AND (objects_dropped_at IS NULL OR swept_at IS NULL);
CREATE INDEX IF NOT EXISTS render_jobs_with_bound ON render.render_jobs (finished_at)
  WHERE frames_dropped_at IS NOT NULL AND bound_dropped_at IS NULL;
CREATE INDEX IF NOT EXISTS render_jobs_with_tasks ON render.render_jobs (finished_at)
  WHERE frames_dropped_at IS NOT NULL AND tasks_dropped_at IS NULL;

ALTER TABLE render.tasks ADD COLUMN IF NOT EXISTS objects_dropped_at timestamptz;
COMMENT ON COLUMN render.tasks.objects_dropped_at IS
  'When the janitor dropped what a task without a job had uploaded.';
-- Neither column ever changes, so ends of tasks still update their row in place.
CREATE INDEX IF NOT EXISTS tasks_without_job ON render.tasks (id) WHERE job_id IS NULL;

-- Both tables grow in the order of time: these cost next to nothing.
CREATE INDEX IF NOT EXISTS exports_for_janitor ON render.exports USING brin (published_at);
CREATE INDEX IF NOT EXISTS attempt_logs_for_janitor ON render.attempt_logs USING brin (at);

CREATE INDEX IF NOT EXISTS fonts_deleted ON render.fonts (deleted_at)
  WHERE deleted_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS files_deleted ON file_mgr.files (deleted_at)
  WHERE deleted_at IS NOT NULL;

-- Seconds. A tenant's own row (tenant_id) stands in for the one of all tenants.
INSERT INTO file_mgr.cleanup_schedules (kind, keep_s, enabled)
VALUES ('frames', 6 * 3600, true), ('bound_copies', 6 * 3600, true),
       ('failed_jobs', 3 * 86400, true), ('exports', 365 * 86400, false),
       ('snapshots', 7 * 86400, true), ('uploads', 2 * 86400, true),
       ('deleted_files', 86400, true), ('logs', 30 * 86400, true)
ON CONFLICT DO NOTHING;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('37_cleanup', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
