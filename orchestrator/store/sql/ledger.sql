-- name: ledger_exists
-- Asked first, because a fresh database has no ledger to read.
SELECT to_regclass('public.schema_ledger') IS NOT NULL;

-- name: ledger_list
SELECT name, sha256
  FROM public.schema_ledger
 ORDER BY name;

-- name: ledger_wait_limit
-- Locks are waited for so long, in milliseconds; statements themselves may take as long as needed.
SELECT set_config('lock_timeout', $1::text, false), set_config('statement_timeout', '0', false);

-- name: ledger_lock
-- The same lock as inside the files, held by the session over all of them. It is re-entrant, so
-- the files go on, while psql or another runner waits.
SELECT pg_advisory_lock(7066001);

-- name: ledger_unlock
SELECT pg_advisory_unlock(7066001);

-- name: ledger_announce
-- The file reads it when it writes its own ledger row, so both are in one transaction.
SELECT set_config('flatrender.migration_sha256', $1::text, false);

-- name: ledger_adopt
-- psql leaves the hash empty; the first runner that sees the row fills it.
UPDATE public.schema_ledger
   SET sha256 = $2
 WHERE name = $1 AND sha256 IS NULL;
