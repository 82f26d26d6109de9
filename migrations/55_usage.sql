-- 55_usage: what a tenant used is told whole: failed renders are counted where they stand.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE INDEX IF NOT EXISTS render_jobs_failed_by_tenant
  ON render.render_jobs (tenant_id, finished_at) WHERE state = 'failed';
COMMENT ON COLUMN identity.tenant_usage_daily.jobs_failed IS
  'Not written: jobs that stand failed are counted from render.render_jobs.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('55_usage', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
