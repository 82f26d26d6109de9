-- 39_node_credentials: orchestrators remember nodes' credentials for a while, and hear of changes.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

-- Fires only for statements that set one of these columns: signs of life set none of them.
CREATE OR REPLACE FUNCTION render.fr_node_credentials_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('flatrender_work', 'node ' || NEW.id);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION render.fr_node_credentials_changed() IS
  'Tells orchestrators, by flatrender_work, that what they remember of a node is out of date.';

CREATE OR REPLACE TRIGGER node_credentials_changed
  AFTER UPDATE OF state, secret_version, secret_revoked_at ON render.nodes
  FOR EACH ROW WHEN (
    (OLD.secret_version, OLD.secret_revoked_at IS NOT NULL OR OLD.state = 'retired')
    IS DISTINCT FROM
    (NEW.secret_version, NEW.secret_revoked_at IS NOT NULL OR NEW.state = 'retired'))
  EXECUTE FUNCTION render.fr_node_credentials_changed();

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('39_node_credentials', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
