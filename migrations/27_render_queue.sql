-- 27_render_queue: the hot queue, claims by request id, frames by attempt, fair share.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS render.task_queue (
  id bigint PRIMARY KEY,
  class_id integer NOT NULL,
  bundle_id integer,
  priority smallint NOT NULL,
  vtime bigint NOT NULL,
  ready boolean NOT NULL DEFAULT true,
  attempt integer NOT NULL DEFAULT 0,
  session_id bigint,
  token bytea,
  CONSTRAINT task_queue_leased_has_owner CHECK (ready = (session_id IS NULL)),
  CONSTRAINT task_queue_leased_has_token CHECK (
    ready = (token IS NULL) AND (ready OR attempt > 0))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE render.task_queue IS 'Ready or leased tasks only; the one table leased from.';
COMMENT ON COLUMN render.task_queue.id IS
  'render.tasks.id; no foreign key, the hot path pays for none.';
COMMENT ON COLUMN render.task_queue.class_id IS 'render.task_classes.class_id.';
COMMENT ON COLUMN render.task_queue.bundle_id IS 'render.bundles.bundle_id, for affinity.';
COMMENT ON COLUMN render.task_queue.priority IS 'Higher first.';
COMMENT ON COLUMN render.task_queue.vtime IS 'Fair-share start tag; lower first.';
COMMENT ON COLUMN render.task_queue.ready IS 'True = may be leased, false = leased.';
COMMENT ON COLUMN render.task_queue.attempt IS 'Latest attempt; the claim adds one.';
COMMENT ON COLUMN render.task_queue.session_id IS
  'render.node_sessions.id that holds it; its deadline counts.';
COMMENT ON COLUMN render.task_queue.token IS 'Lease token: restore epoch and 128 random bits.';
CREATE INDEX IF NOT EXISTS task_queue_ready_by_class
  ON render.task_queue (class_id, priority DESC, vtime, id) WHERE ready;
CREATE INDEX IF NOT EXISTS task_queue_ready_by_bundle
  ON render.task_queue (class_id, bundle_id, priority DESC, vtime, id)
  WHERE ready AND bundle_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS task_queue_leased_by_session
  ON render.task_queue (session_id) WHERE NOT ready;

CREATE TABLE IF NOT EXISTS render.claim_requests (
  node_id uuid NOT NULL,
  request_id uuid NOT NULL,
  session_id bigint NOT NULL,
  task_ids bigint[] NOT NULL DEFAULT '{}',
  attempts integer[] NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (node_id, request_id),
  CONSTRAINT claim_requests_same_length CHECK (cardinality(task_ids) = cardinality(attempts))
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE render.claim_requests IS
  'Answers to claims; a repeated request id answers the same.';
COMMENT ON COLUMN render.claim_requests.node_id IS
  'Node that asked; no foreign key, the hot path pays for none.';
COMMENT ON COLUMN render.claim_requests.request_id IS 'Request id from the agent.';
COMMENT ON COLUMN render.claim_requests.session_id IS 'render.node_sessions.id it asked with.';
COMMENT ON COLUMN render.claim_requests.task_ids IS
  'Tasks granted; tokens are read from task_queue.';
COMMENT ON COLUMN render.claim_requests.attempts IS 'Attempt of each task, in the same order.';
COMMENT ON COLUMN render.claim_requests.at IS 'When it was answered; dropped after an hour.';
CREATE INDEX IF NOT EXISTS claim_requests_for_janitor ON render.claim_requests (at);

CREATE TABLE IF NOT EXISTS render.frame_results (
  frame_job_id bigint NOT NULL REFERENCES render.frame_jobs (id) ON DELETE CASCADE,
  frame integer NOT NULL CHECK (frame >= 0),
  task_id bigint NOT NULL,
  attempt integer NOT NULL CHECK (attempt > 0),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size_bytes integer NOT NULL CHECK (size_bytes > 0),
  PRIMARY KEY (frame_job_id, frame)
);
COMMENT ON TABLE render.frame_results IS
  'Which attempt each frame came from; dropped after export.';
COMMENT ON COLUMN render.frame_results.frame_job_id IS 'Range it belongs to.';
COMMENT ON COLUMN render.frame_results.frame IS 'Frame number, from 0 of the output.';
COMMENT ON COLUMN render.frame_results.task_id IS
  'render.tasks.id that made it: the frames task or a repair.';
COMMENT ON COLUMN render.frame_results.attempt IS 'Attempt of that task.';
COMMENT ON COLUMN render.frame_results.sha256 IS 'Hash of the frame''s file.';
COMMENT ON COLUMN render.frame_results.size_bytes IS 'Size of the frame''s file.';

CREATE TABLE IF NOT EXISTS render.tenant_shares (
  tenant_id uuid NOT NULL,
  priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 100),
  finish_tag bigint NOT NULL DEFAULT 0 CHECK (finish_tag >= 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, priority)
) WITH (fillfactor = 70);
COMMENT ON TABLE render.tenant_shares IS 'Fair share: where a tenant''s next task starts.';
COMMENT ON COLUMN render.tenant_shares.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.tenant_shares.priority IS 'Shares are kept per priority.';
COMMENT ON COLUMN render.tenant_shares.finish_tag IS 'Virtual finish of its last task.';
COMMENT ON COLUMN render.tenant_shares.updated_at IS 'Last enqueue.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('27_render_queue', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
