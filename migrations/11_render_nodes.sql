-- 11_render_nodes: machines, their sessions (where lease deadlines live), health, crashes, cache.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS render.nodes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CHECK (name <> ''),
  platform text NOT NULL CHECK (platform IN ('windows', 'macos', 'linux')),
  os_version text,
  agent_version text,
  state text NOT NULL DEFAULT 'registered'
    CHECK (state IN ('registered', 'online', 'draining', 'offline', 'quarantined', 'retired')),
  state_reason text,
  state_changed_at timestamptz NOT NULL DEFAULT now(),
  engines jsonb NOT NULL DEFAULT '[]',
  tags text[] NOT NULL DEFAULT '{}',
  cpu_count integer CHECK (cpu_count > 0),
  memory_bytes bigint CHECK (memory_bytes > 0),
  gpu text,
  slots smallint NOT NULL DEFAULT 1 CHECK (slots BETWEEN 0 AND 64),
  class_ids integer[] NOT NULL DEFAULT '{}',
  classes_at timestamptz,
  sample jsonb NOT NULL DEFAULT '{}',
  sample_at timestamptz,
  last_seen_at timestamptz,
  clock_offset_ms bigint,
  secret_version integer NOT NULL DEFAULT 1 CHECK (secret_version > 0),
  secret_revoked_at timestamptz,
  failures_in_row integer NOT NULL DEFAULT 0 CHECK (failures_in_row >= 0),
  probe_at timestamptz,
  settings jsonb NOT NULL DEFAULT '{}',
  drain_requested_at timestamptz,
  quarantined_at timestamptz,
  retired_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT nodes_online_was_seen
    CHECK (state NOT IN ('online', 'draining', 'offline') OR last_seen_at IS NOT NULL),
  CONSTRAINT nodes_quarantined_has_reason CHECK (
    state <> 'quarantined' OR (quarantined_at IS NOT NULL AND state_reason IS NOT NULL)),
  CONSTRAINT nodes_retired_has_time CHECK ((state = 'retired') = (retired_at IS NOT NULL))
) WITH (fillfactor = 70);
COMMENT ON TABLE render.nodes IS 'One machine with an agent; holds its latest sample.';
COMMENT ON COLUMN render.nodes.id IS 'Node id, given at enrolment.';
COMMENT ON COLUMN render.nodes.name IS 'Name shown to people.';
COMMENT ON COLUMN render.nodes.platform IS 'Operating system family.';
COMMENT ON COLUMN render.nodes.os_version IS 'Operating system version as the agent reports it.';
COMMENT ON COLUMN render.nodes.agent_version IS 'Version of the agent that spoke last.';
COMMENT ON COLUMN render.nodes.state IS 'State of the node machine in core: registered to retired.';
COMMENT ON COLUMN render.nodes.state_reason IS 'Why it is in this state, for people.';
COMMENT ON COLUMN render.nodes.state_changed_at IS 'When the state last changed.';
COMMENT ON COLUMN render.nodes.engines IS 'Engines found: name, version, build, capabilities.';
COMMENT ON COLUMN render.nodes.tags IS 'Labels that requirements may ask for.';
COMMENT ON COLUMN render.nodes.cpu_count IS 'Logical processors.';
COMMENT ON COLUMN render.nodes.memory_bytes IS 'Physical memory.';
COMMENT ON COLUMN render.nodes.gpu IS 'Graphics card, when known.';
COMMENT ON COLUMN render.nodes.slots IS 'Tasks it runs at once.';
COMMENT ON COLUMN render.nodes.class_ids IS 'render.task_classes it can serve, worked out by core.';
COMMENT ON COLUMN render.nodes.classes_at IS 'When class_ids was last worked out.';
COMMENT ON COLUMN render.nodes.sample IS 'Latest health sample.';
COMMENT ON COLUMN render.nodes.sample_at IS 'When that sample came, database time.';
COMMENT ON COLUMN render.nodes.last_seen_at IS 'Last heartbeat, database time.';
COMMENT ON COLUMN render.nodes.clock_offset_ms IS
  'Agent clock minus server clock at the last call.';
