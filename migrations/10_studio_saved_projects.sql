-- 10_studio_saved_projects: what clients made in the studio: scenes, values, colours, sound.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS studio.saved_projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  user_id uuid,
  project_id uuid NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  controls jsonb NOT NULL DEFAULT '{}',
  music_file_id uuid,
  music_volume real NOT NULL DEFAULT 1 CHECK (music_volume BETWEEN 0 AND 4),
  sfx_file_id uuid,
  sfx_volume real NOT NULL DEFAULT 1 CHECK (sfx_volume BETWEEN 0 AND 4),
  voiceover_file_id uuid,
  voiceover_text text,
  voiceover_voice text,
  voiceover_start_s double precision NOT NULL DEFAULT 0 CHECK (voiceover_start_s >= 0),
  voiceover_duration_s double precision CHECK (voiceover_duration_s > 0),
  voiceover_volume real NOT NULL DEFAULT 1 CHECK (voiceover_volume BETWEEN 0 AND 4),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT saved_projects_voiceover_has_file
    CHECK (voiceover_duration_s IS NULL OR voiceover_file_id IS NOT NULL)
);
COMMENT ON TABLE studio.saved_projects IS 'A client''s version of a project, ready to order.';
COMMENT ON COLUMN studio.saved_projects.id IS 'Saved project id.';
COMMENT ON COLUMN studio.saved_projects.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN studio.saved_projects.user_id IS 'Soft key: identity.users.id that made it.';
COMMENT ON COLUMN studio.saved_projects.project_id IS 'Soft key: content.projects.id.';
COMMENT ON COLUMN studio.saved_projects.name IS 'Name given by the client.';
COMMENT ON COLUMN studio.saved_projects.controls IS 'Control key to value.';
COMMENT ON COLUMN studio.saved_projects.music_file_id IS
  'Soft key: file_mgr.files.id of the music.';
COMMENT ON COLUMN studio.saved_projects.music_volume IS 'Gain of the music track.';
COMMENT ON COLUMN studio.saved_projects.sfx_file_id IS
  'Soft key: file_mgr.files.id of the sound effects.';
COMMENT ON COLUMN studio.saved_projects.sfx_volume IS 'Gain of effects and the template''s sound.';
COMMENT ON COLUMN studio.saved_projects.voiceover_file_id IS
  'Soft key: file_mgr.files.id of the voice-over.';
COMMENT ON COLUMN studio.saved_projects.voiceover_text IS
  'Words of the voice-over, when it was made from text.';
