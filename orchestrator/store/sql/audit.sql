-- name: audit_insert
INSERT INTO render.audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id,
                              address, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7::inet, $8);

-- name: audit_page
-- Newest first, those before $1.
SELECT a.id, a.at, a.actor_kind, a.actor_id, a.action, a.target_kind, a.target_id,
       host(a.address) AS address, a.detail,
       CASE WHEN a.actor_kind = 'user' THEN
         (SELECT u.email FROM identity.users u WHERE u.id::text = a.actor_id) END AS actor_email
  FROM render.audit_log a
 WHERE ($1::bigint IS NULL OR a.id < $1)
 ORDER BY a.id DESC
 LIMIT $2;