COMMENT ON COLUMN render.nodes.secret_version IS 'The node secret is derived from it.';
COMMENT ON COLUMN render.nodes.secret_revoked_at IS 'When its credentials were taken back.';
COMMENT ON COLUMN render.nodes.failures_in_row IS 'Failed attempts since the last success.';
COMMENT ON COLUMN render.nodes.probe_at IS 'When a quarantined node is tried again (half open).';
COMMENT ON COLUMN render.nodes.settings IS 'Settings sent to this agent by heartbeat.';
COMMENT ON COLUMN render.nodes.drain_requested_at IS
  'When somebody asked it to finish and take no more.';
COMMENT ON COLUMN render.nodes.quarantined_at IS 'When it was last quarantined.';
COMMENT ON COLUMN render.nodes.retired_at IS 'When it left for good.';
COMMENT ON COLUMN render.nodes.created_at IS 'When it enrolled.';
COMMENT ON COLUMN render.nodes.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS nodes_name_once
  ON render.nodes (lower(name)) WHERE state <> 'retired';

CREATE TABLE IF NOT EXISTS render.node_sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node_id uuid NOT NULL REFERENCES render.nodes (id) ON DELETE CASCADE,
  epoch bigint NOT NULL CHECK (epoch > 0),
  instance text NOT NULL,
  agent_version text,
  deadline_at timestamptz NOT NULL,
  renewed_at timestamptz NOT NULL DEFAULT now(),
  opened_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz,
  close_reason text
    CHECK (close_reason IN ('superseded', 'expired', 'stopped', 'revoked')),
  CONSTRAINT node_sessions_closed_has_reason
    CHECK ((closed_at IS NULL) = (close_reason IS NULL)),
  CONSTRAINT node_sessions_deadline_after_renewal CHECK (deadline_at >= renewed_at)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE render.node_sessions IS 'One life of an agent; the lease deadline lives here.';
COMMENT ON COLUMN render.node_sessions.id IS 'Session id; queue rows and attempts name it.';
COMMENT ON COLUMN render.node_sessions.node_id IS 'Whose session it is.';
COMMENT ON COLUMN render.node_sessions.epoch IS 'Restore epoch in which it was opened.';
COMMENT ON COLUMN render.node_sessions.instance IS
  'Random id of the agent process, from the agent.';
COMMENT ON COLUMN render.node_sessions.agent_version IS 'Agent version of this session.';
COMMENT ON COLUMN render.node_sessions.deadline_at IS
  'Leases of this session hold until then, database time.';
COMMENT ON COLUMN render.node_sessions.renewed_at IS
  'Last renewal; without an index, so renewals stay HOT.';
COMMENT ON COLUMN render.node_sessions.opened_at IS 'When the agent registered.';
COMMENT ON COLUMN render.node_sessions.closed_at IS 'When it ended; null while it may hold leases.';
COMMENT ON COLUMN render.node_sessions.close_reason IS 'Why it ended.';
CREATE UNIQUE INDEX IF NOT EXISTS node_sessions_one_open
  ON render.node_sessions (node_id) WHERE closed_at IS NULL;

