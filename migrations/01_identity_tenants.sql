-- 01_identity_tenants: tenants, their branding, API keys, webhooks, daily usage, request log.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS identity.tenants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  parent_id uuid REFERENCES identity.tenants (id),
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text NOT NULL CHECK (name <> ''),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'closed')),
  locale text NOT NULL DEFAULT 'en',
  timezone text NOT NULL DEFAULT 'UTC',
  share_weight integer NOT NULL DEFAULT 100 CHECK (share_weight BETWEEN 1 AND 10000),
  priority_max smallint NOT NULL DEFAULT 100 CHECK (priority_max BETWEEN 0 AND 100),
  active_jobs_max integer CHECK (active_jobs_max > 0),
  output_pixels_max bigint CHECK (output_pixels_max > 0),
  output_frames_max integer CHECK (output_frames_max > 0),
  suspended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tenants_suspended_has_time CHECK (state <> 'suspended' OR suspended_at IS NOT NULL)
);
COMMENT ON TABLE identity.tenants IS 'The root of tenancy; resellers are tenants too.';
COMMENT ON COLUMN identity.tenants.id IS 'Tenant id; every tenant_id elsewhere names it.';
COMMENT ON COLUMN identity.tenants.parent_id IS 'The reseller above this tenant, if any.';
COMMENT ON COLUMN identity.tenants.slug IS 'Short name for addresses.';
COMMENT ON COLUMN identity.tenants.name IS 'Name shown to people.';
COMMENT ON COLUMN identity.tenants.state IS 'May it act?';
COMMENT ON COLUMN identity.tenants.locale IS 'Language of messages and pages.';
COMMENT ON COLUMN identity.tenants.timezone IS 'IANA zone for days in reports.';
COMMENT ON COLUMN identity.tenants.share_weight IS 'Fair share of nodes.';
COMMENT ON COLUMN identity.tenants.priority_max IS 'Priorities are clamped to it.';
COMMENT ON COLUMN identity.tenants.active_jobs_max IS
  'Jobs not yet finished at one time; null = no limit.';
COMMENT ON COLUMN identity.tenants.output_pixels_max IS
  'Largest width x height allowed; null = no limit.';
COMMENT ON COLUMN identity.tenants.output_frames_max IS 'Most frames of one job; null = no limit.';
COMMENT ON COLUMN identity.tenants.suspended_at IS 'When it was suspended.';
COMMENT ON COLUMN identity.tenants.created_at IS 'When the tenant was made.';
COMMENT ON COLUMN identity.tenants.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS tenants_slug_once ON identity.tenants (slug);

INSERT INTO identity.tenants (id, slug, name)
VALUES ('00000000-0000-0000-0000-000000000001', 'default', 'Default tenant')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS identity.tenant_branding (
  tenant_id uuid PRIMARY KEY REFERENCES identity.tenants (id) ON DELETE CASCADE,
  display_name text,
  logo_file_id uuid,
  primary_color text CHECK (primary_color ~ '^#[0-9a-f]{6}$'),
  accent_color text CHECK (accent_color ~ '^#[0-9a-f]{6}$'),
  domain text,
  support_email text,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE identity.tenant_branding IS 'How a tenant''s pages and mails look.';
COMMENT ON COLUMN identity.tenant_branding.tenant_id IS 'Whose branding it is.';
COMMENT ON COLUMN identity.tenant_branding.display_name IS 'Name on pages; null = tenants.name.';
COMMENT ON COLUMN identity.tenant_branding.logo_file_id IS
  'Soft key: file_mgr.files.id of the logo.';
COMMENT ON COLUMN identity.tenant_branding.primary_color IS 'Main colour as #rrggbb.';
COMMENT ON COLUMN identity.tenant_branding.accent_color IS 'Second colour as #rrggbb.';
COMMENT ON COLUMN identity.tenant_branding.domain IS 'Own host name of the tenant''s site.';
COMMENT ON COLUMN identity.tenant_branding.support_email IS 'Where its clients find help.';
COMMENT ON COLUMN identity.tenant_branding.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS tenant_branding_domain_once
  ON identity.tenant_branding (lower(domain)) WHERE domain IS NOT NULL;

CREATE TABLE IF NOT EXISTS identity.tenant_api_keys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  name text NOT NULL CHECK (name <> ''),
  prefix text NOT NULL CHECK (prefix ~ '^[A-Za-z0-9_]{4,32}$'),
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  scopes text[] NOT NULL,
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT tenant_api_keys_scopes_known CHECK (
    cardinality(scopes) > 0 AND scopes <@ ARRAY['render', 'template', 'operator', 'admin'])
);
COMMENT ON TABLE identity.tenant_api_keys IS 'Keys that clients call the API with.';
COMMENT ON COLUMN identity.tenant_api_keys.id IS 'Key id, safe to show and to log.';
COMMENT ON COLUMN identity.tenant_api_keys.tenant_id IS 'Whose key it is.';
COMMENT ON COLUMN identity.tenant_api_keys.name IS 'What the key is for, in a person''s words.';
COMMENT ON COLUMN identity.tenant_api_keys.prefix IS
  'First part of the key; finds the row, is no secret.';
