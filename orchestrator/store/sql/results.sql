-- name: result_get
-- What stands as a job's video, poster or small picture, with what names a download of it.
SELECT e.object_key, e.media_type, p.name AS project
  FROM render.exports e
  JOIN render.render_jobs j ON j.id = e.job_id AND j.tenant_id = e.tenant_id
  LEFT JOIN content.projects p ON p.id = j.project_id AND p.tenant_id = j.tenant_id
 WHERE e.tenant_id = $1 AND e.job_id = $2 AND e.kind = $3
   AND e.dropped_at IS NULL AND e.superseded_at IS NULL
 LIMIT 1;

-- name: result_previews
-- The newest small picture of each frame; of many frames a choice that is spread over the video
-- and ends with the last one.
SELECT frame
  FROM (SELECT frame, row_number() OVER (ORDER BY frame) - 1 AS place, count(*) OVER () AS many
          FROM (SELECT DISTINCT (payload ->> 'frame')::integer AS frame
                  FROM render.job_events
                 WHERE tenant_id = $1 AND job_id = $2 AND type = 'preview') every) placed
 WHERE place % greatest(1, ceil(many / $3::numeric)::bigint) = 0 OR place = many - 1
 ORDER BY frame;

-- name: result_preview
SELECT payload ->> 'key' AS key
  FROM render.job_events
 WHERE tenant_id = $1 AND job_id = $2 AND type = 'preview'
   AND (payload ->> 'frame')::integer = $3
 ORDER BY id DESC
 LIMIT 1;
