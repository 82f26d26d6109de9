-- 06_content_projects: templates (containers), projects (one .aep each), traced pictures.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS content.templates (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  category_id uuid REFERENCES content.categories (id) ON DELETE SET NULL,
  slug text NOT NULL CHECK (slug <> ''),
  name text NOT NULL CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
  poster_file_id uuid,
  preview_file_id uuid,
  published_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT templates_published_has_time CHECK (state <> 'published' OR published_at IS NOT NULL)
);
COMMENT ON TABLE content.templates IS
  'A container shown in the catalogue; holds projects of several aspects.';
COMMENT ON COLUMN content.templates.id IS 'Template id.';
COMMENT ON COLUMN content.templates.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.templates.category_id IS 'Where it is listed.';
COMMENT ON COLUMN content.templates.slug IS 'Short name for addresses.';
COMMENT ON COLUMN content.templates.name IS 'Name shown to people.';
COMMENT ON COLUMN content.templates.description IS 'What it is for.';
COMMENT ON COLUMN content.templates.state IS 'Who sees it?';
COMMENT ON COLUMN content.templates.poster_file_id IS 'Soft key: file_mgr.files.id of the picture.';
COMMENT ON COLUMN content.templates.preview_file_id IS
  'Soft key: file_mgr.files.id of the preview video.';
COMMENT ON COLUMN content.templates.published_at IS 'When it was last published.';
COMMENT ON COLUMN content.templates.created_at IS 'When it was made.';
COMMENT ON COLUMN content.templates.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.templates.deleted_at IS 'When it was deleted.';
CREATE UNIQUE INDEX IF NOT EXISTS templates_slug_once
  ON content.templates (tenant_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS templates_by_category ON content.templates (category_id);

CREATE TABLE IF NOT EXISTS content.template_tags (
  template_id uuid NOT NULL REFERENCES content.templates (id) ON DELETE CASCADE,
  tag_id uuid NOT NULL REFERENCES content.tags (id) ON DELETE CASCADE,
  PRIMARY KEY (template_id, tag_id)
);
COMMENT ON TABLE content.template_tags IS 'Which tags a template has.';
COMMENT ON COLUMN content.template_tags.template_id IS 'The template.';
COMMENT ON COLUMN content.template_tags.tag_id IS 'The tag.';
CREATE INDEX IF NOT EXISTS template_tags_by_tag ON content.template_tags (tag_id);

CREATE TABLE IF NOT EXISTS content.projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  template_id uuid REFERENCES content.templates (id) ON DELETE SET NULL,
  name text NOT NULL CHECK (name <> ''),
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
  aspect text CHECK (aspect ~ '^[0-9]+:[0-9]+$'),
  width integer CHECK (width BETWEEN 1 AND 30000),
  height integer CHECK (height BETWEEN 1 AND 30000),
  fps_num integer CHECK (fps_num > 0),
  fps_den integer CHECK (fps_den > 0),
  frames integer CHECK (frames > 0),
  final_comp text,
  mode text
    CHECK (mode IN ('fix', 'music_visualizer', 'flexible', 'mockup', 'free')),
  convention_version smallint NOT NULL DEFAULT 1 CHECK (convention_version > 0),
  bundle_kind text CHECK (bundle_kind IN ('zip', 'aep')),
  bundle_md5 text CHECK (bundle_md5 ~ '^[0-9a-f]{32}$'),
  bundle_sha256 text CHECK (bundle_sha256 ~ '^[0-9a-f]{64}$'),
  bundle_size_bytes bigint CHECK (bundle_size_bytes > 0),
  bundle_object_key text,
  bundle_uploaded_at timestamptz,
  scan jsonb,
  scan_engine text CHECK (scan_engine IN ('quick', 'full')),
  scan_bundle_md5 text CHECK (scan_bundle_md5 ~ '^[0-9a-f]{32}$'),
  scanned_at timestamptz,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT projects_bundle_is_whole CHECK (
    num_nulls(bundle_kind, bundle_md5, bundle_sha256, bundle_size_bytes, bundle_object_key,
              bundle_uploaded_at) IN (0, 6)),
  CONSTRAINT projects_scan_is_whole CHECK (
    num_nulls(scan, scan_engine, scan_bundle_md5, scanned_at) IN (0, 4)),
  CONSTRAINT projects_fps_is_whole CHECK ((fps_num IS NULL) = (fps_den IS NULL)),
  CONSTRAINT projects_published_has_bundle
    CHECK (state <> 'published' OR bundle_md5 IS NOT NULL)
);
COMMENT ON TABLE content.projects IS 'One After Effects project: size, mode, bundle, latest scan.';
COMMENT ON COLUMN content.projects.id IS 'Project id, part of the bundle''s place in storage.';
COMMENT ON COLUMN content.projects.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.projects.template_id IS 'Its container, if any.';
COMMENT ON COLUMN content.projects.name IS 'Name shown to people; never inside After Effects.';
COMMENT ON COLUMN content.projects.state IS 'Who sees it?';
COMMENT ON COLUMN content.projects.aspect IS 'Such as 16:9; null until scanned.';
COMMENT ON COLUMN content.projects.width IS 'Width of the final comp, pixels.';
COMMENT ON COLUMN content.projects.height IS 'Height of the final comp, pixels.';
COMMENT ON COLUMN content.projects.fps_num IS 'Frame rate numerator of the final comp.';
COMMENT ON COLUMN content.projects.fps_den IS 'Frame rate denominator of the final comp.';
COMMENT ON COLUMN content.projects.frames IS 'Frames of the final comp.';
COMMENT ON COLUMN content.projects.final_comp IS
  'Comp that is rendered unless another is asked for.';
