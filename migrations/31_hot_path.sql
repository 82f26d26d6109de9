-- 31_hot_path: what leases and results pay for and nobody asks for is taken away.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

-- Each of these looked a node or a job up, and locked its row, for every task that was leased or
-- ended. Nodes are retired and never deleted, nor are jobs; the writing statements join both.
ALTER TABLE render.tasks DROP CONSTRAINT IF EXISTS tasks_node_id_fkey;
COMMENT ON COLUMN render.tasks.node_id IS
  'render.nodes.id of the lease; no foreign key, the hot path pays for none.';
ALTER TABLE render.attempts DROP CONSTRAINT IF EXISTS attempts_node_id_fkey;
COMMENT ON COLUMN render.attempts.node_id IS
  'render.nodes.id that tried; no foreign key, the hot path pays for none.';
ALTER TABLE render.job_events DROP CONSTRAINT IF EXISTS job_events_job_id_fkey;
COMMENT ON COLUMN render.job_events.job_id IS
  'render.render_jobs.id; no foreign key, the hot path pays for none.';

-- Without an index on the end of tasks an ending updates its row in place. The janitor comes by
-- jobs, and failures are looked for by job.
DROP INDEX IF EXISTS render.tasks_failed;
DROP INDEX IF EXISTS render.tasks_for_janitor;
-- Streams of events are read by job.
DROP INDEX IF EXISTS render.job_events_by_tenant;
-- One running attempt per task follows from the queue: its primary key is the task, and the claim
-- that takes the row writes the attempt. The index made every end of an attempt a new index entry.
DROP INDEX IF EXISTS render.attempts_one_running;
-- A node's leases are looked for by all of its sessions.
CREATE INDEX IF NOT EXISTS node_sessions_by_node ON render.node_sessions (node_id);
-- Room for the versions that a claim and an end leave: then both stay in their page (HOT).
ALTER TABLE render.tasks SET (fillfactor = 45);
ALTER TABLE render.attempts SET (fillfactor = 45);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('31_hot_path', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
