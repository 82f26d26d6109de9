-- name: overview_nodes
-- A page by name; the rest is looked up for the rows of the page only. A farm has thousands of
-- nodes at most, so the filters need no index. What a node does now is told by its open session.
SELECT n.id, n.name, n.platform, n.agent_version, n.state, n.state_reason, n.engines, n.conditions,
       n.sample, n.slots, n.gpu, n.last_seen_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'task_id', q.id, 'kind', t.kind, 'job_id', t.job_id, 'progress', t.progress,
                 'first', (SELECT lower(f.frames) FROM render.frame_jobs f WHERE f.task_id = t.id))
                 ORDER BY q.id), '[]')
          FROM render.node_sessions s
          JOIN render.task_queue q ON q.session_id = s.id AND NOT q.ready
          JOIN render.tasks t ON t.id = q.id
         WHERE s.node_id = n.id AND s.closed_at IS NULL) AS tasks,
       (SELECT count(*)::integer FROM render.node_crashes c
         WHERE c.node_id = n.id AND c.at > now() - interval '24 hours') AS crashes
  FROM render.nodes n
 WHERE CASE WHEN $2::text IS NULL THEN n.state <> 'retired' ELSE n.state = $2 END
   AND ($3::text IS NULL OR n.platform = $3)
   AND ($4::text IS NULL OR position(lower($4) IN lower(n.name)) > 0)
   AND ($5::text IS NULL OR n.engines @> jsonb_build_array(jsonb_build_object('kind', $5::text)))
   AND ($1::uuid IS NULL OR (lower(n.name), n.id)
        > (SELECT lower(l.name), l.id FROM render.nodes l WHERE l.id = $1))
 ORDER BY lower(n.name), n.id
 LIMIT $6;

-- name: overview_node_attempts
-- The newest tries of one node.
SELECT a.task_id, a.attempt, t.kind, t.job_id, a.outcome, a.failure_code, a.failure_message,
       a.granted_at, a.finished_at
  FROM render.attempts a
  JOIN render.tasks t ON t.id = a.task_id
 WHERE a.node_id = $1
 ORDER BY a.granted_at DESC
 LIMIT $2;

-- name: overview_node_cache
-- The last used first, and which templates are made of it: a bundle may serve several.
SELECT c.bundle_md5 AS md5, c.size_bytes, c.cached_at, c.last_used_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name)), '[]')
          FROM (SELECT p.id, p.name FROM content.projects p
                 WHERE p.bundle_md5 = c.bundle_md5 ORDER BY p.created_at DESC LIMIT 3) AS p)
         AS projects
  FROM render.node_template_cache c
 WHERE c.node_id = $1
 ORDER BY c.last_used_at DESC, c.bundle_md5 DESC
 LIMIT $2;

-- name: overview_node_enrolment
-- By whose token a node joined, and when.
SELECT e.used_at, e.created_by, u.email
  FROM render.enrolment_tokens e
  LEFT JOIN identity.users u ON 'user:' || u.id::text = e.created_by
 WHERE e.node_id = $1
 ORDER BY e.used_at DESC
 LIMIT 1;

-- name: overview_node_fonts
SELECT postscript_name, source, state, message
  FROM render.node_fonts
 WHERE node_id = $1
 ORDER BY postscript_name
 LIMIT $2;

-- name: overview_figures
-- What went through in the last hour and day, and what there is at all.
SELECT (SELECT count(*) FROM render.render_jobs
         WHERE finished_at > now() - interval '1 hour' AND state = 'done')::integer AS done_hour,
       (SELECT count(*) FROM render.render_jobs
         WHERE finished_at > now() - interval '24 hours' AND state = 'done')::integer AS done_day,
       (SELECT count(*) FROM render.render_jobs
         WHERE finished_at > now() - interval '24 hours' AND state = 'failed')::integer
         AS failed_day,
       (SELECT lower(name) FROM render.nodes WHERE state <> 'retired' ORDER BY lower(name) LIMIT 1)
         IS NOT NULL AS has_nodes,
       EXISTS (SELECT FROM content.projects) AS has_templates,
       (SELECT created_at FROM render.render_jobs ORDER BY created_at DESC, id DESC LIMIT 1)
         IS NOT NULL AS has_renders;

