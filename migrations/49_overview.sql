-- 49_overview: what lists over all tenants need, for the farm's own people.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE INDEX IF NOT EXISTS render_jobs_newest
  ON render.render_jobs (created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS render_jobs_by_state_newest
  ON render.render_jobs (state, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS render_jobs_by_end
  ON render.render_jobs (state, finished_at DESC) WHERE finished_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS render_jobs_with_deadline
  ON render.render_jobs (deadline_at) WHERE finished_at IS NULL AND deadline_at IS NOT NULL;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('49_overview', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
