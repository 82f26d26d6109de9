-- name: project_insert
INSERT INTO content.projects (id, tenant_id, name, aspect, mode)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING;

-- name: project_get
-- The bundle by its content: render.bundles holds each content once, whoever sent it.
SELECT p.id, p.tenant_id, p.name, p.state, p.template_id, p.aspect,
       coalesce(p.mode, p.scan ->> 'mode') AS mode, p.mode AS own_mode,
       p.convention_version, p.width, p.height, p.fps_num, p.fps_den,
       p.bundle_uploaded_at, p.scan_bundle_md5, p.scanned_at, p.created_at, b.bundle_id, b.md5,
       b.sha256, b.kind, b.size_bytes, b.object_key, b.aep_path,
       jsonb_array_length(b.manifest) AS files, b.fonts, b.problems
  FROM content.projects p
  LEFT JOIN render.bundles b ON b.md5 = p.bundle_md5 AND b.sha256 = p.bundle_sha256
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.deleted_at IS NULL;

-- name: project_page
-- ($2, $3) is the last row of the page before; null begins at the newest.
SELECT p.id, p.tenant_id, p.name, p.state, p.template_id, p.aspect,
       coalesce(p.mode, p.scan ->> 'mode') AS mode, p.mode AS own_mode,
       p.convention_version, p.width, p.height, p.fps_num, p.fps_den,
       p.bundle_uploaded_at, p.scan_bundle_md5, p.scanned_at, p.created_at, b.bundle_id, b.md5,
       b.sha256, b.kind, b.size_bytes, b.object_key, b.aep_path,
       jsonb_array_length(b.manifest) AS files, b.fonts, b.problems
  FROM content.projects p
  LEFT JOIN render.bundles b ON b.md5 = p.bundle_md5 AND b.sha256 = p.bundle_sha256
 WHERE p.tenant_id = $1 AND p.deleted_at IS NULL
   AND ($2::timestamptz IS NULL OR (p.created_at, p.id) < ($2, $3::uuid))
 ORDER BY p.created_at DESC, p.id DESC
 LIMIT $4;

-- name: project_bundle_hold
-- The project's bundle as it is until the transaction ends: its size is given back to the quota.
SELECT bundle_size_bytes, bundle_md5, bundle_sha256 FROM content.projects
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: project_set_bundle
-- A scan speaks of one bundle; with another one it is gone.
UPDATE content.projects
   SET bundle_kind = $3, bundle_md5 = $4, bundle_sha256 = $5, bundle_size_bytes = $6,
       bundle_object_key = $7, bundle_uploaded_at = now(), updated_at = now(),
       version = version + 1,
       scan = CASE WHEN scan_bundle_md5 = $4 THEN scan END,
       final_comp = CASE WHEN scan_bundle_md5 = $4 THEN final_comp END,
       width = CASE WHEN scan_bundle_md5 = $4 THEN width END,
       height = CASE WHEN scan_bundle_md5 = $4 THEN height END,
       fps_num = CASE WHEN scan_bundle_md5 = $4 THEN fps_num END,
       fps_den = CASE WHEN scan_bundle_md5 = $4 THEN fps_den END,
       frames = CASE WHEN scan_bundle_md5 = $4 THEN frames END,
       scan_engine = CASE WHEN scan_bundle_md5 = $4 THEN scan_engine END,
       scanned_at = CASE WHEN scan_bundle_md5 = $4 THEN scanned_at END,
       scan_bundle_md5 = CASE WHEN scan_bundle_md5 = $4 THEN $4 END
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: project_set_scan
-- Only for the bundle that was read: one that was replaced meanwhile keeps its own scan.
UPDATE content.projects
   SET scan = $4, scan_engine = $11, scan_bundle_md5 = $3, scanned_at = now(),
       updated_at = now(), final_comp = $5, width = $6, height = $7, fps_num = $8, fps_den = $9,
       frames = $10
 WHERE tenant_id = $1 AND id = $2 AND bundle_md5 = $3 AND deleted_at IS NULL;

-- name: project_scan_get
-- The scan itself, which may be of megabytes, only for who does not know the one of ($3, $4).
SELECT scan_bundle_md5 AS md5, scanned_at,
       CASE WHEN (scan_bundle_md5, scanned_at) IS DISTINCT FROM ($3::text, $4::timestamptz)
            THEN scan END AS scan
  FROM content.projects
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL AND scan_bundle_md5 = bundle_md5;

-- name: bundle_find
SELECT bundle_id, md5, sha256, kind, size_bytes, object_key, aep_path,
       jsonb_array_length(manifest) AS files, fonts, problems
  FROM render.bundles
 WHERE md5 = $1 AND sha256 = $2 AND going_at IS NULL;

-- name: bundle_generation
SELECT generation FROM render.bundles WHERE md5 = $1 AND sha256 = $2;

-- name: bundle_use
-- Writes the row that the janitor looks at: of the two who meet here the second one sees the first.
UPDATE render.bundles SET used_at = now()
 WHERE bundle_id = $1 AND going_at IS NULL RETURNING bundle_id;

-- name: bundle_leave
UPDATE render.bundles SET used_at = now() WHERE md5 = $1 AND sha256 = $2;

-- name: bundle_put
INSERT INTO render.bundles
       (md5, sha256, kind, size_bytes, object_key, aep_path, manifest, fonts, problems)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (md5, sha256) DO UPDATE
   SET object_key = excluded.object_key, fonts = excluded.fonts, problems = excluded.problems,
       used_at = now(), going_at = NULL, dropped_at = NULL
RETURNING bundle_id, md5, sha256, kind, size_bytes, object_key, aep_path,
          jsonb_array_length(manifest) AS files, fonts, problems;
