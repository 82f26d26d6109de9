-- 42_queue_costs: keys looked up once per statement, and upkeep beside the queue, deadlines.
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

ALTER TABLE render.render_jobs ADD COLUMN IF NOT EXISTS vtime_credit integer NOT NULL DEFAULT 0
  CHECK (vtime_credit >= 0);
COMMENT ON COLUMN render.render_jobs.vtime_credit IS
  'Virtual time that its deadline gained its tasks in line, in frames.';

-- While ANALYZE reads a table its snapshot keeps every dead row of the queue, and claims walk them:
-- 30,000 pages of a large history, throttled, were seven seconds and made claims twice as dear. So
-- histories are analysed seldom and by a sample of 3,000 rows, which is a tenth (300 for each of
-- the statistics' target of the column that asks for most).
ALTER TABLE render.tasks SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE render.attempts SET (autovacuum_analyze_scale_factor = 0.5);
DO $$
DECLARE asked record;
BEGIN
  FOR asked IN
    SELECT attrelid::regclass AS at_table, attname FROM pg_attribute
     WHERE attrelid IN ('render.tasks'::regclass, 'render.attempts'::regclass)
       AND attnum > 0 AND NOT attisdropped
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 10',
                   asked.at_table, asked.attname);
  END LOOP;
END $$;
-- Giving pages back to the disk locks the table against claims, and the next order wants them.
ALTER TABLE render.task_queue SET (vacuum_truncate = false);
ALTER TABLE render.claim_requests SET (vacuum_truncate = false);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('42_queue_costs', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
