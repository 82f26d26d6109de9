-- 35_fonts: every name in an uploaded font, the fonts that bundles bring, and which node has what.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

ALTER TABLE render.fonts ADD COLUMN IF NOT EXISTS names text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN render.fonts.names IS
  'PostScript names of every face in the file; a collection has several.';
CREATE INDEX IF NOT EXISTS fonts_by_tenant
  ON render.fonts (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

ALTER TABLE render.bundles ADD COLUMN IF NOT EXISTS font_names text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN render.bundles.font_names IS 'PostScript names of the fonts in the bundle.';

ALTER TABLE render.node_fonts ADD COLUMN IF NOT EXISTS state text
  NOT NULL DEFAULT 'installed' CHECK (state IN ('installed', 'failed'));
COMMENT ON COLUMN render.node_fonts.state IS 'Is it there, or could it not be installed?';
ALTER TABLE render.node_fonts ADD COLUMN IF NOT EXISTS message text;
COMMENT ON COLUMN render.node_fonts.message IS 'Why it could not be installed.';
CREATE INDEX IF NOT EXISTS node_fonts_by_content ON render.node_fonts (sha256);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('35_fonts', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
