-- name: pace_get
SELECT samples, bind_s, launch_s, open_s, first_frame_s, frame_s, frame_slowest_s, export_frame_s,
       frame_bytes, link_bytes_s, spread
  FROM render.template_pace WHERE tenant_id = $1 AND project_id = $2 AND engine = $3;

-- name: pace_seen
-- What the attempts of a done job that succeeded tell of its template. Where several drew, their
-- means are weighed by their frames; the whole time is told only where one node did all. Times
-- are read to the microsecond: what a node makes up must not leave the range of a number here.
WITH own AS MATERIALIZED (
  SELECT t.kind, greatest(a.frames_done, 1)::float8 AS frames, told.bind::float8,
         told.launch::float8, told.open::float8, told.first_frame::float8, told.frame::float8,
         told.frame_slowest::float8, told.export::float8, told.upload::float8,
         extract(epoch FROM a.finished_at - coalesce(a.started_at, a.granted_at))::float8 AS whole_s
    FROM render.tasks AS t JOIN render.attempts AS a ON a.task_id = t.id
   CROSS JOIN LATERAL jsonb_to_record(a.timings)
     AS told (bind numeric(14, 6), launch numeric(14, 6), open numeric(14, 6),
              first_frame numeric(14, 6), frame numeric(14, 6), frame_slowest numeric(14, 6),
              export numeric(14, 6), upload numeric(14, 6))
   WHERE t.job_id = $1 AND a.outcome = 'succeeded'
), kept AS (
  SELECT sum(r.size_bytes)::float8 AS bytes, count(*)::float8 AS frames
    FROM render.frame_jobs AS f JOIN render.frame_results AS r ON r.frame_job_id = f.id
   WHERE f.job_id = $1 AND r.object_key IS NOT NULL
), sent AS (
  SELECT sum(size_bytes)::float8 AS bytes FROM render.exports WHERE job_id = $1
)
SELECT max(j.tenant_id::text)::uuid AS tenant_id, max(j.project_id::text)::uuid AS project_id,
       max(j.engine) AS engine, max(j.frames_total) AS frames,
       sum(o.bind) AS bind_s, avg(o.launch) AS launch_s, avg(o.open) AS open_s,
       avg(o.first_frame) AS first_frame_s,
       sum(o.frame * o.frames) / nullif(sum(o.frames) FILTER (WHERE o.frame IS NOT NULL), 0)
         AS frame_s,
       max(o.frame_slowest) AS frame_slowest_s,
       sum(o.export) / max(j.frames_total) AS export_frame_s,
       max(kept.bytes / nullif(kept.frames, 0)) AS frame_bytes,
       CASE WHEN max(kept.frames) > 0
            THEN max(kept.bytes) / nullif(sum(o.upload) FILTER (WHERE o.kind = 'frames'), 0)
            ELSE max(sent.bytes) / nullif(sum(o.upload), 0) END AS link_bytes_s,
       CASE WHEN max(j.plan) = 'single' THEN sum(o.whole_s) END AS whole_s
  FROM render.render_jobs AS j CROSS JOIN own AS o CROSS JOIN kept CROSS JOIN sent
 WHERE j.id = $1 AND j.retries = 0;

-- name: pace_set
INSERT INTO render.template_pace (tenant_id, project_id, engine, samples, bind_s, launch_s, open_s,
                                  first_frame_s, frame_s, frame_slowest_s, export_frame_s,
                                  frame_bytes, link_bytes_s, spread)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (project_id, engine) DO UPDATE
  SET tenant_id = excluded.tenant_id, samples = excluded.samples, bind_s = excluded.bind_s,
      launch_s = excluded.launch_s, open_s = excluded.open_s,
      first_frame_s = excluded.first_frame_s, frame_s = excluded.frame_s,
      frame_slowest_s = excluded.frame_slowest_s, export_frame_s = excluded.export_frame_s,
      frame_bytes = excluded.frame_bytes, link_bytes_s = excluded.link_bytes_s,
      spread = excluded.spread, updated_at = now();

-- name: pace_get_many
-- Each looked up by itself (OFFSET 0): a join planned while the table was empty would walk it.
SELECT g.tenant_id, g.project_id, g.engine, p.*
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g (tenant_id, project_id, engine)
 CROSS JOIN LATERAL (
   SELECT i.samples, i.bind_s, i.launch_s, i.open_s, i.first_frame_s, i.frame_s, i.frame_slowest_s,
          i.export_frame_s, i.frame_bytes, i.link_bytes_s, i.spread
     FROM render.template_pace AS i
    WHERE i.tenant_id = g.tenant_id AND i.project_id = g.project_id AND i.engine = g.engine
   OFFSET 0) AS p;