CREATE TABLE IF NOT EXISTS render.node_health_logs (
  node_id uuid NOT NULL REFERENCES render.nodes (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  period_s integer NOT NULL DEFAULT 60 CHECK (period_s IN (60, 900)),
  samples integer NOT NULL DEFAULT 1 CHECK (samples > 0),
  cpu_percent real CHECK (cpu_percent >= 0),
  memory_used_bytes bigint CHECK (memory_used_bytes >= 0),
  disk_free_bytes bigint CHECK (disk_free_bytes >= 0),
  gpu_percent real CHECK (gpu_percent >= 0),
  temperature_c real,
  tasks_running smallint CHECK (tasks_running >= 0),
  sample jsonb,
  PRIMARY KEY (node_id, at, period_s)
) PARTITION BY RANGE (at);
COMMENT ON TABLE render.node_health_logs IS 'Health history, by month; roll-ups after 48 hours.';
COMMENT ON COLUMN render.node_health_logs.node_id IS 'Whose sample it is.';
COMMENT ON COLUMN render.node_health_logs.at IS 'Start of the period; the partition key.';
COMMENT ON COLUMN render.node_health_logs.period_s IS '60 = one minute, 900 = a roll-up.';
COMMENT ON COLUMN render.node_health_logs.samples IS 'Samples behind this row.';
COMMENT ON COLUMN render.node_health_logs.cpu_percent IS 'Mean use of all processors.';
COMMENT ON COLUMN render.node_health_logs.memory_used_bytes IS 'Mean memory in use.';
COMMENT ON COLUMN render.node_health_logs.disk_free_bytes IS 'Lowest free space of the work disk.';
COMMENT ON COLUMN render.node_health_logs.gpu_percent IS
  'Mean use of the graphics card, when known.';
COMMENT ON COLUMN render.node_health_logs.temperature_c IS 'Highest temperature, when known.';
COMMENT ON COLUMN render.node_health_logs.tasks_running IS 'Most tasks at once.';
COMMENT ON COLUMN render.node_health_logs.sample IS 'The rest of the last sample of the period.';
CREATE TABLE IF NOT EXISTS render.node_health_logs_default
  PARTITION OF render.node_health_logs DEFAULT;
CREATE INDEX IF NOT EXISTS node_health_logs_for_roll_up
  ON render.node_health_logs (at) WHERE period_s = 60;
DO $$ BEGIN
  PERFORM public.fr_make_month_partitions('render.node_health_logs', '2026-01-01',
    ((now() AT TIME ZONE 'UTC') + interval '2 months')::date);
END $$;

CREATE TABLE IF NOT EXISTS render.node_crashes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node_id uuid NOT NULL REFERENCES render.nodes (id) ON DELETE CASCADE,
  task_id bigint,
  attempt integer CHECK (attempt > 0),
  kind text NOT NULL CHECK (kind IN ('engine', 'agent', 'machine')),
  signature text NOT NULL,
  message text NOT NULL,
  log_tail text CHECK (octet_length(log_tail) <= 65536),
  at timestamptz NOT NULL DEFAULT now(),
  recovered_at timestamptz,
  recovery text
);
COMMENT ON TABLE render.node_crashes IS 'Forced ends of engines and agents, and their recovery.';
COMMENT ON COLUMN render.node_crashes.id IS 'Row id.';
COMMENT ON COLUMN render.node_crashes.node_id IS 'Where it happened.';
COMMENT ON COLUMN render.node_crashes.task_id IS
  'render.tasks.id it ran; not enforced, tasks are dropped earlier.';
COMMENT ON COLUMN render.node_crashes.attempt IS 'Attempt of that task.';
COMMENT ON COLUMN render.node_crashes.kind IS 'What crashed.';
COMMENT ON COLUMN render.node_crashes.signature IS
  'Normalised fingerprint, to count alike crashes.';
COMMENT ON COLUMN render.node_crashes.message IS 'What happened, for people.';
COMMENT ON COLUMN render.node_crashes.log_tail IS 'Last lines of the log.';
COMMENT ON COLUMN render.node_crashes.at IS 'When it was reported.';
COMMENT ON COLUMN render.node_crashes.recovered_at IS 'When the probe after it succeeded.';
COMMENT ON COLUMN render.node_crashes.recovery IS 'How it recovered, or what a person must do.';
CREATE INDEX IF NOT EXISTS node_crashes_by_node_newest ON render.node_crashes (node_id, at DESC);
CREATE INDEX IF NOT EXISTS node_crashes_by_signature ON render.node_crashes (signature, at DESC);

CREATE TABLE IF NOT EXISTS render.node_template_cache (
  node_id uuid NOT NULL REFERENCES render.nodes (id) ON DELETE CASCADE,
  bundle_md5 text NOT NULL CHECK (bundle_md5 ~ '^[0-9a-f]{32}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  pins integer NOT NULL DEFAULT 0 CHECK (pins >= 0),
  cached_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (node_id, bundle_md5)
);
COMMENT ON TABLE render.node_template_cache IS 'Bundles that a node keeps, as it reports them.';
COMMENT ON COLUMN render.node_template_cache.node_id IS 'Whose cache it is.';
COMMENT ON COLUMN render.node_template_cache.bundle_md5 IS 'Bundle by md5.';
COMMENT ON COLUMN render.node_template_cache.size_bytes IS 'Bytes on the node''s disk.';
COMMENT ON COLUMN render.node_template_cache.pins IS
  'Tasks that use it now; above 0 it is not evicted.';
COMMENT ON COLUMN render.node_template_cache.cached_at IS 'When it was extracted.';
COMMENT ON COLUMN render.node_template_cache.last_used_at IS
  'Last use; the least recent goes first.';
CREATE INDEX IF NOT EXISTS node_template_cache_by_bundle
  ON render.node_template_cache (bundle_md5);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('11_render_nodes', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
