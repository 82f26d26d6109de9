-- 08_content_characters_presets: characters that scenes can show, colour presets of projects.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS content.characters (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  poses jsonb NOT NULL DEFAULT '[]',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE content.characters IS 'A figure that media fields can be filled with.';
COMMENT ON COLUMN content.characters.id IS 'Character id.';
COMMENT ON COLUMN content.characters.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.characters.name IS 'Name shown to people.';
COMMENT ON COLUMN content.characters.poses IS 'Poses: key, file_id (soft key: file_mgr.files.id).';
COMMENT ON COLUMN content.characters.state IS 'Who sees it?';
COMMENT ON COLUMN content.characters.position IS 'Order in lists.';
COMMENT ON COLUMN content.characters.created_at IS 'When it was made.';
COMMENT ON COLUMN content.characters.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.characters.deleted_at IS 'When it was deleted.';
CREATE UNIQUE INDEX IF NOT EXISTS characters_name_once
  ON content.characters (tenant_id, name) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS content.color_presets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES content.projects (id) ON DELETE CASCADE,
  title text NOT NULL CHECK (title <> ''),
  colors jsonb NOT NULL CHECK (jsonb_typeof(colors) = 'object'),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE content.color_presets IS 'A set of values for the shared colours of a project.';
COMMENT ON COLUMN content.color_presets.id IS 'Preset id.';
COMMENT ON COLUMN content.color_presets.project_id IS 'Project it fits.';
COMMENT ON COLUMN content.color_presets.title IS 'Name shown to people.';
COMMENT ON COLUMN content.color_presets.colors IS 'Shared colour key to #rrggbb.';
COMMENT ON COLUMN content.color_presets.position IS 'Order in the project.';
COMMENT ON COLUMN content.color_presets.created_at IS 'When it was made.';
COMMENT ON COLUMN content.color_presets.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.color_presets.deleted_at IS 'When it was deleted; null = live.';
CREATE UNIQUE INDEX IF NOT EXISTS color_presets_title_once
  ON content.color_presets (project_id, title);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('08_content_characters_presets',
  NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
