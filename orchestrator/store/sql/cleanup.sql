-- name: cleanup_rules
-- Few rows. A tenant's own row, in force or not, takes it out of the row of all tenants.
SELECT s.id, s.tenant_id, s.kind, s.keep_s,
       ARRAY(SELECT o.tenant_id FROM file_mgr.cleanup_schedules AS o
              WHERE o.kind = s.kind AND o.tenant_id IS NOT NULL AND s.tenant_id IS NULL) AS others
  FROM file_mgr.cleanup_schedules AS s WHERE s.enabled
 ORDER BY s.kind, s.tenant_id NULLS LAST;

-- name: cleanup_note
UPDATE file_mgr.cleanup_schedules SET last_run_at = now(), last_dropped = $2 WHERE id = $1;

-- name: cleanup_job_take
-- The mark comes before the objects go: from then on nobody brings the job back, and no second
-- janitor takes it. $1 tenant, or null for all but $2; $3 seconds.
UPDATE render.render_jobs SET frames_dropped_at = now()
 WHERE id = ANY(ARRAY(
         SELECT id FROM render.render_jobs
          WHERE frames_dropped_at IS NULL AND finished_at < now() - make_interval(secs => $3)
            AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
            AND state = ANY($4::text[])
          ORDER BY finished_at LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED))
RETURNING id, frames_dropped_at AS taken_at;

-- name: cleanup_job_take_again
-- Jobs whose clearing broke off $1 seconds ago, and, once, those cleared $2 seconds ago.
UPDATE render.render_jobs
   SET swept_at = CASE WHEN objects_dropped_at IS NULL THEN swept_at ELSE now() END,
       frames_dropped_at = now(), objects_dropped_at = NULL
 WHERE id = ANY(ARRAY(
         SELECT id FROM render.render_jobs
          WHERE frames_dropped_at IS NOT NULL AND (objects_dropped_at IS NULL OR swept_at IS NULL)
            AND finished_at IS NOT NULL
            AND CASE WHEN objects_dropped_at IS NULL
                     THEN frames_dropped_at < now() - make_interval(secs => $1)
                     ELSE objects_dropped_at < now() - make_interval(secs => $2) END
          ORDER BY frames_dropped_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED))
RETURNING id, frames_dropped_at AS taken_at;

-- name: cleanup_job_keep
-- What is published, and bound copies whose own time is not over, those of failed jobs excepted.
SELECT object_key FROM render.exports WHERE job_id = $1 AND dropped_at IS NULL
UNION ALL
SELECT o.value ->> 'key' FROM render.render_jobs AS j
  JOIN render.tasks AS t ON t.job_id = j.id
 CROSS JOIN LATERAL jsonb_array_elements(t.outputs) AS o
 WHERE j.id = $1 AND j.state <> 'failed' AND j.bound_dropped_at IS NULL
   AND o.value ->> 'kind' = 'bound';

-- name: cleanup_job_done
-- Only by the janitor that took it last.
UPDATE render.render_jobs SET objects_dropped_at = now()
 WHERE id = $1 AND frames_dropped_at = $2 AND objects_dropped_at IS NULL RETURNING id;

-- name: cleanup_frames_drop
DELETE FROM render.frame_results AS r USING render.frame_jobs AS j
 WHERE j.job_id = $1 AND r.frame_job_id = j.id;

-- name: cleanup_events_drop
-- Progress is told twice a second and previews show objects that are gone by now; what became of
-- the job and its tasks stays as long as its tasks do.
DELETE FROM render.job_events WHERE job_id = $1 AND type IN ('progress', 'preview');

-- name: cleanup_bound_jobs
-- Ended for good, so nobody needs their bound copies again; in two parts for two indexes.
(SELECT id, false AS is_last FROM render.render_jobs
  WHERE frames_dropped_at IS NULL AND finished_at < now() - make_interval(secs => $3)
    AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
    AND state IN ('done', 'cancelled') AND bound_dropped_at IS NULL
  ORDER BY finished_at LIMIT $4)
UNION ALL
(SELECT id, tasks_dropped_at IS NOT NULL AND objects_dropped_at IS NOT NULL
   FROM render.render_jobs
  WHERE frames_dropped_at IS NOT NULL AND finished_at < now() - make_interval(secs => $3)
    AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
    AND state IN ('done', 'cancelled') AND bound_dropped_at IS NULL
  ORDER BY finished_at LIMIT $4);

-- name: cleanup_bound_keys
SELECT o.value ->> 'key' AS object_key FROM render.tasks AS t
 CROSS JOIN LATERAL jsonb_array_elements(t.outputs) AS o
 WHERE t.job_id = $1 AND o.value ->> 'kind' = 'bound';

-- name: cleanup_bound_note
UPDATE render.render_jobs SET bound_dropped_at = now()
 WHERE id = $1 AND bound_dropped_at IS NULL AND state IN ('done', 'cancelled');

