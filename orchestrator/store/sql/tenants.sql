-- name: tenant_insert
INSERT INTO identity.tenants (id, slug, name) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING id;

-- name: tenant_set_state
-- The first tenant is the farm's own: it cannot be suspended.
UPDATE identity.tenants
   SET state = $2, suspended_at = CASE WHEN $2 = 'suspended' THEN now() END, updated_at = now()
 WHERE id = $1 AND id <> '00000000-0000-0000-0000-000000000001' AND state <> 'closed'
RETURNING id;

-- name: tenant_set_limits
UPDATE identity.tenants
   SET share_weight = $2, priority_max = $3, active_jobs_max = $4, updated_at = now()
 WHERE id = $1 RETURNING id;