COMMENT ON COLUMN studio.saved_projects.voiceover_voice IS 'Voice it was made with.';
COMMENT ON COLUMN studio.saved_projects.voiceover_start_s IS 'Where it begins, seconds.';
COMMENT ON COLUMN studio.saved_projects.voiceover_duration_s IS 'Its length, seconds.';
COMMENT ON COLUMN studio.saved_projects.voiceover_volume IS 'Gain of the voice-over.';
COMMENT ON COLUMN studio.saved_projects.version IS 'Guards against a change in between.';
COMMENT ON COLUMN studio.saved_projects.created_at IS 'When it was made.';
COMMENT ON COLUMN studio.saved_projects.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN studio.saved_projects.deleted_at IS 'When it was deleted.';
CREATE INDEX IF NOT EXISTS saved_projects_by_user_newest
  ON studio.saved_projects (tenant_id, user_id, updated_at DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS saved_projects_by_project ON studio.saved_projects (project_id);

CREATE TABLE IF NOT EXISTS studio.saved_scenes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  saved_project_id uuid NOT NULL REFERENCES studio.saved_projects (id) ON DELETE CASCADE,
  scene_id uuid,
  scene_key text NOT NULL CHECK (scene_key <> ''),
  position integer NOT NULL CHECK (position >= 0),
  duration_s double precision CHECK (duration_s > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE studio.saved_scenes IS 'A use of a scene in a saved project.';
COMMENT ON COLUMN studio.saved_scenes.id IS 'Saved scene id.';
COMMENT ON COLUMN studio.saved_scenes.saved_project_id IS 'Its saved project.';
COMMENT ON COLUMN studio.saved_scenes.scene_id IS 'Soft key: content.scenes.id.';
COMMENT ON COLUMN studio.saved_scenes.scene_key IS
  'Key of the scene; a scene may be used more than once.';
COMMENT ON COLUMN studio.saved_scenes.position IS 'Order in the video.';
COMMENT ON COLUMN studio.saved_scenes.duration_s IS 'Length wanted, seconds; null = as designed.';
COMMENT ON COLUMN studio.saved_scenes.created_at IS 'When it was added.';
COMMENT ON COLUMN studio.saved_scenes.updated_at IS 'When the row last changed.';
CREATE INDEX IF NOT EXISTS saved_scenes_in_order
  ON studio.saved_scenes (saved_project_id, position);

CREATE TABLE IF NOT EXISTS studio.saved_scene_contents (
  saved_scene_id uuid NOT NULL REFERENCES studio.saved_scenes (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  kind text NOT NULL
    CHECK (kind IN ('text', 'textarea', 'media', 'audio', 'checkbox', 'dropdown', 'fill', 'color',
                    'number')),
  value text,
  file_id uuid,
  crop jsonb,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (saved_scene_id, key),
  CONSTRAINT saved_scene_contents_value_by_kind
    CHECK (CASE WHEN kind IN ('media', 'audio') THEN value IS NULL ELSE file_id IS NULL END)
);
COMMENT ON TABLE studio.saved_scene_contents IS 'The value of one field of a saved scene.';
COMMENT ON COLUMN studio.saved_scene_contents.saved_scene_id IS 'Its saved scene.';
COMMENT ON COLUMN studio.saved_scene_contents.key IS 'Key of the field.';
COMMENT ON COLUMN studio.saved_scene_contents.kind IS 'Kind of value.';
COMMENT ON COLUMN studio.saved_scene_contents.value IS 'Value of all kinds but media and audio.';
COMMENT ON COLUMN studio.saved_scene_contents.file_id IS
  'Soft key: file_mgr.files.id of a media or audio value.';
COMMENT ON COLUMN studio.saved_scene_contents.crop IS
  'Part of the picture or time span that is used.';
COMMENT ON COLUMN studio.saved_scene_contents.updated_at IS 'When the row last changed.';

CREATE TABLE IF NOT EXISTS studio.saved_shared_colors (
  saved_project_id uuid NOT NULL REFERENCES studio.saved_projects (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  value text NOT NULL CHECK (value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (saved_project_id, key)
);
COMMENT ON TABLE studio.saved_shared_colors IS 'The value of one shared colour of a saved project.';
COMMENT ON COLUMN studio.saved_shared_colors.saved_project_id IS 'Its saved project.';
COMMENT ON COLUMN studio.saved_shared_colors.key IS 'Key of the shared colour.';
COMMENT ON COLUMN studio.saved_shared_colors.value IS 'Colour as #rrggbb or #rrggbbaa.';
COMMENT ON COLUMN studio.saved_shared_colors.updated_at IS 'When the row last changed.';

CREATE TABLE IF NOT EXISTS studio.saved_scene_colors (
  saved_scene_id uuid NOT NULL REFERENCES studio.saved_scenes (id) ON DELETE CASCADE,
  key text NOT NULL CHECK (key <> ''),
  value text NOT NULL CHECK (value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (saved_scene_id, key)
);
COMMENT ON TABLE studio.saved_scene_colors IS 'The value of one colour of a saved scene.';
COMMENT ON COLUMN studio.saved_scene_colors.saved_scene_id IS 'Its saved scene.';
COMMENT ON COLUMN studio.saved_scene_colors.key IS 'Key of the colour element.';
COMMENT ON COLUMN studio.saved_scene_colors.value IS 'Colour as #rrggbb or #rrggbbaa.';
COMMENT ON COLUMN studio.saved_scene_colors.updated_at IS 'When the row last changed.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('10_studio_saved_projects',
  NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