-- name: overview_due
-- Unfinished jobs that must be done by a time, the soonest first.
SELECT j.id, j.tenant_id, j.project_id, j.state, j.engine, j.frames_total, j.progress,
       j.started_at, j.deadline_at, p.name AS project
  FROM render.render_jobs j
  LEFT JOIN content.projects p ON p.id = j.project_id
 WHERE j.finished_at IS NULL AND j.deadline_at IS NOT NULL
 ORDER BY j.deadline_at
 LIMIT $1;

-- name: overview_failures
-- Of the last day, by class and code.
SELECT failure_class, failure_code, count(*)::integer AS count, max(finished_at) AS last_at
  FROM render.render_jobs
 WHERE finished_at > now() - interval '24 hours' AND state = 'failed'
 GROUP BY 1, 2
 ORDER BY count DESC
 LIMIT 12;

-- name: overview_first_previews
-- How long clients waited for the first picture of their video, over the last day.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_s) AS p50_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY waited_s) AS p90_s
  FROM (SELECT extract(epoch FROM min(e.at) - j.created_at)::double precision AS waited_s
          FROM (SELECT id, created_at FROM render.render_jobs
                 WHERE state = 'done' AND finished_at > now() - interval '24 hours'
                 ORDER BY finished_at DESC LIMIT 500) j
          JOIN render.job_events e ON e.job_id = j.id AND e.type = 'preview'
         GROUP BY j.id, j.created_at) waits;

-- name: overview_jobs
-- Newest first, over all tenants; each filter that is null lets everything through. The page's
-- order is an index of its own, and so is that of each state and tenant.
SELECT j.id, j.tenant_id, j.project_id, j.state, j.plan, j.engine, j.comp, j.frame_first,
       j.frames_total, j.width, j.height, j.priority, j.deadline_at, j.progress, j.failure_code,
       j.failure_class, j.failure_message, j.created_at, j.started_at, j.finished_at,
       t.name AS tenant, p.name AS project,
       (SELECT e.object_key FROM render.exports e
         WHERE e.job_id = j.id AND e.kind = 'thumbnail' AND e.dropped_at IS NULL
           AND e.superseded_at IS NULL LIMIT 1) AS thumbnail
  FROM render.render_jobs j
  JOIN identity.tenants t ON t.id = j.tenant_id
  LEFT JOIN content.projects p ON p.id = j.project_id
 WHERE ($1::timestamptz IS NULL OR (j.created_at, j.id) < ($1, $2::uuid))
   AND ($3::text IS NULL OR j.state = $3)
   AND ($4::uuid IS NULL OR j.tenant_id = $4)
   AND ($5::uuid IS NULL OR j.project_id = $5)
   AND ($6::uuid IS NULL OR j.id BETWEEN $6 AND $7)
   AND ($8::uuid[] IS NULL OR j.project_id = ANY ($8))
 ORDER BY j.created_at DESC, j.id DESC
 LIMIT $9;

-- name: overview_projects_called
SELECT id FROM content.projects
 WHERE position(lower($1) IN lower(name)) > 0
 ORDER BY created_at DESC
 LIMIT $2;

-- name: overview_job_tenant
-- Whose job it is: the farm's people act in that tenant's name.
SELECT tenant_id FROM render.render_jobs WHERE id = $1;

-- name: overview_job_priorities
SELECT id, priority FROM render.render_jobs WHERE id = ANY ($1::uuid[]);

-- name: overview_node_states
SELECT id, state FROM render.nodes WHERE id = ANY ($1::uuid[]);

-- name: overview_project_tenant
SELECT tenant_id FROM content.projects WHERE id = $1;

-- name: overview_tenants
SELECT id, slug, name, state FROM identity.tenants ORDER BY lower(name), id LIMIT 500;

-- name: overview_job_request
-- What the client ordered, as it was checked.
SELECT j.request, j.name, t.name AS tenant, p.name AS project
  FROM render.render_jobs j
  JOIN identity.tenants t ON t.id = j.tenant_id
  LEFT JOIN content.projects p ON p.id = j.project_id
 WHERE j.tenant_id = $1 AND j.id = $2;

