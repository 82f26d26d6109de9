-- 28_support: what keeps calls repeatable, events sent, nodes enrolled, sweeps honest.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS render.idempotency_keys (
  tenant_id uuid NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  route text NOT NULL,
  request_sha256 bytea NOT NULL CHECK (octet_length(request_sha256) = 32),
  http_status smallint CHECK (http_status BETWEEN 200 AND 599),
  response jsonb,
  resource_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key),
  CONSTRAINT idempotency_keys_answer_is_whole
    CHECK ((http_status IS NULL) = (response IS NULL)),
  CONSTRAINT idempotency_keys_expire_later CHECK (expires_at > created_at)
);
COMMENT ON TABLE render.idempotency_keys IS 'Answers of creating calls, given again on a repeat.';
COMMENT ON COLUMN render.idempotency_keys.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.idempotency_keys.key IS 'Idempotency-Key of the client.';
COMMENT ON COLUMN render.idempotency_keys.route IS 'Method and route pattern it was used on.';
COMMENT ON COLUMN render.idempotency_keys.request_sha256 IS 'Another body with the key is refused.';
COMMENT ON COLUMN render.idempotency_keys.http_status IS 'Answer given; null while it runs.';
COMMENT ON COLUMN render.idempotency_keys.response IS 'Body of the answer.';
COMMENT ON COLUMN render.idempotency_keys.resource_id IS 'What was made.';
COMMENT ON COLUMN render.idempotency_keys.created_at IS 'First call.';
COMMENT ON COLUMN render.idempotency_keys.expires_at IS 'After this the key may be used anew.';
CREATE INDEX IF NOT EXISTS idempotency_keys_for_janitor ON render.idempotency_keys (expires_at);

CREATE TABLE IF NOT EXISTS render.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  type text NOT NULL CHECK (type <> ''),
  dedupe_key text NOT NULL,
  job_id uuid,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  dispatched_at timestamptz
);
COMMENT ON TABLE render.outbox IS 'Events to send on, written with the change they tell of.';
COMMENT ON COLUMN render.outbox.id IS 'Order of sending.';
COMMENT ON COLUMN render.outbox.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.outbox.type IS 'Event type, such as job.done.';
COMMENT ON COLUMN render.outbox.dedupe_key IS 'One logical event each: job, retry and type.';
COMMENT ON COLUMN render.outbox.job_id IS
  'render.render_jobs.id it speaks of, if any; not enforced, it outlives the job.';
COMMENT ON COLUMN render.outbox.payload IS 'What receivers get.';
COMMENT ON COLUMN render.outbox.created_at IS 'When it happened.';
COMMENT ON COLUMN render.outbox.dispatched_at IS 'When its deliveries were made.';
CREATE UNIQUE INDEX IF NOT EXISTS outbox_event_once ON render.outbox (dedupe_key);
CREATE INDEX IF NOT EXISTS outbox_waiting ON render.outbox (id) WHERE dispatched_at IS NULL;

CREATE TABLE IF NOT EXISTS render.webhook_deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  outbox_id bigint NOT NULL REFERENCES render.outbox (id) ON DELETE CASCADE,
  state text NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'delivered', 'failed')),
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  next_at timestamptz,
  http_status smallint,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CONSTRAINT webhook_deliveries_pending_has_next
    CHECK ((state = 'pending') = (next_at IS NOT NULL)),
  CONSTRAINT webhook_deliveries_finished_has_time
    CHECK ((state = 'pending') = (finished_at IS NULL))
);
COMMENT ON TABLE render.webhook_deliveries IS 'One event to one webhook, with its tries.';
COMMENT ON COLUMN render.webhook_deliveries.id IS
  'Delivery id, sent along so receivers can tell repeats.';
COMMENT ON COLUMN render.webhook_deliveries.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.webhook_deliveries.webhook_id IS 'Soft key: identity.tenant_webhooks.id.';
COMMENT ON COLUMN render.webhook_deliveries.outbox_id IS 'Event that is sent.';
COMMENT ON COLUMN render.webhook_deliveries.state IS 'Was it taken?';
COMMENT ON COLUMN render.webhook_deliveries.tries IS 'Tries so far.';
COMMENT ON COLUMN render.webhook_deliveries.next_at IS
  'When it is tried next; null when it is over.';
COMMENT ON COLUMN render.webhook_deliveries.http_status IS 'Answer to the last try.';
COMMENT ON COLUMN render.webhook_deliveries.error IS 'What went wrong at the last try.';
COMMENT ON COLUMN render.webhook_deliveries.created_at IS 'When it was made.';
COMMENT ON COLUMN render.webhook_deliveries.finished_at IS 'When it was taken or given up.';
CREATE UNIQUE INDEX IF NOT EXISTS webhook_deliveries_once
  ON render.webhook_deliveries (outbox_id, webhook_id);
