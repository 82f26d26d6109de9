-- name: upload_insert
INSERT INTO file_mgr.upload_sessions
       (id, tenant_id, project_id, file_id, name, method, object_key, size_bytes, part_size_bytes,
        sha256, md5, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12))
ON CONFLICT (id) DO NOTHING;

-- name: upload_get
SELECT s.id, s.tenant_id, s.project_id, s.file_id, s.name, s.method, s.state, s.object_key,
       s.size_bytes, s.part_size_bytes, s.received_bytes, s.sha256, s.md5, s.refusal_code,
       s.refusal_message, s.created_at, s.expires_at, s.expires_at < now() AS is_over,
       (SELECT range_agg(int4range(p.number, p.number, '[]'))::text
          FROM file_mgr.upload_parts AS p
         WHERE p.tenant_id = $1 AND p.upload_id = $2) AS parts
  FROM file_mgr.upload_sessions AS s
 WHERE s.tenant_id = $1 AND s.id = $2;

-- name: upload_open_totals
SELECT count(*) AS sessions, coalesce(sum(size_bytes), 0)::bigint AS size_bytes
  FROM file_mgr.upload_sessions WHERE tenant_id = $1 AND state = 'open';

-- name: upload_part_put
-- Counted once, however often it is sent; each part gives the upload more time.
WITH part AS (
  INSERT INTO file_mgr.upload_parts (upload_id, number, tenant_id, size_bytes, sha256)
  SELECT id, $3, tenant_id, $4, $5 FROM file_mgr.upload_sessions
   WHERE tenant_id = $1 AND id = $2 AND state = 'open'
  ON CONFLICT (upload_id, number) DO NOTHING
  RETURNING size_bytes
)
UPDATE file_mgr.upload_sessions AS s
   SET received_bytes = s.received_bytes + part.size_bytes,
       expires_at = now() + make_interval(secs => $6)
  FROM part
 WHERE s.tenant_id = $1 AND s.id = $2 AND s.state = 'open';

-- name: upload_part_list
SELECT number, size_bytes, sha256 FROM file_mgr.upload_parts
 WHERE tenant_id = $1 AND upload_id = $2 ORDER BY number;

-- name: upload_end
UPDATE file_mgr.upload_sessions
   SET state = $3, refusal_code = $4, refusal_message = $5, finished_at = now()
 WHERE tenant_id = $1 AND id = $2 AND state = 'open';

-- name: upload_expire
UPDATE file_mgr.upload_sessions SET state = 'expired', finished_at = now()
 WHERE state = 'open' AND expires_at < now();

-- name: upload_to_drop
-- Once soon after the end, and again before the row goes: a part may have come late. $1 to $3 are
-- the janitor's rule.
SELECT id, tenant_id, object_key, finished_at < now() - make_interval(secs => $3) AS is_old
  FROM file_mgr.upload_sessions
 WHERE state <> 'open'
   AND (dropped_at IS NULL OR finished_at < now() - make_interval(secs => $3))
   AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
 ORDER BY finished_at LIMIT $4;

-- name: upload_note_dropped
UPDATE file_mgr.upload_sessions SET dropped_at = now()
 WHERE tenant_id = $1 AND id = $2 AND state <> 'open' AND dropped_at IS NULL;

-- name: upload_delete
DELETE FROM file_mgr.upload_sessions WHERE tenant_id = $1 AND id = $2 AND state <> 'open';

-- name: quota_add
-- The row is made when a tenant first stores something; its lock makes storing take turns.
INSERT INTO file_mgr.quotas AS q (tenant_id, bytes_used, files_used)
VALUES ($1, greatest($2::bigint, 0), greatest($3::int, 0))
ON CONFLICT (tenant_id) DO UPDATE
   SET bytes_used = greatest(q.bytes_used + $2, 0), files_used = greatest(q.files_used + $3, 0),
       updated_at = now()
RETURNING bytes_max, files_max, file_bytes_max, bytes_used, files_used;

-- name: quota_get
SELECT bytes_max, files_max, file_bytes_max, bytes_used, files_used
  FROM file_mgr.quotas WHERE tenant_id = $1;
