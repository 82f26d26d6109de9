-- name: editor_lock
-- Everybody who changes rows of a project takes this turn first: two imports, or an import and
-- an edit, cannot interleave. What only refers to the project does not wait.
SELECT version FROM content.projects
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
   FOR NO KEY UPDATE;

-- name: editor_touch
UPDATE content.projects SET version = version + 1, updated_at = now()
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: editor_rows
-- Every row of a project, deleted ones too, as JSON: a scan is compared with all of them.
WITH p AS (SELECT id FROM content.projects
            WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL)
SELECT 'scene' AS kind, p.id AS project_id, to_jsonb(r) AS data
  FROM p JOIN content.scenes r ON r.project_id = p.id
UNION ALL
SELECT 'element', p.id, to_jsonb(r)
  FROM p JOIN content.scenes s ON s.project_id = p.id
         JOIN content.scene_elements r ON r.scene_id = s.id
UNION ALL
SELECT 'scene_color', p.id, to_jsonb(r)
  FROM p JOIN content.scenes s ON s.project_id = p.id
         JOIN content.scene_color_elements r ON r.scene_id = s.id
UNION ALL
SELECT 'shared_color', p.id, to_jsonb(r)
  FROM p JOIN content.shared_colors r ON r.project_id = p.id
UNION ALL
SELECT 'control', p.id, to_jsonb(r)
  FROM p JOIN content.shared_controls r ON r.project_id = p.id
UNION ALL
SELECT 'preset', p.id, to_jsonb(r)
  FROM p JOIN content.color_presets r ON r.project_id = p.id;

-- name: editor_row_get
-- $2 is the kind: the other branches cost nothing. A child of a deleted scene is gone with it.
SELECT p.id AS project_id, f.kind, f.data
  FROM (SELECT 'scene' AS kind, r.project_id, to_jsonb(r) AS data
          FROM content.scenes r WHERE $2::text = 'scene' AND r.id = $3
        UNION ALL
        SELECT 'element', s.project_id, to_jsonb(r)
          FROM content.scene_elements r JOIN content.scenes s ON s.id = r.scene_id
         WHERE $2 = 'element' AND r.id = $3 AND s.deleted_at IS NULL
        UNION ALL
        SELECT 'scene_color', s.project_id, to_jsonb(r)
          FROM content.scene_color_elements r JOIN content.scenes s ON s.id = r.scene_id
         WHERE $2 = 'scene_color' AND r.id = $3 AND s.deleted_at IS NULL
        UNION ALL
        SELECT 'shared_color', r.project_id, to_jsonb(r)
          FROM content.shared_colors r WHERE $2 = 'shared_color' AND r.id = $3
        UNION ALL
        SELECT 'control', r.project_id, to_jsonb(r)
          FROM content.shared_controls r WHERE $2 = 'control' AND r.id = $3
        UNION ALL
        SELECT 'preset', r.project_id, to_jsonb(r)
          FROM content.color_presets r WHERE $2 = 'preset' AND r.id = $3) f
  JOIN content.projects p ON p.id = f.project_id
 WHERE p.tenant_id = $1 AND p.deleted_at IS NULL;

-- name: editor_row_page
-- $2 is the kind, $3 the project or scene that holds the list, ($4, $5) the last row of the page
-- before; live rows, or the deleted ones when $7 is true.
SELECT p.id AS project_id, f.kind, f.data
  FROM (SELECT 'scene' AS kind, r.project_id, r.position, r.id, r.deleted_at, to_jsonb(r) AS data
          FROM content.scenes r WHERE $2::text = 'scene' AND r.project_id = $3
        UNION ALL
        SELECT 'element', s.project_id, r.position, r.id, r.deleted_at, to_jsonb(r)
          FROM content.scene_elements r JOIN content.scenes s ON s.id = r.scene_id
         WHERE $2 = 'element' AND r.scene_id = $3
        UNION ALL
        SELECT 'scene_color', s.project_id, r.position, r.id, r.deleted_at, to_jsonb(r)
          FROM content.scene_color_elements r JOIN content.scenes s ON s.id = r.scene_id
         WHERE $2 = 'scene_color' AND r.scene_id = $3
        UNION ALL
        SELECT 'shared_color', r.project_id, r.position, r.id, r.deleted_at, to_jsonb(r)
          FROM content.shared_colors r WHERE $2 = 'shared_color' AND r.project_id = $3
        UNION ALL
        SELECT 'control', r.project_id, r.position, r.id, r.deleted_at, to_jsonb(r)
          FROM content.shared_controls r WHERE $2 = 'control' AND r.project_id = $3
        UNION ALL
        SELECT 'preset', r.project_id, r.position, r.id, r.deleted_at, to_jsonb(r)
          FROM content.color_presets r WHERE $2 = 'preset' AND r.project_id = $3) f
  JOIN content.projects p ON p.id = f.project_id
 WHERE p.tenant_id = $1 AND p.deleted_at IS NULL AND (f.deleted_at IS NOT NULL) = $7::boolean
   AND ($4::integer IS NULL OR (f.position, f.id) > ($4, $5::uuid))
 ORDER BY f.position, f.id
 LIMIT $6;