-- name: cleanup_loose_tasks
-- Ended tasks without a job: scans and snapshots.
SELECT id FROM render.tasks
 WHERE job_id IS NULL AND objects_dropped_at IS NULL
   AND finished_at < now() - make_interval(secs => $3)
   AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
 ORDER BY id LIMIT $4;

-- name: cleanup_loose_note
UPDATE render.tasks SET objects_dropped_at = now()
 WHERE id = $1 AND job_id IS NULL AND objects_dropped_at IS NULL AND finished_at IS NOT NULL;

-- name: cleanup_loose_old
SELECT id FROM render.tasks
 WHERE job_id IS NULL AND finished_at < now() - make_interval(days => $1) ORDER BY id LIMIT $2;

-- name: cleanup_loose_delete
WITH gone AS (
  DELETE FROM render.tasks WHERE id = $1 AND job_id IS NULL AND finished_at IS NOT NULL
  RETURNING id
), attempts_gone AS (
  DELETE FROM render.attempts WHERE task_id = ANY(ARRAY(SELECT id FROM gone))
)
SELECT id FROM gone;

-- name: task_drop_old
-- Tasks, attempts and events of jobs that ended so long ago: all of a job at once and with its row
-- locked, so that nobody brings back a part of it. The job's row stays. The job is found by two
-- indexes, one for each half.
WITH old AS MATERIALIZED (
  (SELECT id FROM render.render_jobs
    WHERE frames_dropped_at IS NULL AND finished_at < now() - make_interval(days => $1)
      AND tasks_dropped_at IS NULL ORDER BY finished_at LIMIT $2)
  UNION ALL
  (SELECT id FROM render.render_jobs
    WHERE frames_dropped_at IS NOT NULL AND finished_at < now() - make_interval(days => $1)
      AND tasks_dropped_at IS NULL ORDER BY finished_at LIMIT $2)
), held AS MATERIALIZED (
  SELECT id FROM render.render_jobs
   WHERE id = ANY(ARRAY(SELECT id FROM old)) AND finished_at IS NOT NULL
     AND tasks_dropped_at IS NULL
     FOR NO KEY UPDATE SKIP LOCKED
), tasks_gone AS (
  DELETE FROM render.tasks WHERE job_id = ANY(ARRAY(SELECT id FROM held)) RETURNING id
), attempts_gone AS (
  DELETE FROM render.attempts WHERE task_id = ANY(ARRAY(SELECT id FROM tasks_gone))
), events_gone AS (
  DELETE FROM render.job_events WHERE job_id = ANY(ARRAY(SELECT id FROM held))
)
UPDATE render.render_jobs SET tasks_dropped_at = now() WHERE id = ANY(ARRAY(SELECT id FROM held));

-- name: cleanup_exports
SELECT id, tenant_id, object_key FROM render.exports
 WHERE dropped_at IS NULL AND published_at < now() - make_interval(secs => $3)
   AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
 ORDER BY published_at LIMIT $4;

-- name: cleanup_export_note
UPDATE render.exports SET dropped_at = now()
 WHERE tenant_id = $1 AND id = $2 AND dropped_at IS NULL;

-- name: cleanup_snapshots
-- A place holds the copies of every attempt that came so far, also of those that lost their lease.
SELECT id, tenant_id, format('snapshots/%s/%s/', tenant_id, cache_key) AS object_key
  FROM render.snapshots
 WHERE state <> 'queued' AND last_used_at < now() - make_interval(secs => $3)
   AND ($1::uuid IS NULL OR tenant_id = $1) AND NOT tenant_id = ANY($2::uuid[])
 ORDER BY last_used_at LIMIT $4;

-- name: cleanup_snapshot_delete
DELETE FROM render.snapshots WHERE tenant_id = $1 AND id = $2 AND state <> 'queued';

-- name: cleanup_fonts
-- Fonts that were deleted, but for those that a task still names: one that is not over, or one of
-- a failed job that a person may bring back. Only orders from before the deletion can name it; an
-- hour is left for those that were being written.
SELECT f.id, f.tenant_id, f.object_key FROM render.fonts AS f
 WHERE f.deleted_at < now() - make_interval(secs => $3)
   AND ($1::uuid IS NULL OR f.tenant_id = $1) AND NOT f.tenant_id = ANY($2::uuid[])
   AND NOT EXISTS (
     SELECT FROM render.render_jobs AS j JOIN render.tasks AS t ON t.job_id = j.id
      WHERE j.tenant_id = f.tenant_id AND j.created_at < f.deleted_at + interval '1 hour'
        AND j.frames_dropped_at IS NULL AND (j.finished_at IS NULL OR j.state = 'failed')
        AND t.inputs @> jsonb_build_array(jsonb_build_object('object_key', f.object_key)))
   AND NOT EXISTS (
     SELECT FROM render.tasks AS t
      WHERE t.job_id IS NULL AND t.finished_at IS NULL AND t.tenant_id = f.tenant_id
        AND t.inputs @> jsonb_build_array(jsonb_build_object('object_key', f.object_key)))
 ORDER BY f.deleted_at LIMIT $4;

