-- name: font_insert
-- The same name again while the first is there is refused by the index fonts_name_once.
INSERT INTO render.fonts (id, tenant_id, postscript_name, names, family, style, format,
                          object_key, sha256, size_bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO NOTHING
RETURNING id, postscript_name, names, family, style, format, object_key, sha256, size_bytes,
          created_at;

-- name: font_get
SELECT id, postscript_name, names, family, style, format, object_key, sha256, size_bytes,
       created_at
  FROM render.fonts WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: font_list
SELECT id, postscript_name, names, family, style, format, object_key, sha256, size_bytes,
       created_at
  FROM render.fonts
 WHERE tenant_id = $1 AND deleted_at IS NULL
   AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
 ORDER BY created_at DESC, id DESC LIMIT $4;

-- name: font_of_names
-- A tenant's fonts that hold any of these names, the newest first.
SELECT id, postscript_name, names, family, style, format, object_key, sha256, size_bytes,
       created_at
  FROM render.fonts
 WHERE tenant_id = $1 AND deleted_at IS NULL AND names && $2::text[]
 ORDER BY created_at DESC, id DESC;

-- name: font_names
-- Every name that a tenant may order, bounded: an order with thousands of fonts is none.
SELECT DISTINCT unnest(names) AS name
  FROM render.fonts WHERE tenant_id = $1 AND deleted_at IS NULL LIMIT 10000;

-- name: font_delete
-- The object stays until the janitor sees that no task waits for it.
UPDATE render.fonts SET deleted_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING size_bytes;

-- name: font_nodes
SELECT n.id AS node_id, n.name AS node_name, coalesce(f.state, 'pending') AS state, f.message,
       f.seen_at
  FROM render.nodes AS n
  LEFT JOIN render.node_fonts AS f
    ON f.node_id = n.id AND f.postscript_name = $1 AND f.sha256 = $2
 WHERE n.state <> 'retired'
 ORDER BY n.name, n.id LIMIT 10000;

-- name: node_font_put
-- A node tells of contents; whose names they are the farm knows by itself. One row per name and
-- node: what was told last is what counts.
INSERT INTO render.node_fonts AS f (node_id, postscript_name, source, sha256, state, message)
SELECT DISTINCT ON (n.name) $1, n.name, 'tenant', p.sha256, p.state, p.message
  FROM unnest($2::text[], $3::text[], $4::text[]) AS p (sha256, state, message)
  JOIN render.fonts AS t ON t.sha256 = p.sha256
 CROSS JOIN unnest(t.names) AS n (name)
ON CONFLICT (node_id, postscript_name) DO UPDATE
  SET source = 'tenant', sha256 = excluded.sha256, state = excluded.state,
      message = excluded.message, seen_at = now();

-- name: bundle_set_font_names
UPDATE render.bundles SET font_names = $2 WHERE bundle_id = $1;

-- name: bundle_font_names
SELECT font_names FROM render.bundles WHERE bundle_id = $1;