-- name: editor_scenes_write
-- $3 is a list of whole rows: one statement writes an import, an edit, a removal or a revival.
-- The row's project is the tenant's, or nothing is written.
INSERT INTO content.scenes AS t
       (id, project_id, key, title, comp, position, duration_s, min_s, max_s, overlap_s,
        poster_file_id, edited_fields, scanned, deleted_at)
SELECT r.id, p.id, r.key, r.title, r.comp, r.position, r.duration_s, r.min_s, r.max_s,
       r.overlap_s, r.poster_file_id, r.edited_fields, r.scanned,
       CASE WHEN r.deleted THEN now() END
  FROM jsonb_to_recordset($3::jsonb)
       AS r (id uuid, key text, title text, comp text, position integer, duration_s float8,
             min_s float8, max_s float8, overlap_s float8, poster_file_id uuid,
             edited_fields text[], scanned jsonb, deleted boolean)
  JOIN content.projects p ON p.tenant_id = $1 AND p.id = $2
ON CONFLICT (id) DO UPDATE
   SET title = excluded.title, comp = excluded.comp, position = excluded.position,
       duration_s = excluded.duration_s, min_s = excluded.min_s, max_s = excluded.max_s,
       overlap_s = excluded.overlap_s, poster_file_id = excluded.poster_file_id,
       edited_fields = excluded.edited_fields, scanned = excluded.scanned,
       deleted_at = excluded.deleted_at, updated_at = now()
 WHERE t.project_id = excluded.project_id;

-- name: editor_elements_write
INSERT INTO content.scene_elements AS t
       (id, scene_id, key, kind, title, layer, comp, property, position, default_value, required,
        options, length_max, direction, composer, digit_set, font, font_size, box, edited_fields,
        scanned, deleted_at)
SELECT r.id, s.id, r.key, r.kind, r.title, r.layer, r.comp, r.property, r.position,
       r.default_value, r.required, r.options, r.length_max, r.direction, r.composer, r.digit_set,
       r.font, r.font_size, r.box, r.edited_fields, r.scanned, CASE WHEN r.deleted THEN now() END
  FROM jsonb_to_recordset($3::jsonb)
       AS r (id uuid, parent uuid, key text, kind text, title text, layer text, comp text,
             property text, position integer, default_value text, required boolean, options jsonb,
             length_max integer, direction text, composer text, digit_set text, font text,
             font_size float8, box jsonb, edited_fields text[], scanned jsonb, deleted boolean)
  JOIN content.projects p ON p.tenant_id = $1 AND p.id = $2
  JOIN content.scenes s ON s.id = r.parent AND s.project_id = p.id
ON CONFLICT (id) DO UPDATE
   SET kind = excluded.kind, title = excluded.title, layer = excluded.layer,
       comp = excluded.comp, property = excluded.property, position = excluded.position,
       default_value = excluded.default_value, required = excluded.required,
       options = excluded.options, length_max = excluded.length_max,
       direction = excluded.direction, composer = excluded.composer,
       digit_set = excluded.digit_set, font = excluded.font, font_size = excluded.font_size,
       box = excluded.box, edited_fields = excluded.edited_fields, scanned = excluded.scanned,
       deleted_at = excluded.deleted_at, updated_at = now()
 WHERE t.scene_id = excluded.scene_id;

-- name: editor_scene_colors_write
INSERT INTO content.scene_color_elements AS t
       (id, scene_id, key, title, layer, comp, property, position, value, shared_color_id,
        edited_fields, scanned, deleted_at)
SELECT r.id, s.id, r.key, r.title, r.layer, r.comp, r.property, r.position, r.value, c.id,
       r.edited_fields, r.scanned, CASE WHEN r.deleted THEN now() END
  FROM jsonb_to_recordset($3::jsonb)
       AS r (id uuid, parent uuid, key text, title text, layer text, comp text, property text,
             position integer, value text, shared_color_id uuid, edited_fields text[],
             scanned jsonb, deleted boolean)
  JOIN content.projects p ON p.tenant_id = $1 AND p.id = $2
  JOIN content.scenes s ON s.id = r.parent AND s.project_id = p.id
  LEFT JOIN content.shared_colors c ON c.id = r.shared_color_id AND c.project_id = p.id
