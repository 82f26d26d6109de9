-- name: scan_insert
INSERT INTO render.render_scan_jobs (id, tenant_id, project_id, task_id, bundle_id, engine, mode,
                                     node_engine)
VALUES ($1, $2, $3, $4, $5, 'full', $6, $7);

-- name: scan_exists
SELECT EXISTS (SELECT FROM render.render_scan_jobs WHERE tenant_id = $1 AND id = $2);

-- name: scan_unfinished
-- Counted up to $2 only: whoever has more is over the quota anyway.
SELECT count(*) FROM (SELECT FROM render.render_scan_jobs
                       WHERE tenant_id = $1 AND finished_at IS NULL LIMIT $2) AS counted;

-- name: scan_get
-- Until it ends its state is its task's: only ends are written twice. Its node is the one of its
-- last attempt: what a scan misses is missing there.
SELECT s.id, s.project_id, s.node_engine AS engine, s.mode,
       CASE WHEN s.finished_at IS NULL THEN coalesce(t.state, s.state) ELSE s.state END AS state,
       s.result, s.failure_code, s.failure_message, s.created_at,
       CASE WHEN s.finished_at IS NULL THEN t.started_at ELSE s.started_at END AS started_at,
       s.finished_at, b.md5 AS bundle_md5, coalesce(t.attempt, 0) AS attempt,
       coalesce(t.progress, '{}') AS progress, n.name AS node_name, t.id AS task_id,
       extract(epoch FROM coalesce(s.finished_at, now()) - s.created_at)::float8 AS elapsed_s
  FROM render.render_scan_jobs AS s
  LEFT JOIN render.tasks AS t ON t.id = s.task_id
  LEFT JOIN render.bundles AS b ON b.bundle_id = s.bundle_id
  LEFT JOIN render.attempts AS a ON a.task_id = t.id AND a.attempt = t.attempt
  LEFT JOIN render.nodes AS n ON n.id = coalesce(t.node_id, a.node_id)
 WHERE s.tenant_id = $1 AND s.id = $2 AND s.engine = 'full';

-- name: scan_list
-- Newest first, after ($3, $4) when a page came before; without results, which are large.
SELECT s.id, s.project_id, s.node_engine AS engine, s.mode,
       CASE WHEN s.finished_at IS NULL THEN coalesce(t.state, s.state) ELSE s.state END AS state,
       NULL::jsonb AS result, s.failure_code, s.failure_message, s.created_at,
       CASE WHEN s.finished_at IS NULL THEN t.started_at ELSE s.started_at END AS started_at,
       s.finished_at, b.md5 AS bundle_md5, coalesce(t.attempt, 0) AS attempt,
       coalesce(t.progress, '{}') AS progress, n.name AS node_name, t.id AS task_id,
       extract(epoch FROM coalesce(s.finished_at, now()) - s.created_at)::float8 AS elapsed_s
  FROM render.render_scan_jobs AS s
  LEFT JOIN render.tasks AS t ON t.id = s.task_id
  LEFT JOIN render.bundles AS b ON b.bundle_id = s.bundle_id
  LEFT JOIN render.attempts AS a ON a.task_id = t.id AND a.attempt = t.attempt
  LEFT JOIN render.nodes AS n ON n.id = coalesce(t.node_id, a.node_id)
 WHERE s.tenant_id = $1 AND s.engine = 'full' AND ($2::uuid IS NULL OR s.project_id = $2)
   AND ($3::timestamptz IS NULL OR (s.created_at, s.id) < ($3, $4))
 ORDER BY s.created_at DESC, s.id DESC LIMIT $5;

-- name: scan_of_task
-- Everything that reading the facts of a scan takes.
SELECT s.id, s.tenant_id, s.project_id, s.mode, b.md5, b.kind, b.aep_path, b.object_key
  FROM render.render_scan_jobs AS s
  JOIN render.bundles AS b ON b.bundle_id = s.bundle_id
 WHERE s.task_id = $1 AND s.engine = 'full';

-- name: scan_finish
-- Written once: what has ended stays as it ended, whatever comes late.
UPDATE render.render_scan_jobs AS s
   SET state = $2, finished_at = now(), started_at = coalesce(t.started_at, s.started_at),
       result = $3::jsonb, result_at = CASE WHEN $3::jsonb IS NOT NULL THEN now() END,
       failure_code = $4, failure_message = $5
  FROM render.tasks AS t
 WHERE t.id = $1 AND s.task_id = t.id AND s.finished_at IS NULL
RETURNING s.id;