-- name: overview_job_frames
-- Frames of a job by what became of them, of a split plan from its chunks.
SELECT f.frames::text AS frames, f.done::text AS done, t.state, t.progress
  FROM render.frame_jobs f
  JOIN render.tasks t ON t.id = f.task_id
 WHERE t.tenant_id = $1 AND t.job_id = $2
 ORDER BY t.stage, t.position;

-- name: overview_projects
-- Newest first, over all tenants; archived ones only when asked for.
SELECT p.id, p.tenant_id, t.name AS tenant, p.name, p.state, p.mode, p.aspect, p.bundle_size_bytes,
       p.bundle_uploaded_at, p.scanned_at, p.scan_engine, p.created_at,
       (SELECT count(*)::integer FROM content.scenes s
         WHERE s.project_id = p.id AND s.deleted_at IS NULL) AS scenes
  FROM content.projects p
  JOIN identity.tenants t ON t.id = p.tenant_id
 WHERE ($1::timestamptz IS NULL OR (p.created_at, p.id) < ($1, $2::uuid))
   AND ($3::uuid IS NULL OR p.tenant_id = $3)
   AND CASE WHEN $4::text IS NULL THEN p.state <> 'archived' ELSE p.state = $4 END
   AND ($5::text IS NULL OR position(lower($5) IN lower(p.name)) > 0)
   AND p.deleted_at IS NULL
 ORDER BY p.created_at DESC, p.id DESC
 LIMIT $6;

-- name: overview_scan_tenant
SELECT tenant_id, project_id FROM render.render_scan_jobs WHERE id = $1;

-- name: overview_tenant_lines
-- Jobs under way are counted by an index; usage is the last thirty days'.
SELECT t.id, t.slug, t.name, t.state, t.created_at,
       (SELECT count(*)::integer FROM render.render_jobs j
         WHERE j.tenant_id = t.id AND j.finished_at IS NULL) AS active,
       u.jobs_done, u.frames, u.cost_units,
       (SELECT count(*)::integer FROM render.render_jobs j
         WHERE j.tenant_id = t.id AND j.state = 'failed'
           AND j.finished_at >= ((now() AT TIME ZONE 'UTC')::date - 29)::timestamp
             AT TIME ZONE 'UTC') AS jobs_failed
  FROM identity.tenants t
  LEFT JOIN LATERAL (
    SELECT sum(d.jobs_done)::integer AS jobs_done, sum(d.frames)::bigint AS frames,
           sum(d.cost_units) AS cost_units
      FROM identity.tenant_usage_daily d
     WHERE d.tenant_id = t.id AND d.day > (now() AT TIME ZONE 'UTC')::date - 30) u ON true
 WHERE ($1::text IS NULL OR position(lower($1) IN lower(t.name)) > 0)
 ORDER BY lower(t.name), t.id
 LIMIT 500;

-- name: overview_tenant
SELECT id, slug, name, state, locale, share_weight, priority_max, active_jobs_max,
       output_pixels_max, output_frames_max, created_at
  FROM identity.tenants WHERE id = $1;

-- name: overview_tenant_usage
-- Day by day in UTC. Failed renders are counted from the jobs, by an index of their own: one that
-- was retried and done is no failure any more.
WITH since AS MATERIALIZED (SELECT (now() AT TIME ZONE 'UTC')::date - $2::integer + 1 AS day),
failed AS (
  SELECT (j.finished_at AT TIME ZONE 'UTC')::date AS day, count(*)::integer AS jobs
    FROM render.render_jobs j
   WHERE j.tenant_id = $1 AND j.state = 'failed'
     AND j.finished_at >= (SELECT day::timestamp AT TIME ZONE 'UTC' FROM since)
   GROUP BY 1
), used AS (
  SELECT * FROM identity.tenant_usage_daily
   WHERE tenant_id = $1 AND day >= (SELECT day FROM since)
)
SELECT day, coalesce(used.jobs_done, 0) AS jobs_done, coalesce(failed.jobs, 0) AS jobs_failed,
       coalesce(used.frames, 0) AS frames, coalesce(used.output_ms, 0) AS output_ms,
       coalesce(used.node_ms, 0) AS node_ms, coalesce(used.output_bytes, 0) AS output_bytes,
       coalesce(used.cost_units, 0) AS cost_units
  FROM used FULL JOIN failed USING (day)
 ORDER BY day DESC;
