-- 04_identity_gamification: gifts that can be earned, and those that were.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS identity.gifts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  code text NOT NULL CHECK (code <> ''),
  title text NOT NULL CHECK (title <> ''),
  rule jsonb NOT NULL DEFAULT '{}',
  reward jsonb NOT NULL DEFAULT '{}',
  times_max integer CHECK (times_max > 0),
  starts_at timestamptz,
  ends_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT gifts_end_after_start
    CHECK (starts_at IS NULL OR ends_at IS NULL OR ends_at > starts_at)
);
COMMENT ON TABLE identity.gifts IS 'A gift and the rule that earns it.';
COMMENT ON COLUMN identity.gifts.id IS 'Gift id.';
COMMENT ON COLUMN identity.gifts.tenant_id IS 'Tenant that gives it.';
COMMENT ON COLUMN identity.gifts.code IS 'Short name for programs.';
COMMENT ON COLUMN identity.gifts.title IS 'Name shown to people.';
COMMENT ON COLUMN identity.gifts.rule IS 'What earns it.';
COMMENT ON COLUMN identity.gifts.reward IS 'What it gives.';
COMMENT ON COLUMN identity.gifts.times_max IS 'How often one person can earn it; null = no limit.';
COMMENT ON COLUMN identity.gifts.starts_at IS 'Not earned before this.';
COMMENT ON COLUMN identity.gifts.ends_at IS 'Not earned after this.';
COMMENT ON COLUMN identity.gifts.created_at IS 'When it was made.';
CREATE UNIQUE INDEX IF NOT EXISTS gifts_code_once ON identity.gifts (tenant_id, code);

CREATE TABLE IF NOT EXISTS identity.earned_gifts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES identity.users (id) ON DELETE CASCADE,
  gift_id uuid NOT NULL REFERENCES identity.gifts (id),
  reason_key text NOT NULL,
  notification_id uuid,
  earned_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  expires_at timestamptz
);
COMMENT ON TABLE identity.earned_gifts IS 'A gift that a person earned.';
COMMENT ON COLUMN identity.earned_gifts.id IS 'Row id.';
COMMENT ON COLUMN identity.earned_gifts.tenant_id IS 'Tenant that gave it.';
COMMENT ON COLUMN identity.earned_gifts.user_id IS 'Who earned it.';
COMMENT ON COLUMN identity.earned_gifts.gift_id IS 'What was earned.';
COMMENT ON COLUMN identity.earned_gifts.reason_key IS
  'What earned it; the same thing earns it once.';
COMMENT ON COLUMN identity.earned_gifts.notification_id IS
  'Hard key: notification.notifications.id, added in 14_notification.';
COMMENT ON COLUMN identity.earned_gifts.earned_at IS 'When it was earned.';
COMMENT ON COLUMN identity.earned_gifts.used_at IS 'When it was used.';
COMMENT ON COLUMN identity.earned_gifts.expires_at IS 'When it is lost.';
CREATE UNIQUE INDEX IF NOT EXISTS earned_gifts_once
  ON identity.earned_gifts (user_id, gift_id, reason_key);
CREATE INDEX IF NOT EXISTS earned_gifts_by_tenant ON identity.earned_gifts (tenant_id);
CREATE INDEX IF NOT EXISTS earned_gifts_by_gift ON identity.earned_gifts (gift_id);
CREATE INDEX IF NOT EXISTS earned_gifts_by_notification
  ON identity.earned_gifts (notification_id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('04_identity_gamification',
  NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
