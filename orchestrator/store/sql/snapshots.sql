-- name: snapshot_find
-- By what can change them; until one ends its state is its task's.
SELECT s.id, s.project_id, s.scene_key, s.comp, s.frame, s.plain, s.max_side, s.engine,
       CASE WHEN s.state <> 'queued' THEN s.state
            WHEN t.id IS NULL OR t.finished_at IS NOT NULL THEN 'left'
            WHEN t.state IN ('leased', 'running') THEN 'running' ELSE s.state END AS state,
       s.cache_key, s.object_key, s.sha256, s.size_bytes, s.width, s.height, s.failure_code,
       s.failure_message, s.created_at, s.finished_at, s.task_id,
       extract(epoch FROM now() - s.finished_at)::float8 AS ended_s
  FROM render.snapshots AS s LEFT JOIN render.tasks AS t ON t.id = s.task_id
 WHERE s.tenant_id = $1 AND s.cache_key = ANY($2::text[]);

-- name: snapshot_get
SELECT s.id, s.project_id, s.scene_key, s.comp, s.frame, s.plain, s.max_side, s.engine,
       CASE WHEN s.state <> 'queued' THEN s.state
            WHEN t.id IS NULL OR t.finished_at IS NOT NULL THEN 'left'
            WHEN t.state IN ('leased', 'running') THEN 'running' ELSE s.state END AS state,
       s.cache_key, s.object_key, s.sha256, s.size_bytes, s.width, s.height, s.failure_code,
       s.failure_message, s.created_at, s.finished_at, s.task_id,
       extract(epoch FROM now() - s.finished_at)::float8 AS ended_s
  FROM render.snapshots AS s LEFT JOIN render.tasks AS t ON t.id = s.task_id
 WHERE s.tenant_id = $1 AND s.id = $2;

-- name: snapshot_page
-- A project's, newest first, those before ($3, $4).
SELECT s.id, s.project_id, s.scene_key, s.comp, s.frame, s.plain, s.max_side, s.engine,
       CASE WHEN s.state <> 'queued' THEN s.state
            WHEN t.id IS NULL OR t.finished_at IS NOT NULL THEN 'left'
            WHEN t.state IN ('leased', 'running') THEN 'running' ELSE s.state END AS state,
       s.cache_key, s.object_key, s.sha256, s.size_bytes, s.width, s.height, s.failure_code,
       s.failure_message, s.created_at, s.finished_at, s.task_id,
       extract(epoch FROM now() - s.finished_at)::float8 AS ended_s
  FROM render.snapshots AS s LEFT JOIN render.tasks AS t ON t.id = s.task_id
 WHERE s.tenant_id = $1 AND s.project_id = $2
   AND ($3::timestamptz IS NULL OR (s.created_at, s.id) < ($3, $4::uuid))
   AND (NOT $6::boolean OR s.cache_key = ANY(ARRAY(
     SELECT c.snapshot_key FROM content.scenes AS c
      WHERE c.project_id = s.project_id AND c.snapshot_key IS NOT NULL
        AND c.deleted_at IS NULL)))
 ORDER BY s.created_at DESC, s.id DESC LIMIT $5;

-- name: snapshot_put
-- Pictures that a task is to make: new ones, and those that came to a bad end before.
INSERT INTO render.snapshots AS s (id, tenant_id, project_id, scene_key, frame, cache_key, task_id,
                                   bundle_id, engine, comp, max_side, plain, place)
SELECT p.id, $1, $2, p.scene_key, p.frame, p.cache_key, $3, $4, $5, p.comp, $6, $7, p.place
  FROM unnest($8::uuid[], $9::text[], $10::integer[], $11::text[], $12::text[], $13::integer[])
    AS p (id, scene_key, frame, cache_key, comp, place)
ON CONFLICT (tenant_id, cache_key) DO UPDATE
   SET state = 'queued', task_id = excluded.task_id, place = excluded.place,
       failure_code = NULL, failure_message = NULL, finished_at = NULL, created_at = now(),
       last_used_at = now();

-- name: snapshot_unfinished
-- Tasks that still make pictures, counted up to $2 only.
SELECT count(*) FROM (SELECT DISTINCT task_id FROM render.snapshots
                       WHERE tenant_id = $1 AND state = 'queued' LIMIT $2) AS counted;

-- name: snapshot_touch
-- Somebody looks at them; written once an hour, not at every look.
UPDATE render.snapshots SET last_used_at = now()
 WHERE tenant_id = $1 AND cache_key = ANY($2::text[]) AND last_used_at < now() - interval '1 hour';

-- name: snapshot_of_task
-- What a task still has to make, in its order.
SELECT tenant_id, cache_key, place, max_side FROM render.snapshots
 WHERE task_id = $1 AND state = 'queued' ORDER BY place;

-- name: snapshot_ready
-- Written once: a picture that is there never changes.
UPDATE render.snapshots AS s
   SET state = 'ready', finished_at = now(), object_key = p.object_key, sha256 = p.sha256,
       size_bytes = p.size_bytes, width = p.width, height = p.height
  FROM unnest($2::integer[], $3::text[], $4::text[], $5::bigint[], $6::integer[], $7::integer[])
    AS p (place, object_key, sha256, size_bytes, width, height)
 WHERE s.task_id = $1 AND s.place = p.place AND s.state = 'queued'
RETURNING s.tenant_id, s.cache_key;

-- name: snapshot_end
UPDATE render.snapshots
   SET state = $2, finished_at = now(), failure_code = $3, failure_message = $4
 WHERE task_id = $1 AND state = 'queued' RETURNING id;

-- name: snapshot_show
-- The scenes' newest pictures without values: what editor and pages show of a scene.
UPDATE content.scenes AS c SET snapshot_key = s.cache_key
  FROM render.snapshots AS s JOIN content.projects AS p
    ON p.id = s.project_id AND p.tenant_id = s.tenant_id
 WHERE s.tenant_id = $1 AND s.cache_key = ANY($2::text[]) AND s.state = 'ready' AND s.plain
   AND c.project_id = s.project_id AND c.key = s.scene_key
   AND c.snapshot_key IS DISTINCT FROM s.cache_key;

-- name: snapshot_picture
SELECT object_key FROM render.snapshots
 WHERE tenant_id = $1 AND project_id = $2 AND cache_key = $3 AND state = 'ready';

-- name: snapshot_lost
-- Its object is gone: asked for again, it is drawn again.
UPDATE render.snapshots
   SET state = 'failed', finished_at = now(), failure_code = $3, failure_message = $4,
       object_key = NULL, sha256 = NULL, size_bytes = NULL, width = NULL, height = NULL
 WHERE tenant_id = $1 AND cache_key = $2 AND state = 'ready';
