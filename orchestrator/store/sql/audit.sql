-- name: audit_insert
INSERT INTO render.audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id,
                              address, detail, tenant_id)
VALUES ($1, $2, $3, $4, $5, $6, $7::inet, $8, $9);

-- name: audit_page
-- Newest first, those before ($1, $2); each filter that is null lets everything through. Every
-- filter but the day has an index in the page's order; a day is a stretch of that order.
SELECT a.id, a.at, a.tenant_id, a.actor_kind, a.actor_id, a.action, a.target_kind, a.target_id,
       host(a.address) AS address, a.detail,
       CASE a.actor_kind
         WHEN 'user' THEN (SELECT u.email FROM identity.users u WHERE u.id = a.actor_id::uuid)
         WHEN 'api_key' THEN (SELECT k.name FROM identity.tenant_api_keys k
                               WHERE k.id = a.actor_id::uuid)
         WHEN 'node' THEN (SELECT n.name FROM render.nodes n WHERE n.id = a.actor_id::uuid)
       END AS actor,
       CASE a.target_kind
         WHEN 'user' THEN (SELECT u.email FROM identity.users u WHERE u.id = a.target_id::uuid)
         WHEN 'api_key' THEN (SELECT k.name FROM identity.tenant_api_keys k
                               WHERE k.id = a.target_id::uuid)
         WHEN 'node' THEN (SELECT n.name FROM render.nodes n WHERE n.id = a.target_id::uuid)
         WHEN 'tenant' THEN (SELECT t.name FROM identity.tenants t WHERE t.id = a.target_id::uuid)
         WHEN 'project' THEN (SELECT p.name FROM content.projects p
                               WHERE p.id = a.target_id::uuid)
         WHEN 'webhook' THEN (SELECT w.url FROM identity.tenant_webhooks w
                               WHERE w.id = a.target_id::uuid)
       END AS target,
       (SELECT t.name FROM identity.tenants t WHERE t.id = a.tenant_id) AS tenant
  FROM render.audit_log a
 WHERE ($1::timestamptz IS NULL OR (a.at, a.id) < ($1, $2::bigint))
   AND ($3::text IS NULL OR a.actor_kind = $3)
   AND ($4::text IS NULL OR a.actor_id = $4)
   AND ($5::text IS NULL OR a.action = $5)
   AND ($6::text IS NULL OR (a.target_kind = $6 AND a.target_id = $7::text))
   AND ($8::uuid IS NULL OR a.tenant_id = $8)
   AND ($9::timestamptz IS NULL OR a.at >= $9)
   AND ($10::timestamptz IS NULL OR a.at < $10)
 ORDER BY a.at DESC, a.id DESC
 LIMIT $11;

-- name: audit_people
-- Whoever may have done something, those who may not sign in any more too.
SELECT id, email FROM identity.users ORDER BY email LIMIT 500;
