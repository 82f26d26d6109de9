-- 00_setup: schemas, the ledger of applied migrations, helpers for monthly partitions.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
--
-- Roles. Migrations create no role; a database administrator runs this recipe once, before the
-- first migration, with passwords of their own. flatrender_owner runs migrations, flatrender_app
-- is the orchestrator's, the six others see one schema each.
--
-- recipe begins
--   CREATE ROLE flatrender_owner LOGIN;
--   CREATE ROLE flatrender_app LOGIN;
--   CREATE ROLE flatrender_identity LOGIN;
--   CREATE ROLE flatrender_content LOGIN;
--   CREATE ROLE flatrender_studio LOGIN;
--   CREATE ROLE flatrender_render LOGIN;
--   CREATE ROLE flatrender_file_mgr LOGIN;
--   CREATE ROLE flatrender_notification LOGIN;
--   DO $recipe$
--   DECLARE part text; who text;
--   BEGIN
--     EXECUTE format('GRANT CREATE ON DATABASE %I TO flatrender_owner', current_database());
--     GRANT USAGE, CREATE ON SCHEMA public TO flatrender_owner;
--     FOREACH part IN ARRAY ARRAY['identity', 'content', 'studio', 'render', 'file_mgr',
--                                 'notification'] LOOP
--       EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION flatrender_owner', part);
--       FOREACH who IN ARRAY ARRAY['flatrender_' || part, 'flatrender_app'] LOOP
--         EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', part, who);
--         EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE flatrender_owner IN SCHEMA %I '
--           'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', part, who);
--         EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE flatrender_owner IN SCHEMA %I '
--           'GRANT USAGE ON SEQUENCES TO %I', part, who);
--       END LOOP;
--     END LOOP;
--     FOREACH who IN ARRAY ARRAY['app', 'identity', 'content', 'studio', 'render', 'file_mgr',
--                                'notification'] LOOP
--       EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', 'flatrender_' || who, '30s');
--       EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L',
--         'flatrender_' || who, '15s');
--     END LOOP;
--     ALTER DEFAULT PRIVILEGES FOR ROLE flatrender_owner IN SCHEMA public
--       GRANT SELECT ON TABLES TO flatrender_app;
--     ALTER DEFAULT PRIVILEGES FOR ROLE flatrender_owner IN SCHEMA public
--       GRANT EXECUTE ON FUNCTIONS TO flatrender_app;
--   END $recipe$;
-- recipe ends
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

DO $$
BEGIN
  IF current_setting('server_version_num')::int < 150000 THEN
    RAISE EXCEPTION 'PostgreSQL 15 or newer is needed, this server is %',
      current_setting('server_version')
      USING HINT = 'Upgrade the server, or let FlatRender start its embedded one.';
  END IF;
  IF getdatabaseencoding() <> 'UTF8' THEN
    RAISE EXCEPTION 'The database % is encoded as %, it must be UTF8',
      current_database(), getdatabaseencoding()
      USING HINT = 'Create it with: CREATE DATABASE name ENCODING ''UTF8'' TEMPLATE template0';
  END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS identity;
CREATE SCHEMA IF NOT EXISTS content;
CREATE SCHEMA IF NOT EXISTS studio;
CREATE SCHEMA IF NOT EXISTS render;
CREATE SCHEMA IF NOT EXISTS file_mgr;
CREATE SCHEMA IF NOT EXISTS notification;
COMMENT ON SCHEMA identity IS 'Tenants, users, keys, plans, payments, gifts.';
COMMENT ON SCHEMA content IS 'Templates, projects, scenes, presets, pages of the site.';
COMMENT ON SCHEMA studio IS 'What clients saved: projects, scenes, values, sound.';
COMMENT ON SCHEMA render IS 'Nodes, jobs, the queue, results, scans.';
COMMENT ON SCHEMA file_mgr IS 'Files, folders, quotas, uploads, clean-up.';
COMMENT ON SCHEMA notification IS 'Messages to people and how they want them.';

CREATE TABLE IF NOT EXISTS public.schema_ledger (
  name text PRIMARY KEY,
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz NOT NULL DEFAULT now(),
  applied_by text NOT NULL DEFAULT current_user
);
COMMENT ON TABLE public.schema_ledger IS 'One row per applied migration file.';
COMMENT ON COLUMN public.schema_ledger.name IS 'File name without .sql, such as 12_render_jobs.';
COMMENT ON COLUMN public.schema_ledger.sha256 IS
  'Hash of the file with LF ends; null when psql ran it.';
COMMENT ON COLUMN public.schema_ledger.applied_at IS 'When the file was first applied.';
COMMENT ON COLUMN public.schema_ledger.applied_by IS 'The database role that applied it.';

-- Rows that went to the DEFAULT partition before the month existed are moved into it. ATTACH is
-- used throughout, because PARTITION OF would lock out every reader of the parent.
CREATE OR REPLACE FUNCTION public.fr_make_month_partition(
  parent regclass, month date, OUT created boolean, OUT moved bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  space text; base text; child text; spare text; first timestamptz; past timestamptz;
BEGIN
  SELECT n.nspname, c.relname INTO space, base
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = parent AND c.relkind = 'p'
     AND (n.nspname, c.relname) IN (('identity', 'tenant_api_request_logs'),
                                    ('render', 'node_health_logs'));
  IF space IS NULL THEN
    RAISE EXCEPTION '% is not a table with monthly partitions', parent;
  END IF;
  PERFORM pg_advisory_xact_lock(7066002);
  child := base || '_' || to_char(month, 'YYYY_MM');
  spare := base || '_default';
  first := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  past := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  created := false;
  moved := 0;
  IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = parent AND c.relname = child) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                 space, child, space, base);
  EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', space, spare);
  EXECUTE format('WITH gone AS (DELETE FROM %I.%I WHERE at >= $1 AND at < $2 RETURNING *) '
                 'INSERT INTO %I.%I SELECT * FROM gone', space, spare, space, child)
    USING first, past;
  GET DIAGNOSTICS moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
                 space, base, space, child, first, past);
  created := true;
END $$;
COMMENT ON FUNCTION public.fr_make_month_partition(regclass, date) IS
  'Makes the partition of one UTC month, moving rows out of the DEFAULT partition.';

CREATE OR REPLACE FUNCTION public.fr_make_month_partitions(parent regclass, first date, last date)
RETURNS integer LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FILTER (WHERE made.created)::integer
    FROM generate_series(date_trunc('month', first::timestamp),
                         date_trunc('month', last::timestamp), interval '1 month') AS month,
         LATERAL public.fr_make_month_partition(parent, month::date) AS made;
$$;
COMMENT ON FUNCTION public.fr_make_month_partitions(regclass, date, date) IS
  'Makes the partitions of all months between two dates and returns how many were new.';
REVOKE ALL ON FUNCTION public.fr_make_month_partition(regclass, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.fr_make_month_partitions(regclass, date, date) FROM PUBLIC;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('00_setup', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
