-- name: project_edit
-- A project without a template of its own to render cannot be published: no row then. Nor is one
-- renamed whose name ($5) is no longer the one that was seen.
UPDATE content.projects
   SET name = coalesce($3, name), state = coalesce($4, state), version = version + 1,
       updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
   AND ($4::text IS DISTINCT FROM 'published' OR bundle_md5 IS NOT NULL)
   AND ($5::text IS NULL OR name = $5);

-- name: project_container_insert
-- The aspects of one template stand in one container; a project that had none begins one.
INSERT INTO content.templates (id, tenant_id, slug, name)
SELECT $3, p.tenant_id, $4, p.name
  FROM content.projects p
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.template_id IS NULL AND p.deleted_at IS NULL
RETURNING id;

-- name: project_container_set
UPDATE content.projects SET template_id = $3, updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND template_id IS NULL AND deleted_at IS NULL;

-- name: project_copy
-- Neither the bundle nor what a scan found in it: the copy waits for its own, unpublished.
INSERT INTO content.projects
       (id, tenant_id, template_id, name, aspect, width, height, mode, convention_version)
SELECT $3, p.tenant_id, p.template_id, coalesce($4, p.name), $5, $6, $7, p.mode,
       p.convention_version
  FROM content.projects p
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.deleted_at IS NULL
ON CONFLICT (id) DO NOTHING;