CREATE INDEX IF NOT EXISTS webhook_deliveries_due
  ON render.webhook_deliveries (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS webhook_deliveries_by_webhook
  ON render.webhook_deliveries (webhook_id, created_at DESC);

CREATE TABLE IF NOT EXISTS render.enrolment_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_sha256 bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
  label text NOT NULL DEFAULT '',
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  node_id uuid REFERENCES render.nodes (id) ON DELETE SET NULL,
  revoked_at timestamptz,
  CONSTRAINT enrolment_tokens_expire_later CHECK (expires_at > created_at),
  CONSTRAINT enrolment_tokens_node_used_it CHECK (node_id IS NULL OR used_at IS NOT NULL),
  CONSTRAINT enrolment_tokens_used_or_revoked CHECK (used_at IS NULL OR revoked_at IS NULL)
);
COMMENT ON TABLE render.enrolment_tokens IS 'One-time tokens that let a node enrol.';
COMMENT ON COLUMN render.enrolment_tokens.id IS 'Token id, safe to show.';
COMMENT ON COLUMN render.enrolment_tokens.token_sha256 IS 'Hash of the token.';
COMMENT ON COLUMN render.enrolment_tokens.label IS 'What it is for, in a person''s words.';
COMMENT ON COLUMN render.enrolment_tokens.created_by IS
  'Who made it: a key id, a user id or the command line.';
COMMENT ON COLUMN render.enrolment_tokens.created_at IS 'When it was made.';
COMMENT ON COLUMN render.enrolment_tokens.expires_at IS 'Minutes later.';
COMMENT ON COLUMN render.enrolment_tokens.used_at IS 'When a node used it.';
COMMENT ON COLUMN render.enrolment_tokens.node_id IS 'Node that used it.';
COMMENT ON COLUMN render.enrolment_tokens.revoked_at IS 'When it was taken back.';
CREATE UNIQUE INDEX IF NOT EXISTS enrolment_tokens_by_token
  ON render.enrolment_tokens (token_sha256);

CREATE TABLE IF NOT EXISTS render.audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  tenant_id uuid,
  actor_kind text NOT NULL
    CHECK (actor_kind IN ('api_key', 'user', 'node', 'system', 'cli')),
  actor_id text,
  action text NOT NULL CHECK (action <> ''),
  target_kind text,
  target_id text,
  request_id text,
  address inet,
  detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE render.audit_log IS 'Who changed what; never changed.';
COMMENT ON COLUMN render.audit_log.id IS 'Row id.';
COMMENT ON COLUMN render.audit_log.at IS 'When.';
COMMENT ON COLUMN render.audit_log.tenant_id IS
  'Soft key: identity.tenants.id; null for the farm itself.';
COMMENT ON COLUMN render.audit_log.actor_kind IS 'Who acted.';
COMMENT ON COLUMN render.audit_log.actor_id IS 'Id of who acted.';
COMMENT ON COLUMN render.audit_log.action IS 'What was done, such as node.quarantine.';
COMMENT ON COLUMN render.audit_log.target_kind IS 'Kind of thing it was done to.';
COMMENT ON COLUMN render.audit_log.target_id IS 'Id of the thing.';
COMMENT ON COLUMN render.audit_log.request_id IS 'Request id in the logs.';
COMMENT ON COLUMN render.audit_log.address IS 'Where the call came from.';
COMMENT ON COLUMN render.audit_log.detail IS 'Old and new values, never secrets.';
CREATE INDEX IF NOT EXISTS audit_log_by_tenant ON render.audit_log (tenant_id, id DESC);
CREATE INDEX IF NOT EXISTS audit_log_by_target
  ON render.audit_log (target_kind, target_id, id DESC);

CREATE TABLE IF NOT EXISTS render.settings (
  key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_.]*$'),
  value jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE render.settings IS 'Settings that admins change while the farm runs.';
COMMENT ON COLUMN render.settings.key IS 'Name of the setting.';
COMMENT ON COLUMN render.settings.value IS 'Its value.';
COMMENT ON COLUMN render.settings.version IS 'Guards against a change in between.';
COMMENT ON COLUMN render.settings.updated_by IS 'Who changed it last.';
COMMENT ON COLUMN render.settings.updated_at IS 'When it last changed.';

