-- 34_content_origins: what the last applied scan said of each row, controls, mapped previews.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE content.scenes
  ADD COLUMN IF NOT EXISTS scanned jsonb CHECK (jsonb_typeof(scanned) = 'object');
COMMENT ON COLUMN content.scenes.scanned IS
  'Columns as the last applied scan had them; null = made by a person.';

ALTER TABLE content.scene_elements
  ADD COLUMN IF NOT EXISTS comp text,
  ADD COLUMN IF NOT EXISTS property text,
  ADD COLUMN IF NOT EXISTS scanned jsonb CHECK (jsonb_typeof(scanned) = 'object'),
  ALTER COLUMN font_size TYPE double precision;
COMMENT ON COLUMN content.scene_elements.comp IS 'Comp that holds the layer.';
COMMENT ON COLUMN content.scene_elements.property IS 'Property of the layer, in mode free.';
COMMENT ON COLUMN content.scene_elements.scanned IS
  'Columns as the last applied scan had them; null = made by a person.';

ALTER TABLE content.shared_colors
  ADD COLUMN IF NOT EXISTS scanned jsonb CHECK (jsonb_typeof(scanned) = 'object');
COMMENT ON COLUMN content.shared_colors.scanned IS
  'Columns as the last applied scan had them; null = made by a person.';

ALTER TABLE content.scene_color_elements
  ADD COLUMN IF NOT EXISTS comp text,
  ADD COLUMN IF NOT EXISTS property text,
  ADD COLUMN IF NOT EXISTS scanned jsonb CHECK (jsonb_typeof(scanned) = 'object');
COMMENT ON COLUMN content.scene_color_elements.comp IS 'Comp that holds the layer.';
COMMENT ON COLUMN content.scene_color_elements.property IS 'Property of the layer, in mode free.';
COMMENT ON COLUMN content.scene_color_elements.scanned IS
  'Columns as the last applied scan had them; null = made by a person.';

CREATE TABLE IF NOT EXISTS content.shared_controls (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES content.projects (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  title text NOT NULL DEFAULT '',
  value smallint NOT NULL CHECK (value BETWEEN 0 AND 3),
  options jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(options) = 'array'),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  edited_fields text[] NOT NULL DEFAULT '{}',
  scanned jsonb CHECK (jsonb_typeof(scanned) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE content.shared_controls IS
  'A switch of 0 to 3 that all scenes of a project share.';
COMMENT ON COLUMN content.shared_controls.id IS 'Control id.';
COMMENT ON COLUMN content.shared_controls.project_id IS 'Its project.';
COMMENT ON COLUMN content.shared_controls.key IS
  'Key in orders; unique in the project, deleted ones included.';
COMMENT ON COLUMN content.shared_controls.title IS 'Name shown to people.';
COMMENT ON COLUMN content.shared_controls.value IS 'Value in the template, 0 to 3.';
COMMENT ON COLUMN content.shared_controls.options IS 'Names of the values, from 0 on.';
COMMENT ON COLUMN content.shared_controls.position IS 'Order in the project.';
COMMENT ON COLUMN content.shared_controls.edited_fields IS
  'Columns that a person changed; import keeps them.';
COMMENT ON COLUMN content.shared_controls.scanned IS
  'Columns as the last applied scan had them; null = made by a person.';
COMMENT ON COLUMN content.shared_controls.created_at IS 'When it was made.';
COMMENT ON COLUMN content.shared_controls.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.shared_controls.deleted_at IS 'When it was deleted; null = live.';
CREATE UNIQUE INDEX IF NOT EXISTS shared_controls_key_once
  ON content.shared_controls (project_id, key);

ALTER TABLE content.template_svg_previews
  ADD COLUMN IF NOT EXISTS fills jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(fills) = 'array');
COMMENT ON COLUMN content.template_svg_previews.fills IS
  'Its colours: fill as #rrggbb, share of the picture, key of the shared colour it shows, if any.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('34_content_origins', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
