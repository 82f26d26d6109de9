-- 52_audit: the audit log by person, action, thing, tenant and day, each in the list's own order.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

DO $$ BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_constraint
     WHERE conrelid = 'render.audit_log'::regclass AND conname = 'audit_log_actor_kind_check'
       AND pg_get_constraintdef(oid) LIKE '%nobody%') THEN
    ALTER TABLE render.audit_log DROP CONSTRAINT IF EXISTS audit_log_actor_kind_check;
    ALTER TABLE render.audit_log ADD CONSTRAINT audit_log_actor_kind_check
      CHECK (actor_kind IN ('api_key', 'user', 'node', 'system', 'cli', 'nobody'));
  END IF;
END $$;

CREATE INDEX IF NOT EXISTS audit_log_newest ON render.audit_log (at DESC, id DESC);
CREATE INDEX IF NOT EXISTS audit_log_of_actor ON render.audit_log (actor_id, at DESC, id DESC);
CREATE INDEX IF NOT EXISTS audit_log_of_kind ON render.audit_log (actor_kind, at DESC, id DESC);
CREATE INDEX IF NOT EXISTS audit_log_of_action ON render.audit_log (action, at DESC, id DESC);
CREATE INDEX IF NOT EXISTS audit_log_of_target
  ON render.audit_log (target_kind, target_id, at DESC, id DESC);
CREATE INDEX IF NOT EXISTS audit_log_of_tenant ON render.audit_log (tenant_id, at DESC, id DESC);
DROP INDEX IF EXISTS render.audit_log_by_target;
DROP INDEX IF EXISTS render.audit_log_by_tenant;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('52_audit', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
