-- 07_content_scenes: scenes of a project, their fields, shared colours, colour fields.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS content.scenes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES content.projects (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  title text NOT NULL DEFAULT '',
  comp text,
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  duration_s double precision CHECK (duration_s > 0),
  min_s double precision CHECK (min_s > 0),
  max_s double precision CHECK (max_s > 0),
  overlap_s double precision NOT NULL DEFAULT 0 CHECK (overlap_s >= 0),
  poster_file_id uuid,
  edited_fields text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT scenes_lengths_in_order CHECK (min_s IS NULL OR max_s IS NULL OR min_s <= max_s)
);
COMMENT ON TABLE content.scenes IS 'A scene of a project; deleted ones are revived by import.';
COMMENT ON COLUMN content.scenes.id IS 'Scene id.';
COMMENT ON COLUMN content.scenes.project_id IS 'Its project.';
COMMENT ON COLUMN content.scenes.key IS
  'Key in orders; unique in the project, deleted ones included.';
COMMENT ON COLUMN content.scenes.title IS 'Name shown to people.';
COMMENT ON COLUMN content.scenes.comp IS 'Comp it stands for, when it is a comp.';
COMMENT ON COLUMN content.scenes.position IS 'Order in the project.';
COMMENT ON COLUMN content.scenes.duration_s IS 'Length as designed, seconds.';
COMMENT ON COLUMN content.scenes.min_s IS 'Shortest length allowed, seconds.';
COMMENT ON COLUMN content.scenes.max_s IS 'Longest length allowed, seconds.';
COMMENT ON COLUMN content.scenes.overlap_s IS 'Overlap with the next scene, seconds.';
COMMENT ON COLUMN content.scenes.poster_file_id IS 'Soft key: file_mgr.files.id of its picture.';
COMMENT ON COLUMN content.scenes.edited_fields IS
  'Columns that a person changed; import keeps them.';
