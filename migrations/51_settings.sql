-- 51_settings: orchestrators hear at once that a setting was changed.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE OR REPLACE FUNCTION render.fr_settings_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('flatrender_work', 'settings');
  RETURN NULL;
END $$;
COMMENT ON FUNCTION render.fr_settings_changed() IS
  'Tells orchestrators, by flatrender_work, to read the settings again.';

CREATE OR REPLACE TRIGGER settings_changed
  AFTER INSERT OR UPDATE OR DELETE ON render.settings
  FOR EACH STATEMENT EXECUTE FUNCTION render.fr_settings_changed();

COMMENT ON COLUMN render.settings.key IS 'Name of the setting, as in the environment, in small.';
COMMENT ON COLUMN render.settings.value IS 'A number, in the unit at the end of the name.';
COMMENT ON COLUMN render.settings.updated_by IS 'Kind and id of who changed it last: user:ID.';

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('51_settings', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