COMMENT ON COLUMN identity.tenant_api_keys.secret_hash IS 'SHA-256 of the random secret part.';
COMMENT ON COLUMN identity.tenant_api_keys.scopes IS
  'What it may do: render, template, operator, admin.';
COMMENT ON COLUMN identity.tenant_api_keys.created_by IS
  'identity.users.id that made it; null = command line.';
COMMENT ON COLUMN identity.tenant_api_keys.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.tenant_api_keys.last_used_at IS 'Last use, kept to the minute.';
COMMENT ON COLUMN identity.tenant_api_keys.expires_at IS 'After this it is refused; null = never.';
COMMENT ON COLUMN identity.tenant_api_keys.revoked_at IS 'When it was taken back.';
CREATE UNIQUE INDEX IF NOT EXISTS tenant_api_keys_by_prefix ON identity.tenant_api_keys (prefix);
CREATE INDEX IF NOT EXISTS tenant_api_keys_by_tenant ON identity.tenant_api_keys (tenant_id);

CREATE TABLE IF NOT EXISTS identity.tenant_webhooks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  url text NOT NULL CHECK (url ~ '^https?://'),
  events text[] NOT NULL CHECK (cardinality(events) > 0),
  secret_version integer NOT NULL DEFAULT 1 CHECK (secret_version > 0),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tenant_webhooks_disabled_has_time
    CHECK (state <> 'disabled' OR disabled_at IS NOT NULL)
);
COMMENT ON TABLE identity.tenant_webhooks IS 'Addresses that hear of a tenant''s events.';
COMMENT ON COLUMN identity.tenant_webhooks.id IS 'Webhook id.';
COMMENT ON COLUMN identity.tenant_webhooks.tenant_id IS 'Whose events it hears.';
COMMENT ON COLUMN identity.tenant_webhooks.url IS 'Where events are sent; guarded at each call.';
COMMENT ON COLUMN identity.tenant_webhooks.events IS 'Event types it wants; * = all.';
COMMENT ON COLUMN identity.tenant_webhooks.secret_version IS
  'The signing secret is derived from it.';
COMMENT ON COLUMN identity.tenant_webhooks.state IS 'Is it sent to?';
COMMENT ON COLUMN identity.tenant_webhooks.failures IS 'Deliveries that failed in a row.';
COMMENT ON COLUMN identity.tenant_webhooks.disabled_at IS
  'When it was disabled after too many failures.';
COMMENT ON COLUMN identity.tenant_webhooks.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.tenant_webhooks.updated_at IS 'When the row last changed.';
CREATE INDEX IF NOT EXISTS tenant_webhooks_by_tenant ON identity.tenant_webhooks (tenant_id);

