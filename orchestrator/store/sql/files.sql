-- name: file_insert
-- Ready at once: the safe copy is stored before the row is written.
INSERT INTO file_mgr.files
       (id, tenant_id, name, kind, state, media_type, object_key, size_bytes, sha256,
        original_size_bytes, original_sha256, width, height, duration_s, ready_at)
VALUES ($1, $2, $3, $4, 'ready', $5, $6, $7, $8, $9, $10, $11, $12, $13, now())
ON CONFLICT (id) DO NOTHING
RETURNING id, tenant_id, name, kind, media_type, object_key, size_bytes, sha256, width, height,
          duration_s, created_at;

-- name: file_get
SELECT id, tenant_id, name, kind, media_type, object_key, size_bytes, sha256, width, height,
       duration_s, created_at
  FROM file_mgr.files
 WHERE tenant_id = $1 AND id = $2 AND state = 'ready' AND kind IN ('image', 'audio', 'video');

-- name: file_many
SELECT id, tenant_id, name, kind, media_type, object_key, size_bytes, sha256, width, height,
       duration_s, created_at
  FROM file_mgr.files
 WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND state = 'ready'
   AND kind IN ('image', 'audio', 'video');

-- name: file_newest
-- In the order of files_by_tenant_newest; what is not ready yet or refused is rare.
SELECT id, tenant_id, name, kind, media_type, object_key, size_bytes, sha256, width, height,
       duration_s, created_at
  FROM file_mgr.files
 WHERE tenant_id = $1 AND deleted_at IS NULL AND state = 'ready'
   AND kind IN ('image', 'audio', 'video')
 ORDER BY created_at DESC, id DESC
 LIMIT $2;
