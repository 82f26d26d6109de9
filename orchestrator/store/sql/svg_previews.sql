-- name: svg_preview_put
-- The same picture of the same scene again is traced anew under its first id.
INSERT INTO content.template_svg_previews AS t
       (id, project_id, scene_key, source_file_id, source_sha256, svg, colors, fills)
SELECT $3, p.id, $4, $5, $6, $7, $8, $9
  FROM content.projects p
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.deleted_at IS NULL
ON CONFLICT (project_id, coalesce(scene_key, ''), source_sha256) DO UPDATE
   SET svg = excluded.svg, colors = excluded.colors, fills = excluded.fills,
       source_file_id = excluded.source_file_id
RETURNING id, project_id, scene_key, source_file_id, fills, created_at;

-- name: svg_preview_get
SELECT v.id, v.project_id, v.scene_key, v.source_file_id, v.fills, v.created_at
  FROM content.template_svg_previews v
  JOIN content.projects p ON p.id = v.project_id
 WHERE p.tenant_id = $1 AND v.id = $2 AND p.deleted_at IS NULL;

-- name: svg_preview_svg_get
SELECT v.svg
  FROM content.template_svg_previews v
  JOIN content.projects p ON p.id = v.project_id
 WHERE p.tenant_id = $1 AND v.id = $2 AND p.deleted_at IS NULL;

-- name: svg_preview_page
-- Newest first; ($3, $4) is the last row of the page before.
SELECT v.id, v.project_id, v.scene_key, v.source_file_id, v.fills, v.created_at
  FROM content.template_svg_previews v
  JOIN content.projects p ON p.id = v.project_id
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.deleted_at IS NULL
   AND ($3::timestamptz IS NULL OR (v.created_at, v.id) < ($3, $4::uuid))
 ORDER BY v.created_at DESC, v.id DESC
 LIMIT $5;

-- name: svg_preview_set_fills
UPDATE content.template_svg_previews v SET fills = $3
  FROM content.projects p
 WHERE p.id = v.project_id AND p.tenant_id = $1 AND v.id = $2 AND p.deleted_at IS NULL
RETURNING v.id, v.project_id, v.scene_key, v.source_file_id, v.fills, v.created_at;

-- name: svg_preview_delete
DELETE FROM content.template_svg_previews v
 USING content.projects p
 WHERE p.id = v.project_id AND p.tenant_id = $1 AND v.id = $2 AND p.deleted_at IS NULL;
