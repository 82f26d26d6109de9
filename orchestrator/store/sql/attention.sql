-- name: attention_nodes
-- Who is out of work or short of something, the worst first. A farm has thousands of nodes at most.
SELECT id, name, state, state_reason, conditions, last_seen_at,
       capabilities -> 'problems' ->> 0 AS problem
  FROM render.nodes
 WHERE state IN ('quarantined', 'offline')
    OR state IN ('online', 'draining')
       AND (conditions <> '{}' OR capabilities -> 'problems' ->> 0 IS NOT NULL)
 ORDER BY array_position(ARRAY['quarantined', 'online', 'draining', 'offline'], state),
          last_seen_at DESC NULLS LAST, id
 LIMIT $1;

-- name: attention_jobs
-- What failed in the last day, the newest first.
SELECT j.id, j.failure_code, j.failure_message, j.finished_at, p.name AS project,
       t.name AS tenant
  FROM (SELECT id, tenant_id, project_id, failure_code, failure_message, finished_at
          FROM render.render_jobs
         WHERE state = 'failed' AND finished_at > now() - interval '24 hours'
         ORDER BY finished_at DESC LIMIT $1) AS j
  JOIN identity.tenants t ON t.id = j.tenant_id
  LEFT JOIN content.projects p ON p.id = j.project_id
 ORDER BY j.finished_at DESC;

-- name: attention_webhooks
-- Whose address was given up, or takes nothing for some time.
SELECT w.id, w.state, w.failing_since, t.id AS tenant_id, t.name AS tenant
  FROM identity.tenant_webhooks w
  JOIN identity.tenants t ON t.id = w.tenant_id
 WHERE w.state = 'disabled'
    OR w.state = 'active' AND w.failing_since < now() - interval '5 minutes'
 ORDER BY w.state DESC, w.failing_since DESC NULLS LAST, w.id
 LIMIT $1;

-- name: attention_tenants
-- Who has as many unfinished renders as allowed: $2 to each, or fewer where the tenant says so.
SELECT t.id, t.name, a.active
  FROM (SELECT tenant_id, count(*)::integer AS active
          FROM render.render_jobs WHERE finished_at IS NULL GROUP BY 1) AS a
  JOIN identity.tenants t ON t.id = a.tenant_id
 WHERE a.active >= least($2::integer, t.active_jobs_max)
 ORDER BY a.active DESC, t.id
 LIMIT $1;
