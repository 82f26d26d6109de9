-- name: settings_turn
-- Changes take turns, farm-wide: each is checked together with all others that are in force.
SELECT pg_advisory_xact_lock(7066051);

-- name: settings_all
SELECT s.key, s.value, s.updated_at,
       CASE WHEN s.updated_by LIKE 'user:%' THEN
         (SELECT u.email FROM identity.users AS u WHERE u.id::text = substr(s.updated_by, 6))
       END AS email
  FROM render.settings AS s ORDER BY s.key;

-- name: setting_put
INSERT INTO render.settings (key, value, updated_by) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE
   SET value = excluded.value, version = settings.version + 1,
       updated_by = excluded.updated_by, updated_at = now();

-- name: setting_drop
DELETE FROM render.settings WHERE key = $1;
