-- 12_render_jobs: jobs, tasks (one row per unit of work), attempts, frames, exports, events.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS render.bundles (
  bundle_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  md5 text NOT NULL CHECK (md5 ~ '^[0-9a-f]{32}$'),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  kind text NOT NULL CHECK (kind IN ('zip', 'aep')),
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  object_key text NOT NULL,
  aep_path text NOT NULL,
  manifest jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE render.bundles IS 'Projects as stored, by content; a small number for the queue.';
COMMENT ON COLUMN render.bundles.bundle_id IS 'Number used by the queue''s index.';
COMMENT ON COLUMN render.bundles.md5 IS 'Cache key on the nodes.';
COMMENT ON COLUMN render.bundles.sha256 IS 'Proof of content, checked after download.';
COMMENT ON COLUMN render.bundles.kind IS 'zip = project with footage, aep = project alone.';
COMMENT ON COLUMN render.bundles.size_bytes IS 'Bytes as stored.';
COMMENT ON COLUMN render.bundles.object_key IS
  'Where it is stored: templates/{project_id}/bundle.zip or template.aep.';
COMMENT ON COLUMN render.bundles.aep_path IS 'Path of the .aep inside the bundle.';
COMMENT ON COLUMN render.bundles.manifest IS 'Entries: path, size_bytes, sha256.';
COMMENT ON COLUMN render.bundles.created_at IS 'When it was first stored.';
CREATE UNIQUE INDEX IF NOT EXISTS bundles_content_once ON render.bundles (md5, sha256);

CREATE TABLE IF NOT EXISTS render.task_classes (
  class_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  requirements_sha256 text NOT NULL
    CHECK (requirements_sha256 ~ '^[0-9a-f]{64}$'),
  requirements jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE render.task_classes IS 'Distinct requirements of tasks, each with a small number.';
COMMENT ON COLUMN render.task_classes.class_id IS 'Number used by the queue''s index.';
COMMENT ON COLUMN render.task_classes.requirements_sha256 IS 'Hash of the canonical requirements.';
COMMENT ON COLUMN render.task_classes.requirements IS
  'engine, version, os, fonts, tags, memory_bytes.';
COMMENT ON COLUMN render.task_classes.created_at IS 'When it was first asked for.';
CREATE UNIQUE INDEX IF NOT EXISTS task_classes_by_requirements
  ON render.task_classes (requirements_sha256);

CREATE TABLE IF NOT EXISTS render.render_jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  saved_project_id uuid,
  user_id uuid,
  api_key_id uuid,
  name text,
  state text NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'preparing', 'rendering', 'validating', 'exporting', 'done',
                     'failed', 'cancelled')),
  plan text NOT NULL DEFAULT 'single' CHECK (plan IN ('single', 'split')),
  engine text NOT NULL DEFAULT 'aftereffects'
    CHECK (engine IN ('aftereffects', 'preview')),
  request jsonb NOT NULL,
  bind_spec jsonb,
  bundle_id integer REFERENCES render.bundles (bundle_id),
  class_id integer REFERENCES render.task_classes (class_id),
  comp text,
  width integer CHECK (width BETWEEN 1 AND 30000),
  height integer CHECK (height BETWEEN 1 AND 30000),
  fps_num integer CHECK (fps_num > 0),
  fps_den integer CHECK (fps_den > 0),
  frame_first integer NOT NULL DEFAULT 0 CHECK (frame_first >= 0),
  frames_total integer CHECK (frames_total > 0),
  frames_done integer NOT NULL DEFAULT 0 CHECK (frames_done >= 0),
  quality text NOT NULL DEFAULT 'standard'
    CHECK (quality IN ('draft', 'standard', 'high')),
  container text NOT NULL DEFAULT 'mp4',
  alpha boolean NOT NULL DEFAULT false,
  has_voiceover boolean NOT NULL DEFAULT false,
  music_volume real NOT NULL DEFAULT 1 CHECK (music_volume BETWEEN 0 AND 4),
  sfx_volume real NOT NULL DEFAULT 1 CHECK (sfx_volume BETWEEN 0 AND 4),
  voiceover_volume real NOT NULL DEFAULT 1 CHECK (voiceover_volume BETWEEN 0 AND 4),
  stage text CHECK (stage IN ('install', 'bind', 'frames', 'verify', 'export')),
  progress jsonb NOT NULL DEFAULT '{}',
  priority smallint NOT NULL DEFAULT 50 CHECK (priority BETWEEN 0 AND 100),
  deadline_at timestamptz,
  idempotency_key text,
  repair_rounds smallint NOT NULL DEFAULT 0 CHECK (repair_rounds BETWEEN 0 AND 3),
  retries integer NOT NULL DEFAULT 0 CHECK (retries >= 0),
  failure_code text,
  failure_class text
    CHECK (failure_class IN ('node', 'template', 'asset', 'licence', 'values', 'transient',
                             'unknown')),
  failure_message text,
  cancel_requested_at timestamptz,
  usage_counted boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  frames_dropped_at timestamptz,
  CONSTRAINT render_jobs_finished_has_time
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CONSTRAINT render_jobs_started_has_time CHECK (
    state IN ('queued', 'failed', 'cancelled') OR started_at IS NOT NULL),
  CONSTRAINT render_jobs_failed_has_reason CHECK ((state = 'failed') = (failure_code IS NOT NULL)),
  CONSTRAINT render_jobs_failure_is_whole CHECK (
    (failure_code IS NULL) = (failure_class IS NULL)
    AND (failure_code IS NULL) = (failure_message IS NULL)),
  CONSTRAINT render_jobs_done_is_described CHECK (
    state <> 'done' OR (frames_total IS NOT NULL AND frames_done = frames_total
      AND width IS NOT NULL AND height IS NOT NULL AND fps_num IS NOT NULL)),
  CONSTRAINT render_jobs_fps_is_whole CHECK ((fps_num IS NULL) = (fps_den IS NULL)),
  CONSTRAINT render_jobs_frames_done_in_total
    CHECK (frames_total IS NULL OR frames_done <= frames_total),
  CONSTRAINT render_jobs_usage_only_when_done CHECK (NOT usage_counted OR state = 'done')
) WITH (fillfactor = 80);
COMMENT ON TABLE render.render_jobs IS 'What a client ordered: one render of one project.';
COMMENT ON COLUMN render.render_jobs.id IS 'Job id, UUIDv7 from the orchestrator.';
COMMENT ON COLUMN render.render_jobs.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.render_jobs.project_id IS 'Soft key: content.projects.id.';
COMMENT ON COLUMN render.render_jobs.saved_project_id IS
  'Soft key: studio.saved_projects.id when ordered from one.';
