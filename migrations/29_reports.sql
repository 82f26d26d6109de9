-- 29_reports: what agents report beside states: capabilities, inputs, outputs, logs, warnings.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.nodes
  ADD COLUMN IF NOT EXISTS capabilities jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS conditions text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN render.nodes.capabilities IS 'Capabilities as the agent reported them last.';
COMMENT ON COLUMN render.nodes.conditions IS
  'Conditions of the last heartbeat, such as disk_full.';

ALTER TABLE render.render_jobs
  ADD COLUMN IF NOT EXISTS warnings jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN IF NOT EXISTS unsupported jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN render.render_jobs.warnings IS 'Sentences that its successful attempts reported.';
COMMENT ON COLUMN render.render_jobs.unsupported IS
  'What the engine skipped, each with its count.';

ALTER TABLE render.tasks
  ADD COLUMN IF NOT EXISTS inputs jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN IF NOT EXISTS outputs jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN IF NOT EXISTS revived_at timestamptz;
COMMENT ON COLUMN render.tasks.inputs IS
  'Files for the job folder: path, object_key, sha256, size_bytes.';
COMMENT ON COLUMN render.tasks.outputs IS 'Outputs of the attempt that succeeded.';
COMMENT ON COLUMN render.tasks.revived_at IS
  'When a person last brought it back; earlier attempts do not count against it.';

ALTER TABLE render.attempts
  ADD COLUMN IF NOT EXISTS engine_version text,
  ADD COLUMN IF NOT EXISTS unsupported jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS frames_sha256 text CHECK (frames_sha256 ~ '^[0-9a-f]{64}$');
COMMENT ON COLUMN render.attempts.engine_version IS 'Engine that did the work.';
COMMENT ON COLUMN render.attempts.unsupported IS 'What the engine skipped, each with its count.';
COMMENT ON COLUMN render.attempts.frames_sha256 IS 'Hash over the hashes of the frames in order.';

ALTER TABLE render.frame_results
  ADD COLUMN IF NOT EXISTS object_key text;
COMMENT ON COLUMN render.frame_results.object_key IS
  'Where the frame was uploaded; null when it stayed on the node.';

CREATE TABLE IF NOT EXISTS render.attempt_logs (
  task_id bigint NOT NULL,
  attempt integer NOT NULL CHECK (attempt > 0),
  start_byte bigint NOT NULL CHECK (start_byte >= 0),
  size_bytes integer NOT NULL CHECK (size_bytes > 0),
  text text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, attempt, start_byte),
  FOREIGN KEY (task_id, attempt) REFERENCES render.attempts (task_id, attempt) ON DELETE CASCADE
);
COMMENT ON TABLE render.attempt_logs IS 'The log of an attempt, in pieces without a gap.';
COMMENT ON COLUMN render.attempt_logs.task_id IS 'Task of the attempt.';
COMMENT ON COLUMN render.attempt_logs.attempt IS 'Attempt that wrote it.';
COMMENT ON COLUMN render.attempt_logs.start_byte IS 'Byte offset of this piece in the log.';
COMMENT ON COLUMN render.attempt_logs.size_bytes IS 'Bytes of this piece in UTF-8.';
COMMENT ON COLUMN render.attempt_logs.text IS 'The piece.';
COMMENT ON COLUMN render.attempt_logs.at IS 'When it came.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('29_reports', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
