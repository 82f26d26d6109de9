-- 26_render_scan_jobs: full scans of templates in After Effects, and their results.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS render.render_scan_jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  task_id bigint REFERENCES render.tasks (id) ON DELETE SET NULL,
  bundle_id integer REFERENCES render.bundles (bundle_id),
  engine text NOT NULL DEFAULT 'full' CHECK (engine IN ('quick', 'full')),
  mode text
    CHECK (mode IN ('fix', 'music_visualizer', 'flexible', 'mockup', 'free')),
  state text NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'leased', 'running', 'succeeded', 'failed', 'cancelled',
                     'quarantined')),
  result jsonb,
  result_at timestamptz,
  failure_code text,
  failure_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  CONSTRAINT render_scan_jobs_finished_has_time CHECK (
    (state IN ('succeeded', 'failed', 'cancelled', 'quarantined')) = (finished_at IS NOT NULL)),
  CONSTRAINT render_scan_jobs_running_has_start
    CHECK (state <> 'running' OR started_at IS NOT NULL),
  CONSTRAINT render_scan_jobs_succeeded_has_result
    CHECK (state <> 'succeeded' OR result IS NOT NULL),
  CONSTRAINT render_scan_jobs_result_has_time CHECK ((result IS NULL) = (result_at IS NULL)),
  CONSTRAINT render_scan_jobs_failed_has_reason CHECK (
    state NOT IN ('failed', 'quarantined') OR failure_code IS NOT NULL)
);
COMMENT ON TABLE render.render_scan_jobs IS 'A scan of one project by a node or from the file.';
COMMENT ON COLUMN render.render_scan_jobs.id IS 'Scan id.';
COMMENT ON COLUMN render.render_scan_jobs.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.render_scan_jobs.project_id IS 'Soft key: content.projects.id.';
COMMENT ON COLUMN render.render_scan_jobs.task_id IS 'Its task; null for a quick scan.';
COMMENT ON COLUMN render.render_scan_jobs.bundle_id IS 'Project version that is scanned.';
COMMENT ON COLUMN render.render_scan_jobs.engine IS 'From the file, or in After Effects.';
COMMENT ON COLUMN render.render_scan_jobs.mode IS 'Mode asked for; null = detect.';
COMMENT ON COLUMN render.render_scan_jobs.state IS 'The task''s states.';
COMMENT ON COLUMN render.render_scan_jobs.result IS
  'ScanResult v1; kept apart, so a late one never un-cancels.';
COMMENT ON COLUMN render.render_scan_jobs.result_at IS 'When a result came, even a late one.';
COMMENT ON COLUMN render.render_scan_jobs.failure_code IS 'Why it failed, for programs.';
COMMENT ON COLUMN render.render_scan_jobs.failure_message IS
  'Why it failed and what to do, for people.';
COMMENT ON COLUMN render.render_scan_jobs.created_at IS 'When it was asked for.';
COMMENT ON COLUMN render.render_scan_jobs.started_at IS 'When a node began.';
COMMENT ON COLUMN render.render_scan_jobs.finished_at IS 'When it reached a terminal state.';
CREATE INDEX IF NOT EXISTS render_scan_jobs_by_project
  ON render.render_scan_jobs (project_id, created_at DESC);
CREATE INDEX IF NOT EXISTS render_scan_jobs_by_tenant_newest
  ON render.render_scan_jobs (tenant_id, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS render_scan_jobs_by_task ON render.render_scan_jobs (task_id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('26_render_scan_jobs', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