COMMENT ON COLUMN content.scenes.created_at IS 'When it was made.';
COMMENT ON COLUMN content.scenes.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.scenes.deleted_at IS 'When it was deleted; null = live.';
CREATE UNIQUE INDEX IF NOT EXISTS scenes_key_once ON content.scenes (project_id, key);
CREATE INDEX IF NOT EXISTS scenes_in_order
  ON content.scenes (project_id, position) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS content.scene_elements (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scene_id uuid NOT NULL REFERENCES content.scenes (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  kind text NOT NULL
    CHECK (kind IN ('text', 'textarea', 'media', 'audio', 'checkbox', 'dropdown', 'fill', 'color',
                    'number')),
  title text NOT NULL DEFAULT '',
  layer text NOT NULL,
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  default_value text,
  required boolean NOT NULL DEFAULT false,
  options jsonb NOT NULL DEFAULT '[]',
  length_max integer CHECK (length_max > 0),
  direction text CHECK (direction IN ('rtl', 'ltr')),
  composer text CHECK (composer IN ('universal', 'latin')),
  digit_set text,
  font text,
  font_size real CHECK (font_size > 0),
  box jsonb,
  edited_fields text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE content.scene_elements IS 'A field of a scene that clients fill.';
COMMENT ON COLUMN content.scene_elements.id IS 'Element id.';
COMMENT ON COLUMN content.scene_elements.scene_id IS 'Its scene.';
COMMENT ON COLUMN content.scene_elements.key IS
  'Key in orders; unique in the scene, deleted ones included.';
COMMENT ON COLUMN content.scene_elements.kind IS 'Kind of value.';
COMMENT ON COLUMN content.scene_elements.title IS 'Name shown to people.';
COMMENT ON COLUMN content.scene_elements.layer IS 'Layer or item it is written to.';
COMMENT ON COLUMN content.scene_elements.position IS 'Order in the scene.';
COMMENT ON COLUMN content.scene_elements.default_value IS 'Value in the template.';
COMMENT ON COLUMN content.scene_elements.required IS 'Must an order give it?';
COMMENT ON COLUMN content.scene_elements.options IS 'Choices of a dropdown.';
COMMENT ON COLUMN content.scene_elements.length_max IS 'Longest text allowed, characters.';
COMMENT ON COLUMN content.scene_elements.direction IS 'Text direction in the template.';
COMMENT ON COLUMN content.scene_elements.composer IS 'Text composer in the template.';
COMMENT ON COLUMN content.scene_elements.digit_set IS 'Digits of the text engine.';
COMMENT ON COLUMN content.scene_elements.font IS 'PostScript name of the font.';
COMMENT ON COLUMN content.scene_elements.font_size IS 'Font size, pixels of the comp.';
COMMENT ON COLUMN content.scene_elements.box IS 'Box of the text or placeholder: width, height.';
COMMENT ON COLUMN content.scene_elements.edited_fields IS
  'Columns that a person changed; import keeps them.';
COMMENT ON COLUMN content.scene_elements.created_at IS 'When it was made.';
COMMENT ON COLUMN content.scene_elements.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.scene_elements.deleted_at IS 'When it was deleted; null = live.';
CREATE UNIQUE INDEX IF NOT EXISTS scene_elements_key_once
  ON content.scene_elements (scene_id, key);

CREATE TABLE IF NOT EXISTS content.shared_colors (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES content.projects (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  title text NOT NULL DEFAULT '',
  value text NOT NULL CHECK (value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'),
  notation text NOT NULL DEFAULT 'rgba'
    CHECK (notation IN ('rgba', 'rgb', 'hex')),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  edited_fields text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE content.shared_colors IS 'A colour that all scenes of a project share.';
COMMENT ON COLUMN content.shared_colors.id IS 'Shared colour id.';
COMMENT ON COLUMN content.shared_colors.project_id IS 'Its project.';
COMMENT ON COLUMN content.shared_colors.key IS
  'Key in orders; unique in the project, deleted ones included.';
COMMENT ON COLUMN content.shared_colors.title IS 'Name shown to people.';
COMMENT ON COLUMN content.shared_colors.value IS 'Colour in the template, #rrggbb or #rrggbbaa.';
COMMENT ON COLUMN content.shared_colors.notation IS
  'How the template writes it; bind writes the same.';
COMMENT ON COLUMN content.shared_colors.position IS 'Order in the project.';
COMMENT ON COLUMN content.shared_colors.edited_fields IS
  'Columns that a person changed; import keeps them.';
COMMENT ON COLUMN content.shared_colors.created_at IS 'When it was made.';
COMMENT ON COLUMN content.shared_colors.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.shared_colors.deleted_at IS 'When it was deleted; null = live.';
CREATE UNIQUE INDEX IF NOT EXISTS shared_colors_key_once
  ON content.shared_colors (project_id, key);

CREATE TABLE IF NOT EXISTS content.scene_color_elements (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scene_id uuid NOT NULL REFERENCES content.scenes (id) ON DELETE CASCADE,
  shared_color_id uuid REFERENCES content.shared_colors (id) ON DELETE SET NULL,
  key text NOT NULL CHECK (key <> ''),
  title text NOT NULL DEFAULT '',
  layer text NOT NULL,
  value text NOT NULL CHECK (value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'),
  notation text NOT NULL DEFAULT 'rgba'
    CHECK (notation IN ('rgba', 'rgb', 'hex')),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  edited_fields text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE content.scene_color_elements IS 'A colour of one scene, own or shared.';
COMMENT ON COLUMN content.scene_color_elements.id IS 'Colour element id.';
COMMENT ON COLUMN content.scene_color_elements.scene_id IS 'Its scene.';
COMMENT ON COLUMN content.scene_color_elements.shared_color_id IS
  'Shared colour it follows, if any.';
COMMENT ON COLUMN content.scene_color_elements.key IS
  'Key in orders; unique in the scene, deleted ones included.';
COMMENT ON COLUMN content.scene_color_elements.title IS 'Name shown to people.';
COMMENT ON COLUMN content.scene_color_elements.layer IS 'Layer it is written to.';
COMMENT ON COLUMN content.scene_color_elements.value IS
  'Colour in the template, #rrggbb or #rrggbbaa.';
COMMENT ON COLUMN content.scene_color_elements.notation IS
  'How the template writes it; bind writes the same.';
COMMENT ON COLUMN content.scene_color_elements.position IS 'Order in the scene.';
COMMENT ON COLUMN content.scene_color_elements.edited_fields IS
  'Columns that a person changed; import keeps them.';
COMMENT ON COLUMN content.scene_color_elements.created_at IS 'When it was made.';
COMMENT ON COLUMN content.scene_color_elements.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.scene_color_elements.deleted_at IS 'When it was deleted; null = live.';
CREATE UNIQUE INDEX IF NOT EXISTS scene_color_elements_key_once
  ON content.scene_color_elements (scene_id, key);
CREATE INDEX IF NOT EXISTS scene_color_elements_by_shared_color
  ON content.scene_color_elements (shared_color_id);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('07_content_scenes', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
