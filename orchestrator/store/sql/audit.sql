-- name: audit_insert
INSERT INTO render.audit_log (actor_kind, actor_id, action, target_kind, target_id, request_id,
                              address, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7::inet, $8);
