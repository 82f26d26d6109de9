-- 09_content_cms: blogs, pages and slides of a tenant's site.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS content.blogs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  author_id uuid,
  slug text NOT NULL CHECK (slug <> ''),
  locale text NOT NULL DEFAULT 'en',
  title text NOT NULL CHECK (title <> ''),
  summary text NOT NULL DEFAULT '',
  body text NOT NULL DEFAULT '',
  cover_file_id uuid,
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
  published_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT blogs_published_has_time CHECK (state <> 'published' OR published_at IS NOT NULL)
);
COMMENT ON TABLE content.blogs IS 'An article.';
COMMENT ON COLUMN content.blogs.id IS 'Article id.';
COMMENT ON COLUMN content.blogs.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.blogs.author_id IS 'Soft key: identity.users.id.';
COMMENT ON COLUMN content.blogs.slug IS 'Short name for addresses.';
COMMENT ON COLUMN content.blogs.locale IS 'Language of the article.';
COMMENT ON COLUMN content.blogs.title IS 'Title.';
COMMENT ON COLUMN content.blogs.summary IS 'A few sentences for lists.';
COMMENT ON COLUMN content.blogs.body IS 'Text in Markdown.';
COMMENT ON COLUMN content.blogs.cover_file_id IS 'Soft key: file_mgr.files.id of the picture.';
COMMENT ON COLUMN content.blogs.state IS 'Who sees it?';
COMMENT ON COLUMN content.blogs.published_at IS 'When it was last published.';
COMMENT ON COLUMN content.blogs.created_at IS 'When it was made.';
COMMENT ON COLUMN content.blogs.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.blogs.deleted_at IS 'When it was deleted.';
CREATE UNIQUE INDEX IF NOT EXISTS blogs_slug_once
  ON content.blogs (tenant_id, locale, slug) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS content.pages (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  slug text NOT NULL CHECK (slug <> ''),
  locale text NOT NULL DEFAULT 'en',
  title text NOT NULL CHECK (title <> ''),
  body text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'archived')),
  published_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pages_published_has_time CHECK (state <> 'published' OR published_at IS NOT NULL)
);
COMMENT ON TABLE content.pages IS 'A page of the site.';
COMMENT ON COLUMN content.pages.id IS 'Page id.';
COMMENT ON COLUMN content.pages.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.pages.slug IS 'Short name for addresses.';
COMMENT ON COLUMN content.pages.locale IS 'Language of the page.';
COMMENT ON COLUMN content.pages.title IS 'Title.';
COMMENT ON COLUMN content.pages.body IS 'Text in Markdown.';
COMMENT ON COLUMN content.pages.state IS 'Who sees it?';
COMMENT ON COLUMN content.pages.published_at IS 'When it was last published.';
COMMENT ON COLUMN content.pages.created_at IS 'When it was made.';
COMMENT ON COLUMN content.pages.updated_at IS 'When the row last changed.';
COMMENT ON COLUMN content.pages.deleted_at IS 'When it was deleted.';
CREATE UNIQUE INDEX IF NOT EXISTS pages_slug_once
  ON content.pages (tenant_id, locale, slug) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS content.slides (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  locale text NOT NULL DEFAULT 'en',
  title text NOT NULL DEFAULT '',
  link text CHECK (link ~ '^(/|https?://)'),
  image_file_id uuid,
  position integer NOT NULL DEFAULT 0 CHECK (position >= 0),
  shown_from timestamptz,
  shown_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT slides_end_after_start
    CHECK (shown_from IS NULL OR shown_until IS NULL OR shown_until > shown_from)
);
COMMENT ON TABLE content.slides IS 'A slide of the front page.';
COMMENT ON COLUMN content.slides.id IS 'Slide id.';
COMMENT ON COLUMN content.slides.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN content.slides.locale IS 'Language of the slide.';
COMMENT ON COLUMN content.slides.title IS 'Words on the slide.';
COMMENT ON COLUMN content.slides.link IS 'Where it leads.';
COMMENT ON COLUMN content.slides.image_file_id IS 'Soft key: file_mgr.files.id of the picture.';
COMMENT ON COLUMN content.slides.position IS 'Order on the page.';
COMMENT ON COLUMN content.slides.shown_from IS 'Not shown before this.';
COMMENT ON COLUMN content.slides.shown_until IS 'Not shown after this.';
COMMENT ON COLUMN content.slides.created_at IS 'When it was made.';
COMMENT ON COLUMN content.slides.updated_at IS 'When the row last changed.';
CREATE INDEX IF NOT EXISTS slides_in_order ON content.slides (tenant_id, locale, position);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('09_content_cms', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
