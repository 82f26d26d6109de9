-- 42_keys_by_statement: keys of tasks that are looked up once per statement, not once per row.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

-- A quarter of what PostgreSQL did for a task was to look up the same job and class for each task
-- of an order, and the task of each attempt in the statement that had just written that task. The
-- two statements that insert look each of them up themselves; jobs, classes and bundles are never
-- deleted, and who deletes a task deletes its attempts. ARCHITECTURE.md has the figures.
ALTER TABLE render.tasks DROP CONSTRAINT IF EXISTS tasks_job_id_fkey;
ALTER TABLE render.tasks DROP CONSTRAINT IF EXISTS tasks_class_id_fkey;
ALTER TABLE render.tasks DROP CONSTRAINT IF EXISTS tasks_bundle_id_fkey;
ALTER TABLE render.attempts DROP CONSTRAINT IF EXISTS attempts_task_id_fkey;
COMMENT ON COLUMN render.tasks.job_id IS
  'render.render_jobs.id, null for scans and snapshots; looked up once by the inserting statement.';
COMMENT ON COLUMN render.tasks.class_id IS
  'render.task_classes.class_id; looked up once by the inserting statement.';
COMMENT ON COLUMN render.tasks.bundle_id IS
  'render.bundles.bundle_id; looked up once by the inserting statement.';
COMMENT ON COLUMN render.attempts.task_id IS
  'render.tasks.id, written by the statement that leases it, deleted with it; no foreign key.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('42_keys_by_statement', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
