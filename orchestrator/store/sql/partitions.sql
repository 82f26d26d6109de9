-- name: partitions_make
-- The month after the last one asked for costs nothing, a missing one costs rows in DEFAULT.
SELECT made_for.parent::text AS parent, made_for.month::date AS month, made.created, made.moved
  FROM (SELECT parent, month
          FROM (VALUES ('identity.tenant_api_request_logs'::regclass),
                       ('render.node_health_logs'::regclass)) AS logs (parent),
               generate_series(
                 date_trunc('month', coalesce($2::timestamptz, now()) AT TIME ZONE 'UTC'),
                 date_trunc('month', coalesce($2::timestamptz, now()) AT TIME ZONE 'UTC')
                   + make_interval(months => $1::integer),
                 interval '1 month') AS month) AS made_for,
       LATERAL public.fr_make_month_partition(made_for.parent, made_for.month::date) AS made
 ORDER BY 1, 2;

-- name: partitions_stray
-- Rows that no month took. Counting stops at ten thousand: the alarm is the same from there on.
SELECT 'identity.tenant_api_request_logs_default' AS partition, count(*) AS rows,
       min(at) AS first_at, max(at) AS last_at
  FROM (SELECT at FROM identity.tenant_api_request_logs_default LIMIT 10000) AS strays
HAVING count(*) > 0
UNION ALL
SELECT 'render.node_health_logs_default', count(*), min(at), max(at)
  FROM (SELECT at FROM render.node_health_logs_default LIMIT 10000) AS strays
HAVING count(*) > 0;
