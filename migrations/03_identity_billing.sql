-- 03_identity_billing: plans, subscriptions, payments.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS identity.plans (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  code text NOT NULL CHECK (code <> ''),
  name text NOT NULL CHECK (name <> ''),
  price_minor bigint NOT NULL CHECK (price_minor >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  period text NOT NULL CHECK (period IN ('once', 'month', 'year')),
  limits jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'retired')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE identity.plans IS 'What can be bought.';
COMMENT ON COLUMN identity.plans.id IS 'Plan id.';
COMMENT ON COLUMN identity.plans.tenant_id IS 'Tenant that sells it.';
COMMENT ON COLUMN identity.plans.code IS 'Short name for programs.';
COMMENT ON COLUMN identity.plans.name IS 'Name shown to people.';
COMMENT ON COLUMN identity.plans.price_minor IS 'Price in the currency''s smallest unit.';
COMMENT ON COLUMN identity.plans.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN identity.plans.period IS 'How often it is paid.';
COMMENT ON COLUMN identity.plans.limits IS 'What it allows: jobs, seconds, bytes.';
COMMENT ON COLUMN identity.plans.state IS 'Can it be bought?';
COMMENT ON COLUMN identity.plans.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.plans.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS plans_code_once ON identity.plans (tenant_id, code);

CREATE TABLE IF NOT EXISTS identity.subscriptions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  user_id uuid REFERENCES identity.users (id) ON DELETE SET NULL,
  plan_id uuid NOT NULL REFERENCES identity.plans (id),
  state text NOT NULL DEFAULT 'active'
    CHECK (state IN ('trial', 'active', 'past_due', 'cancelled', 'ended')),
  starts_at timestamptz NOT NULL DEFAULT now(),
  ends_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT subscriptions_cancelled_has_time
    CHECK (state <> 'cancelled' OR cancelled_at IS NOT NULL),
  CONSTRAINT subscriptions_ended_has_end CHECK (state <> 'ended' OR ends_at IS NOT NULL),
  CONSTRAINT subscriptions_end_after_start CHECK (ends_at IS NULL OR ends_at > starts_at)
);
COMMENT ON TABLE identity.subscriptions IS 'A plan that somebody has.';
COMMENT ON COLUMN identity.subscriptions.id IS 'Subscription id.';
COMMENT ON COLUMN identity.subscriptions.tenant_id IS 'Tenant it belongs to.';
COMMENT ON COLUMN identity.subscriptions.user_id IS 'Person who has it; null = the whole tenant.';
COMMENT ON COLUMN identity.subscriptions.plan_id IS 'What was bought.';
COMMENT ON COLUMN identity.subscriptions.state IS 'Is it in force?';
COMMENT ON COLUMN identity.subscriptions.starts_at IS 'When it began.';
COMMENT ON COLUMN identity.subscriptions.ends_at IS 'When the paid time ends.';
COMMENT ON COLUMN identity.subscriptions.cancelled_at IS 'When it was cancelled.';
COMMENT ON COLUMN identity.subscriptions.created_at IS 'When the row was made.';
COMMENT ON COLUMN identity.subscriptions.updated_at IS 'When the row last changed.';
CREATE INDEX IF NOT EXISTS subscriptions_by_tenant ON identity.subscriptions (tenant_id, state);
CREATE INDEX IF NOT EXISTS subscriptions_by_user ON identity.subscriptions (user_id);
CREATE INDEX IF NOT EXISTS subscriptions_by_plan ON identity.subscriptions (plan_id);

CREATE TABLE IF NOT EXISTS identity.payments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id),
  user_id uuid REFERENCES identity.users (id) ON DELETE SET NULL,
  subscription_id uuid REFERENCES identity.subscriptions (id),
  job_id uuid,
  gateway text NOT NULL CHECK (gateway <> ''),
  gateway_ref text,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  state text NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'paid', 'failed', 'refunded')),
  failure_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  paid_at timestamptz,
  refunded_at timestamptz,
  CONSTRAINT payments_paid_has_time
    CHECK (state NOT IN ('paid', 'refunded') OR paid_at IS NOT NULL),
  CONSTRAINT payments_refunded_has_time CHECK ((state = 'refunded') = (refunded_at IS NOT NULL))
);
COMMENT ON TABLE identity.payments IS 'Money that came or went back.';
COMMENT ON COLUMN identity.payments.id IS 'Payment id.';
COMMENT ON COLUMN identity.payments.tenant_id IS 'Tenant that was paid.';
COMMENT ON COLUMN identity.payments.user_id IS 'Person who paid.';
COMMENT ON COLUMN identity.payments.subscription_id IS 'What it was for, if a subscription.';
COMMENT ON COLUMN identity.payments.job_id IS
  'Soft key: render.render_jobs.id it was for, if one job.';
COMMENT ON COLUMN identity.payments.gateway IS 'Payment gateway.';
COMMENT ON COLUMN identity.payments.gateway_ref IS 'The gateway''s own id.';
COMMENT ON COLUMN identity.payments.amount_minor IS 'Amount in the currency''s smallest unit.';
COMMENT ON COLUMN identity.payments.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN identity.payments.state IS 'Did the money come?';
COMMENT ON COLUMN identity.payments.failure_message IS 'Why it failed, for people.';
COMMENT ON COLUMN identity.payments.created_at IS 'When it was asked for.';
COMMENT ON COLUMN identity.payments.paid_at IS 'When it came.';
COMMENT ON COLUMN identity.payments.refunded_at IS 'When it went back.';
CREATE UNIQUE INDEX IF NOT EXISTS payments_gateway_ref_once
  ON identity.payments (gateway, gateway_ref) WHERE gateway_ref IS NOT NULL;
CREATE INDEX IF NOT EXISTS payments_by_tenant_newest
  ON identity.payments (tenant_id, created_at DESC);
CREATE INDEX IF NOT EXISTS payments_by_user ON identity.payments (user_id);
CREATE INDEX IF NOT EXISTS payments_by_subscription ON identity.payments (subscription_id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('03_identity_billing', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