COMMENT ON COLUMN render.render_jobs.user_id IS
  'Soft key: identity.users.id of the person, if any.';
COMMENT ON COLUMN render.render_jobs.api_key_id IS
  'Soft key: identity.tenant_api_keys.id it came with.';
COMMENT ON COLUMN render.render_jobs.name IS 'Label given by the client.';
COMMENT ON COLUMN render.render_jobs.state IS 'State of its machine in core.';
COMMENT ON COLUMN render.render_jobs.plan IS 'One render task, or bind, frames, export.';
COMMENT ON COLUMN render.render_jobs.engine IS 'Engine asked for; the two never mix in one output.';
COMMENT ON COLUMN render.render_jobs.request IS 'The order as accepted.';
COMMENT ON COLUMN render.render_jobs.bind_spec IS
  'Values for bind, made from the order and the scan.';
COMMENT ON COLUMN render.render_jobs.bundle_id IS 'Project version that is rendered.';
COMMENT ON COLUMN render.render_jobs.class_id IS 'Requirements of its tasks.';
COMMENT ON COLUMN render.render_jobs.comp IS 'Composition to render.';
COMMENT ON COLUMN render.render_jobs.width IS 'Output width, pixels.';
COMMENT ON COLUMN render.render_jobs.height IS 'Output height, pixels.';
COMMENT ON COLUMN render.render_jobs.fps_num IS 'Frame rate numerator, such as 30000.';
COMMENT ON COLUMN render.render_jobs.fps_den IS 'Frame rate denominator, such as 1001.';
COMMENT ON COLUMN render.render_jobs.frame_first IS 'First frame of the comp that is rendered.';
COMMENT ON COLUMN render.render_jobs.frames_total IS 'Frames of the output.';
COMMENT ON COLUMN render.render_jobs.frames_done IS 'Frames recorded so far, counted in batches.';
COMMENT ON COLUMN render.render_jobs.quality IS 'Encoder preset.';
COMMENT ON COLUMN render.render_jobs.container IS 'File format of the video.';
COMMENT ON COLUMN render.render_jobs.alpha IS 'Keep transparency?';
COMMENT ON COLUMN render.render_jobs.has_voiceover IS 'Is a voice-over mixed in?';
COMMENT ON COLUMN render.render_jobs.music_volume IS 'Gain of the music track.';
COMMENT ON COLUMN render.render_jobs.sfx_volume IS 'Gain of effects and the template''s sound.';
COMMENT ON COLUMN render.render_jobs.voiceover_volume IS 'Gain of the voice-over.';
COMMENT ON COLUMN render.render_jobs.stage IS 'Stage that progress speaks of.';
COMMENT ON COLUMN render.render_jobs.progress IS 'Per stage: done, total.';
COMMENT ON COLUMN render.render_jobs.priority IS 'Higher first; clamped per tenant.';
COMMENT ON COLUMN render.render_jobs.deadline_at IS 'When the client needs it.';
COMMENT ON COLUMN render.render_jobs.idempotency_key IS
  'Key of the creating call, for people; uniqueness lives in idempotency_keys.';