-- name: cleanup_font_delete
-- What nodes told of it goes too, unless another tenant has the same font.
WITH gone AS (
  DELETE FROM render.fonts WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL
  RETURNING id, sha256
), told AS (
  DELETE FROM render.node_fonts AS n USING gone
   WHERE n.sha256 = gone.sha256 AND NOT EXISTS (
     SELECT FROM render.fonts AS f WHERE f.sha256 = gone.sha256 AND f.id <> gone.id)
)
SELECT count(*) FROM gone;

-- name: cleanup_files
-- As cleanup_fonts, of the media that a tenant sent.
SELECT f.id, f.tenant_id, f.object_key FROM file_mgr.files AS f
 WHERE f.deleted_at < now() - make_interval(secs => $3)
   AND ($1::uuid IS NULL OR f.tenant_id = $1) AND NOT f.tenant_id = ANY($2::uuid[])
   AND NOT EXISTS (
     SELECT FROM render.render_jobs AS j JOIN render.tasks AS t ON t.job_id = j.id
      WHERE j.tenant_id = f.tenant_id AND j.created_at < f.deleted_at + interval '1 hour'
        AND j.frames_dropped_at IS NULL AND (j.finished_at IS NULL OR j.state = 'failed')
        AND t.inputs @> jsonb_build_array(jsonb_build_object('object_key', f.object_key)))
   AND NOT EXISTS (
     SELECT FROM render.tasks AS t
      WHERE t.job_id IS NULL AND t.finished_at IS NULL AND t.tenant_id = f.tenant_id
        AND t.inputs @> jsonb_build_array(jsonb_build_object('object_key', f.object_key)))
 ORDER BY f.deleted_at LIMIT $4;

-- name: cleanup_file_delete
DELETE FROM file_mgr.files WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL;

-- name: cleanup_logs
-- Logs of attempts, long before the attempts themselves.
DELETE FROM render.attempt_logs WHERE ctid = ANY(ARRAY(
  SELECT l.ctid FROM render.attempt_logs AS l JOIN render.tasks AS t ON t.id = l.task_id
   WHERE l.at < now() - make_interval(secs => $3)
     AND ($1::uuid IS NULL OR t.tenant_id = $1) AND NOT t.tenant_id = ANY($2::uuid[])
   LIMIT $4));

-- name: cleanup_outbox
-- Ids grow with time: the first few tell whether any is old.
DELETE FROM render.outbox WHERE id = ANY(ARRAY(
  SELECT id FROM (SELECT id, created_at FROM render.outbox ORDER BY id LIMIT $2) AS first
   WHERE created_at < now() - make_interval(days => $1)));

-- name: cleanup_audit
DELETE FROM render.audit_log WHERE id = ANY(ARRAY(
  SELECT id FROM (SELECT id, at FROM render.audit_log ORDER BY id LIMIT $2) AS first
   WHERE at < now() - make_interval(days => $1)));

-- name: cleanup_bundles_take
-- Bundles that no project points at, no scan needs, and no render was made of for so long or may
-- still be tried again or mended:
-- the mark comes before the object goes, and from then on nobody begins to use it (bundle_use).
-- Those whose dropping broke off a quarter of an hour ago are taken again. Bundles belong to all
-- tenants whose content it is, so that a rule of one tenant drops none. Whoever writes `used_at`
-- first is seen here: the row is judged anew when its lock had to be waited for.
UPDATE render.bundles AS b
   SET going_at = now(), generation = b.generation + (b.going_at IS NULL)::integer
 WHERE b.bundle_id = ANY(ARRAY(
         SELECT o.bundle_id FROM render.bundles AS o
          WHERE o.dropped_at IS NULL AND o.used_at < now() - make_interval(secs => $3)
            AND (o.going_at IS NULL OR o.going_at < now() - interval '15 minutes')
            AND $1::uuid IS NULL AND $2::uuid[] IS NOT NULL
            AND NOT EXISTS (SELECT FROM content.projects AS p
                             WHERE p.bundle_md5 = o.md5 AND p.bundle_sha256 = o.sha256)
            AND NOT EXISTS (SELECT FROM render.render_jobs AS j
                             WHERE j.bundle_id = o.bundle_id
                               AND (j.finished_at IS NULL
                                    OR j.finished_at > now() - make_interval(secs => $3)
                                    OR j.frames_dropped_at IS NULL))
            AND NOT EXISTS (SELECT FROM render.tasks AS t
                             WHERE t.job_id IS NULL AND t.bundle_id = o.bundle_id
                               AND t.finished_at IS NULL)
          ORDER BY o.used_at LIMIT $4 FOR NO KEY UPDATE OF o SKIP LOCKED))
RETURNING b.bundle_id, b.object_key;

-- name: cleanup_bundle_note
UPDATE render.bundles SET dropped_at = now()
 WHERE bundle_id = $1 AND object_key = $2 AND going_at IS NOT NULL AND dropped_at IS NULL;
