-- 40_scan_quota: counts a tenant's unfinished scans without reading the finished ones.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE INDEX IF NOT EXISTS render_scan_jobs_unfinished
  ON render.render_scan_jobs (tenant_id) WHERE finished_at IS NULL;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('40_scan_quota', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