COMMENT ON COLUMN content.projects.mode IS 'Naming mode; null until given or detected.';
COMMENT ON COLUMN content.projects.convention_version IS 'Naming convention it follows.';
COMMENT ON COLUMN content.projects.bundle_kind IS
  'zip = with footage, aep = alone; null until uploaded.';
COMMENT ON COLUMN content.projects.bundle_md5 IS 'Cache key on the nodes.';
COMMENT ON COLUMN content.projects.bundle_sha256 IS 'Proof of content.';
COMMENT ON COLUMN content.projects.bundle_size_bytes IS 'Bytes as stored.';
COMMENT ON COLUMN content.projects.bundle_object_key IS
  'Where it is stored: templates/{project_id}/...';
COMMENT ON COLUMN content.projects.bundle_uploaded_at IS 'When this bundle came.';
COMMENT ON COLUMN content.projects.scan IS 'Latest ScanResult.';
COMMENT ON COLUMN content.projects.scan_engine IS 'Which scan it is.';
COMMENT ON COLUMN content.projects.scan_bundle_md5 IS 'Bundle that was scanned; another = stale.';
COMMENT ON COLUMN content.projects.scanned_at IS 'When it was scanned.';
COMMENT ON COLUMN content.projects.version IS 'Guards scan/apply against a change in between.';
COMMENT ON COLUMN content.projects.created_at IS 'When it was made.';
COMMENT ON COLUMN content.projects.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.projects.deleted_at IS 'When it was deleted.';
CREATE INDEX IF NOT EXISTS projects_by_tenant_newest
  ON content.projects (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS projects_by_template ON content.projects (template_id);
CREATE INDEX IF NOT EXISTS projects_by_bundle ON content.projects (bundle_md5);

CREATE TABLE IF NOT EXISTS content.template_svg_previews (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES content.projects (id) ON DELETE CASCADE,
  scene_key text,
  source_file_id uuid NOT NULL,
  source_sha256 text NOT NULL CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
  svg text NOT NULL CHECK (octet_length(svg) <= 1048576),
  colors smallint NOT NULL CHECK (colors BETWEEN 1 AND 64),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE content.template_svg_previews IS 'Pictures traced to SVG for light previews.';
COMMENT ON COLUMN content.template_svg_previews.id IS 'Row id.';
COMMENT ON COLUMN content.template_svg_previews.project_id IS 'Project shown.';
COMMENT ON COLUMN content.template_svg_previews.scene_key IS
  'Scene shown; null = the whole project.';
COMMENT ON COLUMN content.template_svg_previews.source_file_id IS
  'Soft key: file_mgr.files.id of the picture that was traced.';
COMMENT ON COLUMN content.template_svg_previews.source_sha256 IS 'Hash of that picture.';
COMMENT ON COLUMN content.template_svg_previews.svg IS 'The traced picture, at most 1 MiB.';
COMMENT ON COLUMN content.template_svg_previews.colors IS 'Colours it was traced with.';
COMMENT ON COLUMN content.template_svg_previews.created_at IS 'When it was traced.';
CREATE UNIQUE INDEX IF NOT EXISTS template_svg_previews_once
  ON content.template_svg_previews (project_id, coalesce(scene_key, ''), source_sha256);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('06_content_projects', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