COMMENT ON COLUMN render.render_jobs.repair_rounds IS 'Repair rounds begun.';
COMMENT ON COLUMN render.render_jobs.retries IS 'Explicit retries after failed.';
COMMENT ON COLUMN render.render_jobs.failure_code IS 'Why it failed, for programs.';
COMMENT ON COLUMN render.render_jobs.failure_class IS 'Who can mend it.';
COMMENT ON COLUMN render.render_jobs.failure_message IS 'Why it failed and what to do, for people.';
COMMENT ON COLUMN render.render_jobs.cancel_requested_at IS 'When a cancel was asked for.';
COMMENT ON COLUMN render.render_jobs.usage_counted IS 'Was it added to tenant_usage_daily?';
COMMENT ON COLUMN render.render_jobs.created_at IS 'When it was ordered.';
COMMENT ON COLUMN render.render_jobs.started_at IS 'When it first left queued.';
COMMENT ON COLUMN render.render_jobs.finished_at IS 'When it reached done, failed or cancelled.';
COMMENT ON COLUMN render.render_jobs.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN render.render_jobs.frames_dropped_at IS
  'When the janitor dropped its frames and bound copies.';
CREATE INDEX IF NOT EXISTS render_jobs_by_tenant_newest
  ON render.render_jobs (tenant_id, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS render_jobs_active
  ON render.render_jobs (tenant_id, state) WHERE finished_at IS NULL;
CREATE INDEX IF NOT EXISTS render_jobs_by_project
  ON render.render_jobs (project_id, created_at DESC);
CREATE INDEX IF NOT EXISTS render_jobs_for_janitor
  ON render.render_jobs (finished_at) WHERE frames_dropped_at IS NULL;
CREATE INDEX IF NOT EXISTS render_jobs_by_bundle ON render.render_jobs (bundle_id);

CREATE TABLE IF NOT EXISTS render.tasks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  job_id uuid REFERENCES render.render_jobs (id) ON DELETE CASCADE,
  project_id uuid,
  kind text NOT NULL
    CHECK (kind IN ('render', 'bind', 'frames', 'export', 'snapshot', 'scan')),
  stage smallint NOT NULL DEFAULT 0 CHECK (stage >= 0),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  state text NOT NULL DEFAULT 'queued'
    CHECK (state IN ('blocked', 'queued', 'leased', 'running', 'succeeded', 'failed', 'cancelled',
                     'quarantined')),
  attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  class_id integer NOT NULL REFERENCES render.task_classes (class_id),
  bundle_id integer REFERENCES render.bundles (bundle_id),
  priority smallint NOT NULL DEFAULT 50 CHECK (priority BETWEEN 0 AND 100),
  vtime bigint NOT NULL DEFAULT 0 CHECK (vtime >= 0),
  cost bigint NOT NULL DEFAULT 1 CHECK (cost > 0),
  spec jsonb NOT NULL DEFAULT '{}',
  not_before timestamptz,
  node_id uuid REFERENCES render.nodes (id),
  session_id bigint,
  failures smallint NOT NULL DEFAULT 0 CHECK (failures >= 0),
  interruptions integer NOT NULL DEFAULT 0 CHECK (interruptions >= 0),
  failures_max smallint NOT NULL DEFAULT 3 CHECK (failures_max > 0),
  failure_code text,
  failure_class text
    CHECK (failure_class IN ('node', 'template', 'asset', 'licence', 'values', 'transient',
                             'unknown')),
  failure_message text,
  progress jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  queued_at timestamptz,
  leased_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  CONSTRAINT tasks_job_by_kind
    CHECK ((kind IN ('render', 'bind', 'frames', 'export')) = (job_id IS NOT NULL)),
  CONSTRAINT tasks_leased_has_owner
    CHECK ((state IN ('leased', 'running')) = (session_id IS NOT NULL)),
  CONSTRAINT tasks_owner_is_whole CHECK ((session_id IS NULL) = (node_id IS NULL)),
  CONSTRAINT tasks_leased_has_attempt CHECK (
    state NOT IN ('leased', 'running') OR (attempt > 0 AND leased_at IS NOT NULL)),
  CONSTRAINT tasks_running_has_start CHECK (state <> 'running' OR started_at IS NOT NULL),
  CONSTRAINT tasks_queued_has_time CHECK (state <> 'queued' OR queued_at IS NOT NULL),
  CONSTRAINT tasks_finished_has_time CHECK (
    (state IN ('succeeded', 'failed', 'cancelled', 'quarantined')) = (finished_at IS NOT NULL)),
  CONSTRAINT tasks_failed_has_reason CHECK (
    state NOT IN ('failed', 'quarantined') OR failure_code IS NOT NULL),
  CONSTRAINT tasks_failure_is_whole CHECK (
    (failure_code IS NULL) = (failure_class IS NULL)
    AND (failure_code IS NULL) = (failure_message IS NULL)),
  CONSTRAINT tasks_delay_only_when_queued CHECK (not_before IS NULL OR state = 'queued')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE render.tasks IS 'The unit that is leased; durable, what others point at.';
COMMENT ON COLUMN render.tasks.id IS 'Task id; render.task_queue uses the same number.';
COMMENT ON COLUMN render.tasks.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.tasks.job_id IS 'Its job; null for scan and snapshot.';
COMMENT ON COLUMN render.tasks.project_id IS 'Soft key: content.projects.id.';
COMMENT ON COLUMN render.tasks.kind IS 'What is to be done; render = a whole job.';
COMMENT ON COLUMN render.tasks.stage IS 'Plan stage: unblocked when all lower stages succeeded.';
COMMENT ON COLUMN render.tasks.position IS
  'Order within the stage: first, middle, last chunk first.';
COMMENT ON COLUMN render.tasks.state IS 'State of its machine in core.';
COMMENT ON COLUMN render.tasks.attempt IS 'Number of the latest attempt; never starts again.';
COMMENT ON COLUMN render.tasks.class_id IS 'What the node must offer.';
COMMENT ON COLUMN render.tasks.bundle_id IS 'Project version it needs.';
COMMENT ON COLUMN render.tasks.priority IS 'Higher first.';
COMMENT ON COLUMN render.tasks.vtime IS 'Fair-share start tag, kept by retries.';
COMMENT ON COLUMN render.tasks.cost IS 'Work it stands for when the next tag is worked out.';
COMMENT ON COLUMN render.tasks.spec IS 'What is particular to it and sent with the grant.';
COMMENT ON COLUMN render.tasks.not_before IS 'Delayed retry: it enters task_queue only after this.';
COMMENT ON COLUMN render.tasks.node_id IS 'Node that holds the lease now.';
COMMENT ON COLUMN render.tasks.session_id IS
  'render.node_sessions.id of the lease; its deadline counts.';
COMMENT ON COLUMN render.tasks.failures IS 'Failed attempts that count against it.';
COMMENT ON COLUMN render.tasks.interruptions IS 'Attempts lost or interrupted; cost nothing.';
COMMENT ON COLUMN render.tasks.failures_max IS 'Failures before it fails or is quarantined.';
COMMENT ON COLUMN render.tasks.failure_code IS 'Latest failure, for programs.';
COMMENT ON COLUMN render.tasks.failure_class IS 'Who can mend the latest failure.';
COMMENT ON COLUMN render.tasks.failure_message IS 'Latest failure and what to do, for people.';
COMMENT ON COLUMN render.tasks.progress IS
  'Latest progress of the running attempt: stage, done, total.';
COMMENT ON COLUMN render.tasks.created_at IS 'When it was planned.';
COMMENT ON COLUMN render.tasks.queued_at IS 'When it last became queued.';
COMMENT ON COLUMN render.tasks.leased_at IS 'When the current or last lease began.';
COMMENT ON COLUMN render.tasks.started_at IS 'When the current or last attempt began to work.';
COMMENT ON COLUMN render.tasks.finished_at IS 'When it reached a terminal state.';
-- No index names state, session or node: so a claim and each progress report update this row in
-- place (HOT). What is leased is found through render.task_queue.
CREATE INDEX IF NOT EXISTS tasks_by_job ON render.tasks (job_id, stage, position);
CREATE INDEX IF NOT EXISTS tasks_delayed ON render.tasks (not_before) WHERE not_before IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_failed
  ON render.tasks (finished_at) WHERE finished_at IS NOT NULL AND failure_code IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_for_janitor
  ON render.tasks (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS render.attempts (
  task_id bigint NOT NULL REFERENCES render.tasks (id) ON DELETE CASCADE,
  attempt integer NOT NULL CHECK (attempt > 0),
  node_id uuid NOT NULL REFERENCES render.nodes (id),
  session_id bigint NOT NULL,
  token_sha256 bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
  outcome text CHECK (outcome IN ('succeeded', 'failed', 'interrupted', 'lost')),
  counted boolean NOT NULL DEFAULT false,
  failure_code text,
  failure_class text
    CHECK (failure_class IN ('node', 'template', 'asset', 'licence', 'values', 'transient',
                             'unknown')),
  failure_message text,
  reply jsonb,
  timings jsonb NOT NULL DEFAULT '{}',
  warnings jsonb NOT NULL DEFAULT '[]',
  frames_done integer CHECK (frames_done >= 0),
  log_object_key text,
  granted_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (task_id, attempt),
  CONSTRAINT attempts_outcome_has_time CHECK ((outcome IS NULL) = (finished_at IS NULL)),
  CONSTRAINT attempts_failed_has_reason CHECK (
    outcome IS DISTINCT FROM 'failed' OR failure_code IS NOT NULL),
  CONSTRAINT attempts_failure_is_whole CHECK (
    (failure_code IS NULL) = (failure_class IS NULL)
    AND (failure_code IS NULL) = (failure_message IS NULL)),
  CONSTRAINT attempts_only_failures_count CHECK (
    NOT counted OR outcome IS NOT DISTINCT FROM 'failed'),
  CONSTRAINT attempts_success_has_no_failure CHECK (
    outcome IS DISTINCT FROM 'succeeded' OR failure_code IS NULL)
) WITH (fillfactor = 80);
COMMENT ON TABLE render.attempts IS 'One try of a task by one node.';
COMMENT ON COLUMN render.attempts.task_id IS 'The task.';
COMMENT ON COLUMN render.attempts.attempt IS 'Number from 1, never used twice for a task.';
COMMENT ON COLUMN render.attempts.node_id IS 'Node that was granted it.';
COMMENT ON COLUMN render.attempts.session_id IS
  'render.node_sessions.id; not enforced, sessions are dropped earlier.';
COMMENT ON COLUMN render.attempts.token_sha256 IS 'Hash of the lease token; fences late reports.';
COMMENT ON COLUMN render.attempts.outcome IS 'Null while it runs.';
COMMENT ON COLUMN render.attempts.counted IS 'Does a failure count against the task?';
COMMENT ON COLUMN render.attempts.failure_code IS 'Why it failed, for programs.';
COMMENT ON COLUMN render.attempts.failure_class IS 'Who can mend it.';
COMMENT ON COLUMN render.attempts.failure_message IS 'Why it failed and what to do, for people.';
COMMENT ON COLUMN render.attempts.reply IS
  'Answer given to its result; the same token again answers the same.';
COMMENT ON COLUMN render.attempts.timings IS
  'Milliseconds per phase: fetch, launch, open, frames, export.';
COMMENT ON COLUMN render.attempts.warnings IS 'Things that were odd and did not fail it.';
COMMENT ON COLUMN render.attempts.frames_done IS 'Frames it recorded.';
COMMENT ON COLUMN render.attempts.log_object_key IS 'Where its log is kept.';
COMMENT ON COLUMN render.attempts.granted_at IS 'When the lease was granted.';
COMMENT ON COLUMN render.attempts.started_at IS 'When the agent began to work.';
COMMENT ON COLUMN render.attempts.finished_at IS 'When its outcome was known.';
CREATE INDEX IF NOT EXISTS attempts_by_node_newest ON render.attempts (node_id, granted_at DESC);
CREATE UNIQUE INDEX IF NOT EXISTS attempts_one_running
  ON render.attempts (task_id) WHERE outcome IS NULL;

CREATE TABLE IF NOT EXISTS render.frame_jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id bigint NOT NULL REFERENCES render.tasks (id) ON DELETE CASCADE,
  job_id uuid NOT NULL REFERENCES render.render_jobs (id) ON DELETE CASCADE,
  tenant_id uuid NOT NULL,
  chunk integer NOT NULL DEFAULT 0 CHECK (chunk >= 0),
  frames int4multirange NOT NULL CHECK (NOT isempty(frames)),
  done int4multirange NOT NULL DEFAULT '{}',
  frame_count integer NOT NULL CHECK (frame_count > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  CONSTRAINT frame_jobs_done_in_frames CHECK (done <@ frames),
  CONSTRAINT frame_jobs_completed_is_all CHECK (completed_at IS NULL OR done = frames)
) WITH (fillfactor = 80);
COMMENT ON TABLE render.frame_jobs IS 'A range of frames of a job, and which of them are there.';
COMMENT ON COLUMN render.frame_jobs.id IS 'Row id; frame_results name it.';
COMMENT ON COLUMN render.frame_jobs.task_id IS 'Task that renders it.';
COMMENT ON COLUMN render.frame_jobs.job_id IS 'Its job.';
COMMENT ON COLUMN render.frame_jobs.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.frame_jobs.chunk IS 'Chunk number in time order.';
COMMENT ON COLUMN render.frame_jobs.frames IS 'Frames wanted, counted from 0 of the output.';
COMMENT ON COLUMN render.frame_jobs.done IS 'Frames recorded; what is left is the difference.';
COMMENT ON COLUMN render.frame_jobs.frame_count IS 'Number of frames in the range.';
COMMENT ON COLUMN render.frame_jobs.created_at IS 'When it was planned.';
COMMENT ON COLUMN render.frame_jobs.completed_at IS 'When nothing was left.';
CREATE UNIQUE INDEX IF NOT EXISTS frame_jobs_by_task ON render.frame_jobs (task_id);
CREATE UNIQUE INDEX IF NOT EXISTS frame_jobs_chunk_once ON render.frame_jobs (job_id, chunk);

CREATE TABLE IF NOT EXISTS render.frame_repair_jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES render.render_jobs (id) ON DELETE CASCADE,
  tenant_id uuid NOT NULL,
  frame_job_id bigint NOT NULL REFERENCES render.frame_jobs (id) ON DELETE CASCADE,
  task_id bigint REFERENCES render.tasks (id) ON DELETE CASCADE,
  round smallint NOT NULL CHECK (round BETWEEN 1 AND 3),
  reason text NOT NULL CHECK (reason IN ('missing', 'corrupt', 'suspect')),
  frames int4multirange NOT NULL CHECK (NOT isempty(frames)),
  suspect_node_id uuid REFERENCES render.nodes (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  outcome text CHECK (outcome IN ('mended', 'failed', 'cancelled')),
  CONSTRAINT frame_repair_jobs_finished_has_outcome
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE render.frame_repair_jobs IS 'Frames that are rendered again after validation.';
COMMENT ON COLUMN render.frame_repair_jobs.id IS 'Row id.';
COMMENT ON COLUMN render.frame_repair_jobs.job_id IS 'Its job.';
COMMENT ON COLUMN render.frame_repair_jobs.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.frame_repair_jobs.frame_job_id IS 'Range the frames belong to.';
COMMENT ON COLUMN render.frame_repair_jobs.task_id IS 'Task that renders them again.';
COMMENT ON COLUMN render.frame_repair_jobs.round IS 'Repair round of the job.';
COMMENT ON COLUMN render.frame_repair_jobs.reason IS 'What was wrong.';
COMMENT ON COLUMN render.frame_repair_jobs.frames IS 'Frames to render again.';
COMMENT ON COLUMN render.frame_repair_jobs.suspect_node_id IS
  'Node that should not render them, if any.';
COMMENT ON COLUMN render.frame_repair_jobs.created_at IS 'When the fault was found.';
COMMENT ON COLUMN render.frame_repair_jobs.finished_at IS 'When the repair ended.';
COMMENT ON COLUMN render.frame_repair_jobs.outcome IS 'How it ended.';
CREATE INDEX IF NOT EXISTS frame_repair_jobs_by_job ON render.frame_repair_jobs (job_id, round);
CREATE INDEX IF NOT EXISTS frame_repair_jobs_by_task ON render.frame_repair_jobs (task_id);
CREATE INDEX IF NOT EXISTS frame_repair_jobs_by_frame_job
  ON render.frame_repair_jobs (frame_job_id);

CREATE TABLE IF NOT EXISTS render.snapshots (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  scene_key text,
  frame integer NOT NULL CHECK (frame >= 0),
  cache_key text NOT NULL CHECK (cache_key ~ '^[0-9a-f]{64}$'),
  request jsonb NOT NULL DEFAULT '{}',
  task_id bigint REFERENCES render.tasks (id) ON DELETE SET NULL,
  state text NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'ready', 'failed', 'cancelled')),
  object_key text,
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint CHECK (size_bytes > 0),
  width integer CHECK (width > 0),
  height integer CHECK (height > 0),
  failure_code text,
  failure_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  last_used_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT snapshots_ready_is_described CHECK (state <> 'ready'
    OR (object_key IS NOT NULL AND sha256 IS NOT NULL AND size_bytes IS NOT NULL
        AND width IS NOT NULL AND height IS NOT NULL)),
  CONSTRAINT snapshots_finished_has_time
    CHECK ((state = 'queued') = (finished_at IS NULL)),
  CONSTRAINT snapshots_failed_has_reason CHECK ((state = 'failed') = (failure_code IS NOT NULL))
);
COMMENT ON TABLE render.snapshots IS 'One frame of one scene with given values, kept by cache key.';
COMMENT ON COLUMN render.snapshots.id IS 'Snapshot id.';
COMMENT ON COLUMN render.snapshots.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.snapshots.project_id IS 'Soft key: content.projects.id.';
COMMENT ON COLUMN render.snapshots.scene_key IS 'Scene shown; null = the final comp.';
COMMENT ON COLUMN render.snapshots.frame IS 'Frame of the scene.';
COMMENT ON COLUMN render.snapshots.cache_key IS 'Hash of all that can change the picture.';
COMMENT ON COLUMN render.snapshots.request IS 'Values and size asked for.';
COMMENT ON COLUMN render.snapshots.task_id IS 'Task that makes it; one task may make many.';
COMMENT ON COLUMN render.snapshots.state IS 'Is the picture there?';
COMMENT ON COLUMN render.snapshots.object_key IS 'Where the picture is stored.';
COMMENT ON COLUMN render.snapshots.sha256 IS 'Hash of the picture.';
COMMENT ON COLUMN render.snapshots.size_bytes IS 'Size of the picture.';
COMMENT ON COLUMN render.snapshots.width IS 'Width, pixels.';
COMMENT ON COLUMN render.snapshots.height IS 'Height, pixels.';
COMMENT ON COLUMN render.snapshots.failure_code IS 'Why it failed, for programs.';
COMMENT ON COLUMN render.snapshots.failure_message IS 'Why it failed and what to do, for people.';
COMMENT ON COLUMN render.snapshots.created_at IS 'When it was asked for.';
COMMENT ON COLUMN render.snapshots.finished_at IS 'When it was there or failed.';
COMMENT ON COLUMN render.snapshots.last_used_at IS 'Last time it was asked for.';
CREATE UNIQUE INDEX IF NOT EXISTS snapshots_by_cache_key
  ON render.snapshots (tenant_id, cache_key);
CREATE INDEX IF NOT EXISTS snapshots_by_project ON render.snapshots (project_id, scene_key);
CREATE INDEX IF NOT EXISTS snapshots_by_task ON render.snapshots (task_id);

CREATE TABLE IF NOT EXISTS render.exports (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  job_id uuid NOT NULL REFERENCES render.render_jobs (id) ON DELETE CASCADE,
  tenant_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('video', 'poster', 'thumbnail', 'audio')),
  object_key text NOT NULL,
  media_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  width integer CHECK (width > 0),
  height integer CHECK (height > 0),
  frames integer CHECK (frames > 0),
  fps_num integer CHECK (fps_num > 0),
  fps_den integer CHECK (fps_den > 0),
  duration_s double precision CHECK (duration_s >= 0),
  has_audio boolean,
  task_id bigint NOT NULL,
  attempt integer NOT NULL CHECK (attempt > 0),
  published_at timestamptz NOT NULL DEFAULT now(),
  dropped_at timestamptz,
  CONSTRAINT exports_video_is_described CHECK (kind <> 'video'
    OR (width IS NOT NULL AND height IS NOT NULL AND frames IS NOT NULL AND fps_num IS NOT NULL
        AND fps_den IS NOT NULL AND duration_s IS NOT NULL AND has_audio IS NOT NULL))
);
COMMENT ON TABLE render.exports IS 'Published outputs; what is published never changes.';
COMMENT ON COLUMN render.exports.id IS 'Export id.';
COMMENT ON COLUMN render.exports.job_id IS 'Its job.';
COMMENT ON COLUMN render.exports.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.exports.kind IS 'What it is.';
COMMENT ON COLUMN render.exports.object_key IS 'Where it is stored; the key contains the attempt.';
COMMENT ON COLUMN render.exports.media_type IS 'Such as video/mp4.';
COMMENT ON COLUMN render.exports.size_bytes IS 'Size.';
COMMENT ON COLUMN render.exports.sha256 IS 'Hash of the content.';
COMMENT ON COLUMN render.exports.width IS 'Width, pixels.';
COMMENT ON COLUMN render.exports.height IS 'Height, pixels.';
COMMENT ON COLUMN render.exports.frames IS 'Frames as probed.';
COMMENT ON COLUMN render.exports.fps_num IS 'Frame rate numerator as probed.';
COMMENT ON COLUMN render.exports.fps_den IS 'Frame rate denominator as probed.';
COMMENT ON COLUMN render.exports.duration_s IS 'Length as probed, seconds.';
COMMENT ON COLUMN render.exports.has_audio IS 'Does it carry sound, as probed?';
COMMENT ON COLUMN render.exports.task_id IS
  'render.tasks.id that made it; not enforced, tasks are dropped earlier.';
