-- 56_others_first: a task that a node lost or failed goes to other nodes first, for a while.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.tasks ADD COLUMN IF NOT EXISTS shy_of uuid[];
ALTER TABLE render.tasks ADD COLUMN IF NOT EXISTS shy_until timestamptz;
COMMENT ON COLUMN render.tasks.shy_of IS
  'Nodes that get it last: those that lost or failed it, while another was there that can do it.';
COMMENT ON COLUMN render.tasks.shy_until IS 'From then on they may have it too.';
-- As 42 has it for the other columns: a small sample is enough, and ANALYZE is short.
ALTER TABLE render.tasks ALTER COLUMN shy_of SET STATISTICS 10;
ALTER TABLE render.tasks ALTER COLUMN shy_until SET STATISTICS 10;
ALTER TABLE render.task_queue ADD COLUMN IF NOT EXISTS shy_of uuid[];
ALTER TABLE render.task_queue ADD COLUMN IF NOT EXISTS shy_until timestamptz;
COMMENT ON COLUMN render.task_queue.shy_of IS 'As in render.tasks; almost always null.';
COMMENT ON COLUMN render.task_queue.shy_until IS 'As in render.tasks.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('56_others_first', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