ON CONFLICT (id) DO UPDATE
   SET title = excluded.title, layer = excluded.layer, comp = excluded.comp,
       property = excluded.property, position = excluded.position, value = excluded.value,
       shared_color_id = excluded.shared_color_id, edited_fields = excluded.edited_fields,
       scanned = excluded.scanned, deleted_at = excluded.deleted_at, updated_at = now()
 WHERE t.scene_id = excluded.scene_id;

-- name: editor_shared_colors_write
INSERT INTO content.shared_colors AS t
       (id, project_id, key, title, position, value, edited_fields, scanned, deleted_at)
SELECT r.id, p.id, r.key, r.title, r.position, r.value, r.edited_fields, r.scanned,
       CASE WHEN r.deleted THEN now() END
  FROM jsonb_to_recordset($3::jsonb)
       AS r (id uuid, key text, title text, position integer, value text, edited_fields text[],
             scanned jsonb, deleted boolean)
  JOIN content.projects p ON p.tenant_id = $1 AND p.id = $2
ON CONFLICT (id) DO UPDATE
   SET title = excluded.title, position = excluded.position, value = excluded.value,
       edited_fields = excluded.edited_fields, scanned = excluded.scanned,
       deleted_at = excluded.deleted_at, updated_at = now()
 WHERE t.project_id = excluded.project_id;

-- name: editor_controls_write
INSERT INTO content.shared_controls AS t
       (id, project_id, key, title, position, value, options, edited_fields, scanned, deleted_at)
SELECT r.id, p.id, r.key, r.title, r.position, r.value, r.options, r.edited_fields, r.scanned,
       CASE WHEN r.deleted THEN now() END
  FROM jsonb_to_recordset($3::jsonb)
       AS r (id uuid, key text, title text, position integer, value smallint, options jsonb,
             edited_fields text[], scanned jsonb, deleted boolean)
  JOIN content.projects p ON p.tenant_id = $1 AND p.id = $2
ON CONFLICT (id) DO UPDATE
   SET title = excluded.title, position = excluded.position, value = excluded.value,
       options = excluded.options, edited_fields = excluded.edited_fields,
       scanned = excluded.scanned, deleted_at = excluded.deleted_at, updated_at = now()
 WHERE t.project_id = excluded.project_id;

-- name: editor_presets_write
INSERT INTO content.color_presets AS t (id, project_id, title, colors, position, deleted_at)
SELECT r.id, p.id, r.title, r.colors, r.position, CASE WHEN r.deleted THEN now() END
  FROM jsonb_to_recordset($3::jsonb)
       AS r (id uuid, title text, colors jsonb, position integer, deleted boolean)
  JOIN content.projects p ON p.tenant_id = $1 AND p.id = $2
ON CONFLICT (id) DO UPDATE
   SET title = excluded.title, colors = excluded.colors, position = excluded.position,
       deleted_at = excluded.deleted_at, updated_at = now()
 WHERE t.project_id = excluded.project_id;

-- name: editor_marks
-- What a comparison of rows and scan depends on: every change of a row counts the version up.
SELECT p.version, p.bundle_md5, p.scan_bundle_md5, p.scanned_at, j.result_at
  FROM content.projects p
  LEFT JOIN render.render_scan_jobs j
    ON j.tenant_id = p.tenant_id AND j.project_id = p.id AND j.id = $3::uuid
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.deleted_at IS NULL;

-- name: editor_scan_job_get
-- A full scan that succeeded; `current` tells whether it speaks of the bundle that is there now.
SELECT j.result AS scan, j.engine, j.result_at AS scanned_at,
       coalesce(b.md5 = p.bundle_md5 AND b.sha256 = p.bundle_sha256, false) AS current
  FROM render.render_scan_jobs j
  JOIN content.projects p
    ON p.id = j.project_id AND p.tenant_id = j.tenant_id AND p.deleted_at IS NULL
  LEFT JOIN render.bundles b ON b.bundle_id = j.bundle_id
 WHERE j.tenant_id = $1 AND j.project_id = $2 AND j.id = $3 AND j.state = 'succeeded';

-- name: editor_scan_get
SELECT scan, scan_engine AS engine, scanned_at, true AS current
  FROM content.projects
 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL AND scan_bundle_md5 = bundle_md5;