COMMENT ON COLUMN render.exports.attempt IS 'Attempt that made it.';
COMMENT ON COLUMN render.exports.published_at IS 'When the pointer was written.';
COMMENT ON COLUMN render.exports.dropped_at IS 'When retention removed the object.';
CREATE UNIQUE INDEX IF NOT EXISTS exports_one_of_a_kind ON render.exports (job_id, kind);

CREATE TABLE IF NOT EXISTS render.job_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  job_id uuid NOT NULL REFERENCES render.render_jobs (id) ON DELETE CASCADE,
  task_id bigint,
  attempt integer CHECK (attempt > 0),
  type text NOT NULL CHECK (type <> ''),
  payload jsonb NOT NULL DEFAULT '{}',
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE render.job_events IS 'What happened to a job, in order; never changed.';
COMMENT ON COLUMN render.job_events.id IS 'Order of events, the Last-Event-ID of the stream.';
COMMENT ON COLUMN render.job_events.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.job_events.job_id IS 'Its job.';
COMMENT ON COLUMN render.job_events.task_id IS
  'render.tasks.id it speaks of, if any; not enforced.';
COMMENT ON COLUMN render.job_events.attempt IS 'Attempt it speaks of, if any.';
COMMENT ON COLUMN render.job_events.type IS 'Event type, such as job.done.';
COMMENT ON COLUMN render.job_events.payload IS 'Details for clients.';
COMMENT ON COLUMN render.job_events.txid IS 'Writer; streams hold back rows of open transactions.';
COMMENT ON COLUMN render.job_events.at IS 'When it happened.';
CREATE INDEX IF NOT EXISTS job_events_by_job ON render.job_events (job_id, id);
CREATE INDEX IF NOT EXISTS job_events_by_tenant ON render.job_events (tenant_id, id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('12_render_jobs', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
