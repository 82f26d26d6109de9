-- name: job_insert
-- A repeated call under the same Idempotency-Key comes with the same id and changes nothing.
INSERT INTO render.render_jobs
       (id, tenant_id, project_id, api_key_id, plan, engine, request, bind_spec, bundle_id, comp,
        width, height, fps_num, fps_den, frame_first, frames_total, quality, container, alpha,
        has_voiceover, music_volume, sfx_volume, voiceover_volume, priority, deadline_at,
        cost_weight)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, $22, $23, $24, $25, $26)
ON CONFLICT (id) DO NOTHING
RETURNING id;

-- name: job_get
SELECT id, tenant_id, project_id, state, plan, engine, comp, frame_first, frames_total, width,
       height, fps_num, fps_den, priority, deadline_at, progress, failure_code, failure_class,
       failure_message, warnings, unsupported, created_at, started_at, finished_at, node_ms,
       cost_weight
  FROM render.render_jobs
 WHERE tenant_id = $1 AND id = $2;

-- name: job_page
-- ($2, $3) is the last row of the page before; null begins at the newest.
SELECT id, tenant_id, project_id, state, plan, engine, comp, frame_first, frames_total, width,
       height, fps_num, fps_den, priority, deadline_at, progress, failure_code, failure_class,
       failure_message, warnings, unsupported, created_at, started_at, finished_at, node_ms,
       cost_weight
  FROM render.render_jobs
 WHERE tenant_id = $1
   AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
   AND ($5::text IS NULL OR state = $5)
 ORDER BY created_at DESC, id DESC
 LIMIT $4;

-- name: tenant_limits
-- Active jobs are counted up to $2 only: whoever has more is over the quota anyway.
SELECT t.priority_max, t.active_jobs_max, t.output_pixels_max, t.output_frames_max,
       (SELECT count(*) FROM (SELECT 1 FROM render.render_jobs j
                               WHERE j.tenant_id = $1 AND j.finished_at IS NULL
                               LIMIT $2) AS counted) AS active_jobs
  FROM identity.tenants t
 WHERE t.id = $1;

-- name: job_exports
-- Whose retention is over is not shown.
SELECT e.id, e.job_id, e.kind, e.object_key, e.media_type, e.size_bytes, e.sha256, e.width,
       e.height, e.frames, e.fps_num, e.fps_den, e.duration_s, e.has_audio
  FROM render.exports e
 WHERE e.tenant_id = $1 AND e.job_id = ANY($2::uuid[]) AND e.dropped_at IS NULL
   AND e.superseded_at IS NULL AND e.kind IN ('video', 'poster', 'thumbnail')
 ORDER BY e.job_id, array_position(ARRAY['video', 'poster', 'thumbnail'], e.kind);

-- name: job_tasks
-- The node of a finished task is the one of its last attempt.
SELECT t.id, t.kind, t.state, t.attempt, f.frames::text AS frames,
       coalesce(t.node_id, a.node_id) AS node_id, n.name AS node_name, t.failure_code,
       t.failure_class, t.failure_message, t.queued_at, t.started_at, t.finished_at
  FROM render.tasks t
  LEFT JOIN render.frame_jobs f ON f.task_id = t.id
  LEFT JOIN render.attempts a ON a.task_id = t.id AND a.attempt = t.attempt
  LEFT JOIN render.nodes n ON n.id = coalesce(t.node_id, a.node_id)
 WHERE t.tenant_id = $1 AND t.job_id = $2
 ORDER BY t.stage, t.position;

-- name: job_frame_key
SELECT r.object_key
  FROM render.frame_results r
  JOIN render.frame_jobs f ON f.id = r.frame_job_id
 WHERE f.tenant_id = $1 AND f.job_id = $2 AND r.frame = $3 AND r.object_key IS NOT NULL;

-- name: job_previews
-- The small pictures of frames that nodes sent, the newest of each frame.
SELECT DISTINCT ON (1) (payload ->> 'frame')::integer AS frame, payload ->> 'key' AS object_key
  FROM render.job_events
 WHERE tenant_id = $1 AND job_id = $2 AND type = 'preview' AND payload ->> 'frame' IS NOT NULL
 ORDER BY 1, id DESC;

-- name: job_events_after
-- Events of one job are written under its row's lock, so their ids come in the order of commit
-- and none can appear behind one that was read.
SELECT id, job_id, type, at, payload
  FROM render.job_events
 WHERE tenant_id = $1 AND job_id = $2 AND id > $3
   AND type IN ('state', 'progress', 'preview', 'task', 'export')
 ORDER BY id
 LIMIT 500;

-- name: job_finished
SELECT finished_at IS NOT NULL FROM render.render_jobs WHERE tenant_id = $1 AND id = $2;
