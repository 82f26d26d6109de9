-- 44_snapshots_and_manifests: pictures of scenes, what a video was made of, and renders made again.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.snapshots
  ADD COLUMN IF NOT EXISTS bundle_id integer REFERENCES render.bundles (bundle_id),
  ADD COLUMN IF NOT EXISTS engine text NOT NULL DEFAULT 'aftereffects'
    CHECK (engine IN ('aftereffects', 'preview')),
  ADD COLUMN IF NOT EXISTS comp text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS max_side integer NOT NULL DEFAULT 640 CHECK (max_side > 0),
  ADD COLUMN IF NOT EXISTS plain boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS place integer NOT NULL DEFAULT 0 CHECK (place >= 0);
COMMENT ON COLUMN render.snapshots.bundle_id IS 'Project version that is shown.';
COMMENT ON COLUMN render.snapshots.engine IS 'Engine that draws it.';
COMMENT ON COLUMN render.snapshots.comp IS 'Comp that is drawn.';
COMMENT ON COLUMN render.snapshots.max_side IS 'Neither side is longer, pixels.';
COMMENT ON COLUMN render.snapshots.plain IS 'Shows the template with no values given?';
COMMENT ON COLUMN render.snapshots.place IS 'Which of its task''s pictures it is, from 0.';
CREATE INDEX IF NOT EXISTS snapshots_by_project_newest
  ON render.snapshots (tenant_id, project_id, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS snapshots_queued
  ON render.snapshots (tenant_id) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS snapshots_by_bundle ON render.snapshots (bundle_id);

ALTER TABLE content.scenes ADD COLUMN IF NOT EXISTS snapshot_key text
  CHECK (snapshot_key ~ '^[0-9a-f]{64}$');
COMMENT ON COLUMN content.scenes.snapshot_key IS
  'Soft key: render.snapshots.cache_key of its newest picture without values.';

ALTER TABLE render.render_jobs ADD COLUMN IF NOT EXISTS again_of uuid;
COMMENT ON COLUMN render.render_jobs.again_of IS
  'Soft key: render.render_jobs.id of the job that it repeats, if any.';

CREATE TABLE IF NOT EXISTS render.job_manifests (
  job_id uuid PRIMARY KEY REFERENCES render.render_jobs (id) ON DELETE CASCADE,
  tenant_id uuid NOT NULL,
  manifest jsonb NOT NULL,
  inputs jsonb NOT NULL DEFAULT '[]',
  frame_hashes bytea CHECK (octet_length(frame_hashes) % 32 = 0),
  written_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE render.job_manifests IS
  'What a video was made of and by whom; written once, with the end of its job.';
COMMENT ON COLUMN render.job_manifests.job_id IS 'Its job.';
COMMENT ON COLUMN render.job_manifests.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN render.job_manifests.manifest IS 'The manifest but for order, times and hashes.';
COMMENT ON COLUMN render.job_manifests.inputs IS
  'Files and fonts of its tasks: path, object_key, sha256, size_bytes.';
COMMENT ON COLUMN render.job_manifests.frame_hashes IS
  'SHA-256 of each frame in order, 32 bytes each; null when the node told only their sum.';
COMMENT ON COLUMN render.job_manifests.written_at IS 'When the job was done.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('44_snapshots_and_manifests',
        NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
