-- name: manifest_write
-- With the end of its job, from the rows as they are then: tasks and attempts are dropped much
-- earlier than jobs. A job that was repaired by a person's wish is done again, with another video:
-- its manifest speaks of the video in force. $3 are the frames' hashes of a whole job; those of a
-- split one stand in its frames' rows until they are cleared.
INSERT INTO render.job_manifests AS m (job_id, tenant_id, manifest, inputs, frame_hashes)
SELECT j.id, j.tenant_id,
       jsonb_build_object(
         'convention_version', $4::integer, 'engine', $5::jsonb,
         'frames_sha256', (
           SELECT a.frames_sha256 FROM render.tasks AS t
             JOIN render.attempts AS a ON a.task_id = t.id AND a.attempt = t.attempt
            WHERE t.job_id = j.id AND t.kind IN ('render', 'export') LIMIT 1),
         'bundle', jsonb_build_object('md5', b.md5, 'sha256', b.sha256, 'size_bytes', b.size_bytes,
                                      'aep_path', b.aep_path),
         'outputs', coalesce((
           SELECT jsonb_agg(jsonb_build_object(
                    'kind', o.value ->> 'kind', 'content_type', o.value ->> 'content_type',
                    'size_bytes', o.value -> 'size_bytes', 'sha256', o.value ->> 'sha256',
                    'encoder', o.value ->> 'encoder'))
             FROM render.tasks AS t CROSS JOIN LATERAL jsonb_array_elements(t.outputs) AS o
            WHERE t.job_id = j.id AND t.kind IN ('render', 'export')
              AND o.value ->> 'kind' IN ('video', 'poster', 'thumbnail')), '[]'),
         'attempts', coalesce((
           SELECT jsonb_agg(one.told) FROM (
             SELECT jsonb_build_object(
                      'task_id', a.task_id, 'kind', t.kind, 'attempt', a.attempt,
                      'outcome', a.outcome, 'failure_code', a.failure_code,
                      'frames', f.frames::text, 'frames_done', a.frames_done,
                      'node_id', a.node_id, 'platform', n.platform,
                      'agent_version', n.agent_version, 'engine_version', a.engine_version,
                      'granted_at', a.granted_at, 'started_at', a.started_at,
                      'finished_at', a.finished_at) AS told
               FROM render.tasks AS t JOIN render.attempts AS a ON a.task_id = t.id
               JOIN render.nodes AS n ON n.id = a.node_id
               LEFT JOIN render.frame_jobs AS f ON f.task_id = t.id
              WHERE t.job_id = j.id ORDER BY a.granted_at, a.task_id LIMIT 2000) AS one), '[]')),
       coalesce((
         SELECT jsonb_agg(DISTINCT i.value) FROM render.tasks AS t
          CROSS JOIN LATERAL jsonb_array_elements(t.inputs) AS i
          WHERE t.job_id = j.id AND i.value ->> 'path' ~ '^(media|fonts)/'), '[]'),
       coalesce($3::bytea, (
         SELECT string_agg(r.sha256, ''::bytea ORDER BY r.frame)
           FROM render.frame_results AS r JOIN render.frame_jobs AS f ON f.id = r.frame_job_id
          WHERE f.job_id = j.id))
  FROM render.render_jobs AS j JOIN render.bundles AS b ON b.bundle_id = j.bundle_id
 WHERE j.tenant_id = $1 AND j.id = $2 AND j.state = 'done'
ON CONFLICT (job_id) DO UPDATE
   SET manifest = excluded.manifest, inputs = excluded.inputs,
       frame_hashes = excluded.frame_hashes, written_at = now();

-- name: manifest_get
SELECT j.id AS job_id, j.project_id, j.again_of, j.state, j.engine, j.plan, j.request, j.bind_spec,
       j.comp, j.width, j.height, j.fps_num, j.fps_den, j.frame_first, j.frames_total, j.priority,
       j.bundle_id, j.cost_weight, j.created_at, j.started_at, j.finished_at, m.manifest,
       m.inputs, m.frame_hashes, m.written_at, b.object_key AS bundle_key, b.md5 AS bundle_md5,
       b.sha256 AS bundle_sha256
  FROM render.render_jobs AS j
  LEFT JOIN render.job_manifests AS m ON m.job_id = j.id
  LEFT JOIN render.bundles AS b ON b.bundle_id = j.bundle_id
 WHERE j.tenant_id = $1 AND j.id = $2;

-- name: manifest_hashes
SELECT frame_hashes FROM render.job_manifests WHERE tenant_id = $1 AND job_id = $2;

-- name: job_insert_again
-- The same job once more under another id. A repeated call under the same Idempotency-Key comes
-- with the same id and changes nothing.
INSERT INTO render.render_jobs
       (id, tenant_id, project_id, api_key_id, plan, engine, request, bind_spec, bundle_id, comp,
        width, height, fps_num, fps_den, frame_first, frames_total, quality, container, alpha,
        has_voiceover, music_volume, sfx_volume, voiceover_volume, priority, cost_weight, again_of)
SELECT $3, tenant_id, project_id, $4, plan, engine, request, bind_spec, bundle_id, comp,
       width, height, fps_num, fps_den, frame_first, frames_total, quality, container, alpha,
       has_voiceover, music_volume, sfx_volume, voiceover_volume, $5, cost_weight, id
  FROM render.render_jobs WHERE tenant_id = $1 AND id = $2 AND state = 'done'
ON CONFLICT (id) DO NOTHING RETURNING id;
