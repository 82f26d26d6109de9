-- 32_queue_speed: what the hot path of claims and results pays for, again made less.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

-- Answers to claims come in the order of time and are dropped by time, by the janitor alone: a
-- summary of ranges of pages serves it as well as an entry for each answer.
DROP INDEX IF EXISTS render.claim_requests_for_janitor;
CREATE INDEX IF NOT EXISTS claim_requests_by_time
  ON render.claim_requests USING brin (at) WITH (pages_per_range = 16, autosummarize = true);

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('32_queue_speed', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
