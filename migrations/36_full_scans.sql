-- 36_full_scans: scans that nodes do, and which engine a client lets them use.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.render_scan_jobs ADD COLUMN IF NOT EXISTS node_engine text
  NOT NULL DEFAULT 'aftereffects' CHECK (node_engine IN ('aftereffects', 'preview'));
COMMENT ON COLUMN render.render_scan_jobs.node_engine IS
  'Engine that the node scans with; quick scans use none.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('36_full_scans', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
