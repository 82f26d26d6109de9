-- 43_repair_and_pace: frames made again, exports that a repair supersedes, how fast templates go.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.frame_repair_jobs DROP CONSTRAINT IF EXISTS frame_repair_jobs_reason_check;
ALTER TABLE render.frame_repair_jobs ADD CONSTRAINT frame_repair_jobs_reason_check
  CHECK (reason IN ('missing', 'corrupt', 'suspect', 'asked'));
ALTER TABLE render.frame_repair_jobs ADD COLUMN IF NOT EXISTS neighbours int4multirange
  NOT NULL DEFAULT '{}';
ALTER TABLE render.frame_repair_jobs ADD COLUMN IF NOT EXISTS neighbours_equal boolean;
ALTER TABLE render.frame_repair_jobs ADD COLUMN IF NOT EXISTS spare_class_id integer
  REFERENCES render.task_classes (class_id);
COMMENT ON COLUMN render.frame_repair_jobs.neighbours IS
  'Good frames beside them that are drawn once more and compared, never replaced.';
COMMENT ON COLUMN render.frame_repair_jobs.neighbours_equal IS
  'Did they come out the same? Null while unknown.';
COMMENT ON COLUMN render.frame_repair_jobs.spare_class_id IS
  'Class of its task once no other node came: with it the suspect node may do it too.';
CREATE INDEX IF NOT EXISTS frame_repair_jobs_open
  ON render.frame_repair_jobs (created_at) WHERE finished_at IS NULL;

-- A job that is repaired was done before: it stays counted and is not counted again.
ALTER TABLE render.render_jobs DROP CONSTRAINT IF EXISTS render_jobs_usage_only_when_done;
COMMENT ON COLUMN render.render_jobs.usage_counted IS
  'Was it added to tenant_usage_daily? Once, also when it is repaired later.';
COMMENT ON COLUMN render.render_jobs.retries IS
  'Explicit retries after failed, repairs after done.';
COMMENT ON COLUMN render.render_jobs.repair_rounds IS
  'Repair rounds begun since it was ordered, retried or asked to be repaired.';

ALTER TABLE render.exports ADD COLUMN IF NOT EXISTS superseded_at timestamptz;
COMMENT ON COLUMN render.exports.superseded_at IS
  'When a repaired export took its place; the object stays until its retention ends.';
DROP INDEX IF EXISTS render.exports_one_of_a_kind;
CREATE UNIQUE INDEX IF NOT EXISTS exports_one_in_force
  ON render.exports (job_id, kind) WHERE superseded_at IS NULL;

CREATE TABLE IF NOT EXISTS render.template_pace (
  project_id uuid NOT NULL,
  engine text NOT NULL CHECK (engine IN ('aftereffects', 'preview')),
  tenant_id uuid NOT NULL,
  samples integer NOT NULL CHECK (samples > 0),
  bind_s real NOT NULL CHECK (bind_s >= 0),
  launch_s real NOT NULL CHECK (launch_s >= 0),
  open_s real NOT NULL CHECK (open_s >= 0),
  first_frame_s real NOT NULL CHECK (first_frame_s >= 0),
  frame_s real NOT NULL CHECK (frame_s >= 0),
  frame_slowest_s real NOT NULL CHECK (frame_slowest_s >= 0),
  export_frame_s real NOT NULL CHECK (export_frame_s >= 0),
  frame_bytes real NOT NULL CHECK (frame_bytes >= 0),
  link_bytes_s real NOT NULL CHECK (link_bytes_s >= 0),
  spread real NOT NULL CHECK (spread >= 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, engine)
) WITH (fillfactor = 70);
COMMENT ON TABLE render.template_pace IS
  'How fast a template renders: exponential averages over its jobs that were done.';
COMMENT ON COLUMN render.template_pace.project_id IS 'Soft key: content.projects.id.';
COMMENT ON COLUMN render.template_pace.engine IS 'Engine that these times are of.';
COMMENT ON COLUMN render.template_pace.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.template_pace.samples IS 'Jobs that went into it.';
COMMENT ON COLUMN render.template_pace.bind_s IS 'Seconds of bind, launch included.';
COMMENT ON COLUMN render.template_pace.launch_s IS 'Seconds until the engine is there.';
COMMENT ON COLUMN render.template_pace.open_s IS 'Seconds from there until rendering starts.';
COMMENT ON COLUMN render.template_pace.first_frame_s IS 'Seconds from there to the first frame.';
COMMENT ON COLUMN render.template_pace.frame_s IS 'Seconds per frame after the first.';
COMMENT ON COLUMN render.template_pace.frame_slowest_s IS 'Seconds of the slowest frame.';
COMMENT ON COLUMN render.template_pace.export_frame_s IS 'Seconds of export per frame.';
COMMENT ON COLUMN render.template_pace.frame_bytes IS
  'Bytes of one frame''s file; 0 while no frame was uploaded.';
COMMENT ON COLUMN render.template_pace.link_bytes_s IS
  'Bytes a second that its nodes upload; 0 while unknown.';
COMMENT ON COLUMN render.template_pace.spread IS
  'Mean distance, in logarithms, of jobs from what was expected of them.';
COMMENT ON COLUMN render.template_pace.updated_at IS 'When the last job went in.';
CREATE INDEX IF NOT EXISTS template_pace_by_tenant ON render.template_pace (tenant_id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('43_repair_and_pace', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
