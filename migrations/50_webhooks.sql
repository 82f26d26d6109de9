-- 50_webhooks: turns of sending, their rests, and what the log of deliveries shows.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE identity.tenant_webhooks ADD COLUMN IF NOT EXISTS secret_rotated_at timestamptz;
ALTER TABLE identity.tenant_webhooks ADD COLUMN IF NOT EXISTS failing_since timestamptz;
ALTER TABLE identity.tenant_webhooks ADD COLUMN IF NOT EXISTS wake_at timestamptz;
ALTER TABLE identity.tenant_webhooks ADD COLUMN IF NOT EXISTS turn uuid;
ALTER TABLE identity.tenant_webhooks ADD COLUMN IF NOT EXISTS turn_until timestamptz;
COMMENT ON COLUMN identity.tenant_webhooks.secret_rotated_at IS
  'When the secret last changed; for a day what is sent is signed with the one before too.';
COMMENT ON COLUMN identity.tenant_webhooks.failing_since IS
  'First of the failures in a row; null when the last try was taken.';
COMMENT ON COLUMN identity.tenant_webhooks.wake_at IS
  'When something is due for it; null when nothing waits.';
COMMENT ON COLUMN identity.tenant_webhooks.turn IS
  'Turn of the server that sends to it now; what others report of it is stale.';
COMMENT ON COLUMN identity.tenant_webhooks.turn_until IS 'After this another may take the turn.';
CREATE INDEX IF NOT EXISTS tenant_webhooks_awake
  ON identity.tenant_webhooks (wake_at) WHERE state = 'active' AND wake_at IS NOT NULL;

ALTER TABLE render.webhook_deliveries ADD COLUMN IF NOT EXISTS tried_at timestamptz;
ALTER TABLE render.webhook_deliveries ADD COLUMN IF NOT EXISTS duration_ms integer
  CHECK (duration_ms >= 0);
COMMENT ON COLUMN render.webhook_deliveries.tried_at IS 'Last try.';
COMMENT ON COLUMN render.webhook_deliveries.duration_ms IS 'How long the last try took.';
COMMENT ON COLUMN render.webhook_deliveries.tries IS
  'Tries since it was made or sent again by a person.';
DROP INDEX IF EXISTS render.webhook_deliveries_due;
CREATE INDEX IF NOT EXISTS webhook_deliveries_next
  ON render.webhook_deliveries (webhook_id, next_at, outbox_id) WHERE state = 'pending';
DROP INDEX IF EXISTS render.webhook_deliveries_by_webhook;
CREATE INDEX IF NOT EXISTS webhook_deliveries_newest
  ON render.webhook_deliveries (webhook_id, created_at DESC, id DESC);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('50_webhooks', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
