-- 05_content_taxonomy: categories and tags of the catalogue.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS content.categories (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  parent_id uuid REFERENCES content.categories (id) ON DELETE RESTRICT,
  slug text NOT NULL CHECK (slug <> ''),
  title text NOT NULL CHECK (title <> ''),
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT categories_not_own_parent CHECK (parent_id <> id)
);
COMMENT ON TABLE content.categories IS 'A tree of categories.';
COMMENT ON COLUMN content.categories.id IS 'Category id.';
COMMENT ON COLUMN content.categories.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.categories.parent_id IS 'Category above; null = a root.';
COMMENT ON COLUMN content.categories.slug IS 'Short name for addresses.';
COMMENT ON COLUMN content.categories.title IS 'Name shown to people.';
COMMENT ON COLUMN content.categories.position IS 'Order among its siblings.';
COMMENT ON COLUMN content.categories.created_at IS 'When it was made.';
COMMENT ON COLUMN content.categories.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS categories_slug_once ON content.categories (tenant_id, slug);
CREATE INDEX IF NOT EXISTS categories_by_parent ON content.categories (parent_id, position);

CREATE TABLE IF NOT EXISTS content.tags (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  slug text NOT NULL CHECK (slug <> ''),
  title text NOT NULL CHECK (title <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE content.tags IS 'Words that templates are found by.';
COMMENT ON COLUMN content.tags.id IS 'Tag id.';
COMMENT ON COLUMN content.tags.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.tags.slug IS 'Short name for addresses.';
COMMENT ON COLUMN content.tags.title IS 'Name shown to people.';
COMMENT ON COLUMN content.tags.created_at IS 'When it was made.';
CREATE UNIQUE INDEX IF NOT EXISTS tags_slug_once ON content.tags (tenant_id, slug);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('05_content_taxonomy', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
