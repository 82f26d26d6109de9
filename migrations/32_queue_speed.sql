-- 32_queue_speed: what the hot path of claims and results pays for, again made less.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

-- Answers to claims come in the order of time and are dropped by time, by the janitor alone: a
-- summary of ranges of pages serves it as well as an entry for each answer.
DROP INDEX IF EXISTS render.claim_requests_for_janitor;
CREATE INDEX IF NOT EXISTS claim_requests_by_time
  ON render.claim_requests USING brin (at) WITH (pages_per_range = 16, autosummarize = true);

-- Claims and ends update these two in place and prune their pages as they go, so that a vacuum
-- every few thousand rows found next to nothing to do and read all indexes for it. The queue itself
-- stays under its own, eager settings: there a vacuum takes dead entries out of claims' way.
ALTER TABLE render.tasks RESET (autovacuum_vacuum_cost_delay);
ALTER TABLE render.tasks SET (
  autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_insert_scale_factor = 0.5);
ALTER TABLE render.attempts SET (
  autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_insert_scale_factor = 0.5);

-- Since the events of a batch of results are one row per job, this key costs nothing that can be
-- measured (ARCHITECTURE.md has the figures, and why those of nodes stay away).
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'render.job_events'::regclass
                  AND conname = 'job_events_of_job') THEN
    ALTER TABLE render.job_events ADD CONSTRAINT job_events_of_job
      FOREIGN KEY (job_id) REFERENCES render.render_jobs (id) ON DELETE CASCADE;
  END IF;
END $$;
COMMENT ON COLUMN render.job_events.job_id IS 'Its job.';
COMMENT ON COLUMN render.job_events.task_id IS
  'render.tasks.id it speaks of; null when the payload lists the tasks of a batch. Not enforced.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('32_queue_speed', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