CREATE TABLE IF NOT EXISTS render.fonts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  postscript_name text NOT NULL CHECK (postscript_name <> ''),
  family text NOT NULL,
  style text NOT NULL,
  format text NOT NULL CHECK (format IN ('ttf', 'otf', 'ttc')),
  object_key text NOT NULL,
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE render.fonts IS 'Fonts that tenants uploaded.';
COMMENT ON COLUMN render.fonts.id IS 'Font id.';
COMMENT ON COLUMN render.fonts.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.fonts.postscript_name IS 'Name that After Effects knows it by.';
COMMENT ON COLUMN render.fonts.family IS 'Family name.';
COMMENT ON COLUMN render.fonts.style IS 'Style name.';
COMMENT ON COLUMN render.fonts.format IS 'File format.';
COMMENT ON COLUMN render.fonts.object_key IS 'Where it is stored.';
COMMENT ON COLUMN render.fonts.sha256 IS 'Hash of the file.';
COMMENT ON COLUMN render.fonts.size_bytes IS 'Size of the file.';
COMMENT ON COLUMN render.fonts.created_at IS 'When it was uploaded.';
COMMENT ON COLUMN render.fonts.deleted_at IS 'When it was deleted.';
CREATE UNIQUE INDEX IF NOT EXISTS fonts_name_once
  ON render.fonts (tenant_id, postscript_name) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS render.node_fonts (
  node_id uuid NOT NULL REFERENCES render.nodes (id) ON DELETE CASCADE,
  postscript_name text NOT NULL,
  source text NOT NULL CHECK (source IN ('system', 'tenant')),
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (node_id, postscript_name)
);
COMMENT ON TABLE render.node_fonts IS 'Fonts that a node has, as it reports them.';
COMMENT ON COLUMN render.node_fonts.node_id IS 'Whose font it is.';
COMMENT ON COLUMN render.node_fonts.postscript_name IS 'Name that After Effects knows it by.';
COMMENT ON COLUMN render.node_fonts.source IS 'Found there, or installed by us.';
COMMENT ON COLUMN render.node_fonts.sha256 IS 'Hash of the file, when known.';
COMMENT ON COLUMN render.node_fonts.seen_at IS 'Last report.';
CREATE INDEX IF NOT EXISTS node_fonts_by_name ON render.node_fonts (postscript_name);

CREATE TABLE IF NOT EXISTS render.farm_epoch (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch bigint NOT NULL CHECK (epoch > 0),
  reason text NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE render.farm_epoch IS 'The restore epoch, one row; part of every lease token.';
COMMENT ON COLUMN render.farm_epoch.singleton IS 'Keeps the table at one row.';
COMMENT ON COLUMN render.farm_epoch.epoch IS 'Raised when the database was restored from the past.';
COMMENT ON COLUMN render.farm_epoch.reason IS 'Why it was raised last.';
COMMENT ON COLUMN render.farm_epoch.raised_at IS 'When.';
INSERT INTO render.farm_epoch (epoch, reason) VALUES (1, 'first start') ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS render.reaper_sweeps (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  swept_at timestamptz NOT NULL,
  grace_until timestamptz,
  held_until timestamptz,
  held_sweeps integer NOT NULL DEFAULT 0 CHECK (held_sweeps >= 0),
  expired_sessions integer NOT NULL DEFAULT 0 CHECK (expired_sessions >= 0),
  expired_leases integer NOT NULL DEFAULT 0 CHECK (expired_leases >= 0),
  alarm text
);
COMMENT ON TABLE render.reaper_sweeps IS
  'The reaper''s last sweep, one row; a gap shows an outage.';
COMMENT ON COLUMN render.reaper_sweeps.singleton IS 'Keeps the table at one row.';
COMMENT ON COLUMN render.reaper_sweeps.swept_at IS 'Last sweep, database time.';
COMMENT ON COLUMN render.reaper_sweeps.grace_until IS
  'After an outage nothing expires before this.';
COMMENT ON COLUMN render.reaper_sweeps.held_until IS 'The brake holds until then.';
COMMENT ON COLUMN render.reaper_sweeps.held_sweeps IS 'Sweeps held in a row.';
COMMENT ON COLUMN render.reaper_sweeps.expired_sessions IS 'Sessions the last sweep ended.';
COMMENT ON COLUMN render.reaper_sweeps.expired_leases IS 'Leases the last sweep took back.';
COMMENT ON COLUMN render.reaper_sweeps.alarm IS 'Why a person should look, if so.';
INSERT INTO render.reaper_sweeps (swept_at) VALUES (now()) ON CONFLICT DO NOTHING;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('28_support', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