CREATE TABLE IF NOT EXISTS identity.tenant_usage_daily (
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  day date NOT NULL,
  jobs_done integer NOT NULL DEFAULT 0 CHECK (jobs_done >= 0),
  jobs_failed integer NOT NULL DEFAULT 0 CHECK (jobs_failed >= 0),
  frames bigint NOT NULL DEFAULT 0 CHECK (frames >= 0),
  output_ms bigint NOT NULL DEFAULT 0 CHECK (output_ms >= 0),
  node_ms bigint NOT NULL DEFAULT 0 CHECK (node_ms >= 0),
  output_bytes bigint NOT NULL DEFAULT 0 CHECK (output_bytes >= 0),
  api_requests bigint NOT NULL DEFAULT 0 CHECK (api_requests >= 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, day)
);
COMMENT ON TABLE identity.tenant_usage_daily IS 'What a tenant used, per day.';
COMMENT ON COLUMN identity.tenant_usage_daily.tenant_id IS 'Who used it.';
COMMENT ON COLUMN identity.tenant_usage_daily.day IS 'UTC day.';
COMMENT ON COLUMN identity.tenant_usage_daily.jobs_done IS 'Jobs that ended done.';
COMMENT ON COLUMN identity.tenant_usage_daily.jobs_failed IS 'Jobs that ended failed.';
COMMENT ON COLUMN identity.tenant_usage_daily.frames IS 'Frames in published videos.';
COMMENT ON COLUMN identity.tenant_usage_daily.output_ms IS
  'Length of published videos, milliseconds.';
COMMENT ON COLUMN identity.tenant_usage_daily.node_ms IS
  'Node time of counted attempts, milliseconds.';
COMMENT ON COLUMN identity.tenant_usage_daily.output_bytes IS 'Bytes of published outputs.';
COMMENT ON COLUMN identity.tenant_usage_daily.api_requests IS 'API calls answered.';
COMMENT ON COLUMN identity.tenant_usage_daily.updated_at IS 'When the row last changed.';

CREATE TABLE IF NOT EXISTS identity.tenant_api_request_logs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT now(),
  tenant_id uuid NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE,
  api_key_id uuid,
  request_id text,
  method text NOT NULL,
  route text NOT NULL,
  http_status smallint NOT NULL CHECK (http_status BETWEEN 100 AND 599),
  duration_ms integer NOT NULL CHECK (duration_ms >= 0),
  request_bytes bigint CHECK (request_bytes >= 0),
  response_bytes bigint CHECK (response_bytes >= 0),
  address inet,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
COMMENT ON TABLE identity.tenant_api_request_logs IS 'One row per API call, by month.';
COMMENT ON COLUMN identity.tenant_api_request_logs.id IS 'Row id.';
COMMENT ON COLUMN identity.tenant_api_request_logs.at IS 'When it was answered; the partition key.';
COMMENT ON COLUMN identity.tenant_api_request_logs.tenant_id IS 'Who called.';
COMMENT ON COLUMN identity.tenant_api_request_logs.api_key_id IS
  'Key it came with; not enforced, keys may be deleted first.';
COMMENT ON COLUMN identity.tenant_api_request_logs.request_id IS 'Request id in the logs.';
COMMENT ON COLUMN identity.tenant_api_request_logs.method IS 'HTTP method.';
COMMENT ON COLUMN identity.tenant_api_request_logs.route IS 'Route pattern, never the filled path.';
COMMENT ON COLUMN identity.tenant_api_request_logs.http_status IS 'Answer given.';
COMMENT ON COLUMN identity.tenant_api_request_logs.duration_ms IS 'Time to answer.';
COMMENT ON COLUMN identity.tenant_api_request_logs.request_bytes IS 'Size of what was sent.';
COMMENT ON COLUMN identity.tenant_api_request_logs.response_bytes IS 'Size of the answer.';
COMMENT ON COLUMN identity.tenant_api_request_logs.address IS 'Where it came from.';
CREATE TABLE IF NOT EXISTS identity.tenant_api_request_logs_default
  PARTITION OF identity.tenant_api_request_logs DEFAULT;
CREATE INDEX IF NOT EXISTS tenant_api_request_logs_by_tenant
  ON identity.tenant_api_request_logs (tenant_id, at DESC);
DO $$ BEGIN
  PERFORM public.fr_make_month_partitions('identity.tenant_api_request_logs', '2026-01-01',
    ((now() AT TIME ZONE 'UTC') + interval '2 months')::date);
END $$;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('01_identity_tenants', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
