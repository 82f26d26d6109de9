-- 30_restore_and_health: the farm's tick, what a crash told, roll-ups of health, months that end.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.farm_epoch
  ADD COLUMN IF NOT EXISTS tick bigint NOT NULL DEFAULT 0 CHECK (tick >= 0),
  ADD COLUMN IF NOT EXISTS ticked_at timestamptz;
COMMENT ON COLUMN render.farm_epoch.tick IS
  'Counts up every minute and is kept in storage too: behind it means restored from the past.';
COMMENT ON COLUMN render.farm_epoch.ticked_at IS 'When it last counted.';

ALTER TABLE render.node_crashes
  ADD COLUMN IF NOT EXISTS crash_class text,
  ADD COLUMN IF NOT EXISTS exit_code bigint,
  ADD COLUMN IF NOT EXISTS frame integer CHECK (frame >= 0),
  ADD COLUMN IF NOT EXISTS memory_bytes bigint CHECK (memory_bytes >= 0);
COMMENT ON COLUMN render.node_crashes.crash_class IS 'How it ended, as the agent names it.';
COMMENT ON COLUMN render.node_crashes.exit_code IS 'Exit code of the process, when known.';
COMMENT ON COLUMN render.node_crashes.frame IS 'Frame that was being rendered, when known.';
COMMENT ON COLUMN render.node_crashes.memory_bytes IS 'Memory it used last, when known.';
CREATE INDEX IF NOT EXISTS node_crashes_open
  ON render.node_crashes (node_id) WHERE recovered_at IS NULL;

CREATE INDEX IF NOT EXISTS node_health_logs_roll_ups
  ON render.node_health_logs (at) WHERE period_s = 900;

CREATE OR REPLACE FUNCTION public.fr_drop_month_partitions(parent regclass, until timestamptz)
RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  space text; base text; child text;
BEGIN
  SELECT n.nspname, c.relname INTO space, base
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = parent AND c.relkind = 'p'
     AND (n.nspname, c.relname) IN (('identity', 'tenant_api_request_logs'),
                                    ('render', 'node_health_logs'));
  IF space IS NULL THEN
    RAISE EXCEPTION '% is not a table with monthly partitions', parent;
  END IF;
  PERFORM pg_advisory_xact_lock(7066002);
  FOR child IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = parent AND c.relname ~ ('^' || base || '_\d{4}_\d{2}$')
       AND ((to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC')
           <= until
     ORDER BY 1
  LOOP
    EXECUTE format('DROP TABLE %I.%I', space, child);
    RETURN NEXT space || '.' || child;
  END LOOP;
END $$;
COMMENT ON FUNCTION public.fr_drop_month_partitions(regclass, timestamptz) IS
  'Drops the partitions of UTC months that ended by then; gives their names.';
REVOKE ALL ON FUNCTION public.fr_drop_month_partitions(regclass, timestamptz) FROM PUBLIC;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('30_restore_and_health',
        NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
