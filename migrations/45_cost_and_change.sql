-- 45_cost_and_change: what a job cost, in node-seconds by the weight of its engine; screenshots.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.render_jobs ADD COLUMN IF NOT EXISTS cost_weight double precision
  NOT NULL DEFAULT 1 CHECK (cost_weight >= 0);
ALTER TABLE render.render_jobs ADD COLUMN IF NOT EXISTS node_ms bigint CHECK (node_ms >= 0);
COMMENT ON COLUMN render.render_jobs.cost_weight IS
  'Cost units of one node-second of its engine, as set when it was ordered.';
COMMENT ON COLUMN render.render_jobs.node_ms IS
  'Time of the attempts that succeeded, counted once when it is done; null until then.';
ALTER TABLE identity.tenant_usage_daily ADD COLUMN IF NOT EXISTS cost_units double precision
  NOT NULL DEFAULT 0 CHECK (cost_units >= 0);
COMMENT ON COLUMN identity.tenant_usage_daily.cost_units IS
  'Node-seconds of jobs done, by the weights of their engines.';

ALTER TABLE render.node_crashes ADD COLUMN IF NOT EXISTS screenshot_key text;
COMMENT ON COLUMN render.node_crashes.screenshot_key IS
  'Object: the screen of the node, where a dialog probably waited.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('45_cost_and_change', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
