TABLE content.blogs
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  author_id uuid
  slug text NOT NULL
  locale text NOT NULL DEFAULT 'en'::text
  title text NOT NULL
  summary text NOT NULL DEFAULT ''::text
  body text NOT NULL DEFAULT ''::text
  cover_file_id uuid
  state text NOT NULL DEFAULT 'draft'::text
  published_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT blogs_pkey PRIMARY KEY (id)
  CONSTRAINT blogs_published_has_time CHECK (((state <> 'published'::text) OR (published_at IS NOT NULL)))
  CONSTRAINT blogs_slug_check CHECK ((slug <> ''::text))
  CONSTRAINT blogs_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
  CONSTRAINT blogs_title_check CHECK ((title <> ''::text))
  CREATE UNIQUE INDEX blogs_slug_once ON content.blogs USING btree (tenant_id, locale, slug) WHERE (deleted_at IS NULL)

TABLE content.categories
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  parent_id uuid
  slug text NOT NULL
  title text NOT NULL
  position integer NOT NULL DEFAULT 0
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT categories_not_own_parent CHECK ((parent_id <> id))
  CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES content.categories(id) ON DELETE RESTRICT
  CONSTRAINT categories_pkey PRIMARY KEY (id)
  CONSTRAINT categories_position_check CHECK (("position" >= 0))
  CONSTRAINT categories_slug_check CHECK ((slug <> ''::text))
  CONSTRAINT categories_title_check CHECK ((title <> ''::text))
  CREATE INDEX categories_by_parent ON content.categories USING btree (parent_id, "position")
  CREATE UNIQUE INDEX categories_slug_once ON content.categories USING btree (tenant_id, slug)

TABLE content.characters
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  name text NOT NULL
  poses jsonb NOT NULL DEFAULT '[]'::jsonb
  state text NOT NULL DEFAULT 'draft'::text
  position integer NOT NULL DEFAULT 0
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT characters_name_check CHECK ((name <> ''::text))
  CONSTRAINT characters_pkey PRIMARY KEY (id)
  CONSTRAINT characters_position_check CHECK (("position" >= 0))
  CONSTRAINT characters_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
  CREATE UNIQUE INDEX characters_name_once ON content.characters USING btree (tenant_id, name) WHERE (deleted_at IS NULL)

TABLE content.color_presets
  id uuid NOT NULL DEFAULT gen_random_uuid()
  project_id uuid NOT NULL
  title text NOT NULL
  colors jsonb NOT NULL
  position integer NOT NULL DEFAULT 0
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT color_presets_colors_check CHECK ((jsonb_typeof(colors) = 'object'::text))
  CONSTRAINT color_presets_pkey PRIMARY KEY (id)
  CONSTRAINT color_presets_position_check CHECK (("position" >= 0))
  CONSTRAINT color_presets_project_id_fkey FOREIGN KEY (project_id) REFERENCES content.projects(id) ON DELETE CASCADE
  CONSTRAINT color_presets_title_check CHECK ((title <> ''::text))
  CREATE UNIQUE INDEX color_presets_title_once ON content.color_presets USING btree (project_id, title)

TABLE content.pages
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  slug text NOT NULL
  locale text NOT NULL DEFAULT 'en'::text
  title text NOT NULL
  body text NOT NULL DEFAULT ''::text
  state text NOT NULL DEFAULT 'draft'::text
  published_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT pages_pkey PRIMARY KEY (id)
  CONSTRAINT pages_published_has_time CHECK (((state <> 'published'::text) OR (published_at IS NOT NULL)))
  CONSTRAINT pages_slug_check CHECK ((slug <> ''::text))
  CONSTRAINT pages_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
  CONSTRAINT pages_title_check CHECK ((title <> ''::text))
  CREATE UNIQUE INDEX pages_slug_once ON content.pages USING btree (tenant_id, locale, slug) WHERE (deleted_at IS NULL)

TABLE content.projects
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  template_id uuid
  name text NOT NULL
  state text NOT NULL DEFAULT 'draft'::text
  aspect text
  width integer
  height integer
  fps_num integer
  fps_den integer
  frames integer
  final_comp text
  mode text
  convention_version smallint NOT NULL DEFAULT 1
  bundle_kind text
  bundle_md5 text
  bundle_sha256 text
  bundle_size_bytes bigint
  bundle_object_key text
  bundle_uploaded_at timestamp with time zone
  scan jsonb
  scan_engine text
  scan_bundle_md5 text
  scanned_at timestamp with time zone
  version integer NOT NULL DEFAULT 1
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT projects_aspect_check CHECK ((aspect ~ '^[0-9]+:[0-9]+$'::text))
  CONSTRAINT projects_bundle_is_whole CHECK ((num_nulls(bundle_kind, bundle_md5, bundle_sha256, bundle_size_bytes, bundle_object_key, bundle_uploaded_at) = ANY (ARRAY[0, 6])))
  CONSTRAINT projects_bundle_kind_check CHECK ((bundle_kind = ANY (ARRAY['zip'::text, 'aep'::text])))
  CONSTRAINT projects_bundle_md5_check CHECK ((bundle_md5 ~ '^[0-9a-f]{32}$'::text))
  CONSTRAINT projects_bundle_sha256_check CHECK ((bundle_sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT projects_bundle_size_bytes_check CHECK ((bundle_size_bytes > 0))
  CONSTRAINT projects_convention_version_check CHECK ((convention_version > 0))
  CONSTRAINT projects_fps_den_check CHECK ((fps_den > 0))
  CONSTRAINT projects_fps_is_whole CHECK (((fps_num IS NULL) = (fps_den IS NULL)))
  CONSTRAINT projects_fps_num_check CHECK ((fps_num > 0))
  CONSTRAINT projects_frames_check CHECK ((frames > 0))
  CONSTRAINT projects_height_check CHECK (((height >= 1) AND (height <= 30000)))
  CONSTRAINT projects_mode_check CHECK ((mode = ANY (ARRAY['fix'::text, 'music_visualizer'::text, 'flexible'::text, 'mockup'::text, 'free'::text])))
  CONSTRAINT projects_name_check CHECK ((name <> ''::text))
  CONSTRAINT projects_pkey PRIMARY KEY (id)
  CONSTRAINT projects_published_has_bundle CHECK (((state <> 'published'::text) OR (bundle_md5 IS NOT NULL)))
  CONSTRAINT projects_scan_bundle_md5_check CHECK ((scan_bundle_md5 ~ '^[0-9a-f]{32}$'::text))
  CONSTRAINT projects_scan_engine_check CHECK ((scan_engine = ANY (ARRAY['quick'::text, 'full'::text])))
  CONSTRAINT projects_scan_is_whole CHECK ((num_nulls(scan, scan_engine, scan_bundle_md5, scanned_at) = ANY (ARRAY[0, 4])))
  CONSTRAINT projects_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
  CONSTRAINT projects_template_id_fkey FOREIGN KEY (template_id) REFERENCES content.templates(id) ON DELETE SET NULL
  CONSTRAINT projects_version_check CHECK ((version > 0))
  CONSTRAINT projects_width_check CHECK (((width >= 1) AND (width <= 30000)))
  CREATE INDEX projects_by_bundle ON content.projects USING btree (bundle_md5)
  CREATE INDEX projects_by_template ON content.projects USING btree (template_id)
  CREATE INDEX projects_by_tenant_newest ON content.projects USING btree (tenant_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL)

TABLE content.scene_color_elements
  id uuid NOT NULL DEFAULT gen_random_uuid()
  scene_id uuid NOT NULL
  shared_color_id uuid
  key text NOT NULL
  title text NOT NULL DEFAULT ''::text
  layer text NOT NULL
  value text NOT NULL
  notation text NOT NULL DEFAULT 'rgba'::text
  position integer NOT NULL DEFAULT 0
  edited_fields text[] NOT NULL DEFAULT '{}'::text[]
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  comp text
  property text
  scanned jsonb
  CONSTRAINT scene_color_elements_key_check CHECK ((key <> ''::text))
  CONSTRAINT scene_color_elements_notation_check CHECK ((notation = ANY (ARRAY['rgba'::text, 'rgb'::text, 'hex'::text])))
  CONSTRAINT scene_color_elements_pkey PRIMARY KEY (id)
  CONSTRAINT scene_color_elements_position_check CHECK (("position" >= 0))
  CONSTRAINT scene_color_elements_scanned_check CHECK ((jsonb_typeof(scanned) = 'object'::text))
  CONSTRAINT scene_color_elements_scene_id_fkey FOREIGN KEY (scene_id) REFERENCES content.scenes(id) ON DELETE CASCADE
  CONSTRAINT scene_color_elements_shared_color_id_fkey FOREIGN KEY (shared_color_id) REFERENCES content.shared_colors(id) ON DELETE SET NULL
  CONSTRAINT scene_color_elements_value_check CHECK ((value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'::text))
  CREATE INDEX scene_color_elements_by_shared_color ON content.scene_color_elements USING btree (shared_color_id)
  CREATE UNIQUE INDEX scene_color_elements_key_once ON content.scene_color_elements USING btree (scene_id, key)

TABLE content.scene_elements
  id uuid NOT NULL DEFAULT gen_random_uuid()
  scene_id uuid NOT NULL
  key text NOT NULL
  kind text NOT NULL
  title text NOT NULL DEFAULT ''::text
  layer text NOT NULL
  position integer NOT NULL DEFAULT 0
  default_value text
  required boolean NOT NULL DEFAULT false
  options jsonb NOT NULL DEFAULT '[]'::jsonb
  length_max integer
  direction text
  composer text
  digit_set text
  font text
  font_size double precision
  box jsonb
  edited_fields text[] NOT NULL DEFAULT '{}'::text[]
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  comp text
  property text
  scanned jsonb
  CONSTRAINT scene_elements_composer_check CHECK ((composer = ANY (ARRAY['universal'::text, 'latin'::text])))
  CONSTRAINT scene_elements_direction_check CHECK ((direction = ANY (ARRAY['rtl'::text, 'ltr'::text])))
  CONSTRAINT scene_elements_font_size_check CHECK ((font_size > (0)::double precision))
  CONSTRAINT scene_elements_key_check CHECK ((key <> ''::text))
  CONSTRAINT scene_elements_kind_check CHECK ((kind = ANY (ARRAY['text'::text, 'textarea'::text, 'media'::text, 'audio'::text, 'checkbox'::text, 'dropdown'::text, 'fill'::text, 'color'::text, 'number'::text])))
  CONSTRAINT scene_elements_length_max_check CHECK ((length_max > 0))
  CONSTRAINT scene_elements_pkey PRIMARY KEY (id)
  CONSTRAINT scene_elements_position_check CHECK (("position" >= 0))
  CONSTRAINT scene_elements_scanned_check CHECK ((jsonb_typeof(scanned) = 'object'::text))
  CONSTRAINT scene_elements_scene_id_fkey FOREIGN KEY (scene_id) REFERENCES content.scenes(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX scene_elements_key_once ON content.scene_elements USING btree (scene_id, key)

TABLE content.scenes
  id uuid NOT NULL DEFAULT gen_random_uuid()
  project_id uuid NOT NULL
  key text NOT NULL
  title text NOT NULL DEFAULT ''::text
  comp text
  position integer NOT NULL DEFAULT 0
  duration_s double precision
  min_s double precision
  max_s double precision
  overlap_s double precision NOT NULL DEFAULT 0
  poster_file_id uuid
  edited_fields text[] NOT NULL DEFAULT '{}'::text[]
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  scanned jsonb
  snapshot_key text
  CONSTRAINT scenes_duration_s_check CHECK ((duration_s > (0)::double precision))
  CONSTRAINT scenes_key_check CHECK ((key <> ''::text))
  CONSTRAINT scenes_lengths_in_order CHECK (((min_s IS NULL) OR (max_s IS NULL) OR (min_s <= max_s)))
  CONSTRAINT scenes_max_s_check CHECK ((max_s > (0)::double precision))
  CONSTRAINT scenes_min_s_check CHECK ((min_s > (0)::double precision))
  CONSTRAINT scenes_overlap_s_check CHECK ((overlap_s >= (0)::double precision))
  CONSTRAINT scenes_pkey PRIMARY KEY (id)
  CONSTRAINT scenes_position_check CHECK (("position" >= 0))
  CONSTRAINT scenes_project_id_fkey FOREIGN KEY (project_id) REFERENCES content.projects(id) ON DELETE CASCADE
  CONSTRAINT scenes_scanned_check CHECK ((jsonb_typeof(scanned) = 'object'::text))
  CONSTRAINT scenes_snapshot_key_check CHECK ((snapshot_key ~ '^[0-9a-f]{64}$'::text))
  CREATE INDEX scenes_in_order ON content.scenes USING btree (project_id, "position") WHERE (deleted_at IS NULL)
  CREATE UNIQUE INDEX scenes_key_once ON content.scenes USING btree (project_id, key)

TABLE content.shared_colors
  id uuid NOT NULL DEFAULT gen_random_uuid()
  project_id uuid NOT NULL
  key text NOT NULL
  title text NOT NULL DEFAULT ''::text
  value text NOT NULL
  notation text NOT NULL DEFAULT 'rgba'::text
  position integer NOT NULL DEFAULT 0
  edited_fields text[] NOT NULL DEFAULT '{}'::text[]
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  scanned jsonb
  CONSTRAINT shared_colors_key_check CHECK ((key <> ''::text))
  CONSTRAINT shared_colors_notation_check CHECK ((notation = ANY (ARRAY['rgba'::text, 'rgb'::text, 'hex'::text])))
  CONSTRAINT shared_colors_pkey PRIMARY KEY (id)
  CONSTRAINT shared_colors_position_check CHECK (("position" >= 0))
  CONSTRAINT shared_colors_project_id_fkey FOREIGN KEY (project_id) REFERENCES content.projects(id) ON DELETE CASCADE
  CONSTRAINT shared_colors_scanned_check CHECK ((jsonb_typeof(scanned) = 'object'::text))
  CONSTRAINT shared_colors_value_check CHECK ((value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'::text))
  CREATE UNIQUE INDEX shared_colors_key_once ON content.shared_colors USING btree (project_id, key)

TABLE content.shared_controls
  id uuid NOT NULL DEFAULT gen_random_uuid()
  project_id uuid NOT NULL
  key text NOT NULL
  title text NOT NULL DEFAULT ''::text
  value smallint NOT NULL
  options jsonb NOT NULL DEFAULT '[]'::jsonb
  position integer NOT NULL DEFAULT 0
  edited_fields text[] NOT NULL DEFAULT '{}'::text[]
  scanned jsonb
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT shared_controls_key_check CHECK ((key <> ''::text))
  CONSTRAINT shared_controls_options_check CHECK ((jsonb_typeof(options) = 'array'::text))
  CONSTRAINT shared_controls_pkey PRIMARY KEY (id)
  CONSTRAINT shared_controls_position_check CHECK (("position" >= 0))
  CONSTRAINT shared_controls_project_id_fkey FOREIGN KEY (project_id) REFERENCES content.projects(id) ON DELETE CASCADE
  CONSTRAINT shared_controls_scanned_check CHECK ((jsonb_typeof(scanned) = 'object'::text))
  CONSTRAINT shared_controls_value_check CHECK (((value >= 0) AND (value <= 3)))
  CREATE UNIQUE INDEX shared_controls_key_once ON content.shared_controls USING btree (project_id, key)

TABLE content.slides
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  locale text NOT NULL DEFAULT 'en'::text
  title text NOT NULL DEFAULT ''::text
  link text
  image_file_id uuid
  position integer NOT NULL DEFAULT 0
  shown_from timestamp with time zone
  shown_until timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT slides_end_after_start CHECK (((shown_from IS NULL) OR (shown_until IS NULL) OR (shown_until > shown_from)))
  CONSTRAINT slides_link_check CHECK ((link ~ '^(/|https?://)'::text))
  CONSTRAINT slides_pkey PRIMARY KEY (id)
  CONSTRAINT slides_position_check CHECK (("position" >= 0))
  CREATE INDEX slides_in_order ON content.slides USING btree (tenant_id, locale, "position")

TABLE content.tags
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  slug text NOT NULL
  title text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT tags_pkey PRIMARY KEY (id)
  CONSTRAINT tags_slug_check CHECK ((slug <> ''::text))
  CONSTRAINT tags_title_check CHECK ((title <> ''::text))
  CREATE UNIQUE INDEX tags_slug_once ON content.tags USING btree (tenant_id, slug)

TABLE content.template_svg_previews
  id uuid NOT NULL DEFAULT gen_random_uuid()
  project_id uuid NOT NULL
  scene_key text
  source_file_id uuid NOT NULL
  source_sha256 text NOT NULL
  svg text NOT NULL
  colors smallint NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  fills jsonb NOT NULL DEFAULT '[]'::jsonb
  CONSTRAINT template_svg_previews_colors_check CHECK (((colors >= 1) AND (colors <= 64)))
  CONSTRAINT template_svg_previews_fills_check CHECK ((jsonb_typeof(fills) = 'array'::text))
  CONSTRAINT template_svg_previews_pkey PRIMARY KEY (id)
  CONSTRAINT template_svg_previews_project_id_fkey FOREIGN KEY (project_id) REFERENCES content.projects(id) ON DELETE CASCADE
  CONSTRAINT template_svg_previews_source_sha256_check CHECK ((source_sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT template_svg_previews_svg_check CHECK ((octet_length(svg) <= 1048576))
  CREATE UNIQUE INDEX template_svg_previews_once ON content.template_svg_previews USING btree (project_id, COALESCE(scene_key, ''::text), source_sha256)

TABLE content.template_tags
  template_id uuid NOT NULL
  tag_id uuid NOT NULL
  CONSTRAINT template_tags_pkey PRIMARY KEY (template_id, tag_id)
  CONSTRAINT template_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES content.tags(id) ON DELETE CASCADE
  CONSTRAINT template_tags_template_id_fkey FOREIGN KEY (template_id) REFERENCES content.templates(id) ON DELETE CASCADE
  CREATE INDEX template_tags_by_tag ON content.template_tags USING btree (tag_id)

TABLE content.templates
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  category_id uuid
  slug text NOT NULL
  name text NOT NULL
  description text NOT NULL DEFAULT ''::text
  state text NOT NULL DEFAULT 'draft'::text
  poster_file_id uuid
  preview_file_id uuid
  published_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT templates_category_id_fkey FOREIGN KEY (category_id) REFERENCES content.categories(id) ON DELETE SET NULL
  CONSTRAINT templates_name_check CHECK ((name <> ''::text))
  CONSTRAINT templates_pkey PRIMARY KEY (id)
  CONSTRAINT templates_published_has_time CHECK (((state <> 'published'::text) OR (published_at IS NOT NULL)))
  CONSTRAINT templates_slug_check CHECK ((slug <> ''::text))
  CONSTRAINT templates_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'archived'::text])))
  CREATE INDEX templates_by_category ON content.templates USING btree (category_id)
  CREATE UNIQUE INDEX templates_slug_once ON content.templates USING btree (tenant_id, slug) WHERE (deleted_at IS NULL)

TABLE file_mgr.cleanup_schedules
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid
  kind text NOT NULL
  keep_s bigint NOT NULL
  enabled boolean NOT NULL DEFAULT true
  last_run_at timestamp with time zone
  last_dropped integer NOT NULL DEFAULT 0
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT cleanup_schedules_keep_s_check CHECK ((keep_s >= 0))
  CONSTRAINT cleanup_schedules_kind_check CHECK ((kind = ANY (ARRAY['frames'::text, 'bound_copies'::text, 'failed_jobs'::text, 'exports'::text, 'snapshots'::text, 'uploads'::text, 'deleted_files'::text, 'logs'::text, 'bundles'::text])))
  CONSTRAINT cleanup_schedules_last_dropped_check CHECK ((last_dropped >= 0))
  CONSTRAINT cleanup_schedules_pkey PRIMARY KEY (id)
  CREATE UNIQUE INDEX cleanup_schedules_once ON file_mgr.cleanup_schedules USING btree (COALESCE(tenant_id, '00000000-0000-0000-0000-000000000000'::uuid), kind)

TABLE file_mgr.files
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  folder_id uuid
  user_id uuid
  name text NOT NULL
  kind text NOT NULL
  state text NOT NULL DEFAULT 'uploading'::text
  media_type text
  object_key text
  size_bytes bigint
  sha256 text
  original_object_key text
  original_size_bytes bigint
  original_sha256 text
  width integer
  height integer
  fps_num integer
  fps_den integer
  duration_s double precision
  has_audio boolean
  refusal_code text
  refusal_message text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  ready_at timestamp with time zone
  last_used_at timestamp with time zone
  deleted_at timestamp with time zone
  CONSTRAINT files_deleted_has_time CHECK (((state = 'deleted'::text) = (deleted_at IS NOT NULL)))
  CONSTRAINT files_duration_s_check CHECK ((duration_s >= (0)::double precision))
  CONSTRAINT files_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES file_mgr.folders(id) ON DELETE SET NULL
  CONSTRAINT files_fps_den_check CHECK ((fps_den > 0))
  CONSTRAINT files_fps_num_check CHECK ((fps_num > 0))
  CONSTRAINT files_height_check CHECK ((height > 0))
  CONSTRAINT files_kind_check CHECK ((kind = ANY (ARRAY['image'::text, 'video'::text, 'audio'::text, 'font'::text, 'other'::text])))
  CONSTRAINT files_name_check CHECK ((name <> ''::text))
  CONSTRAINT files_original_sha256_check CHECK ((original_sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT files_original_size_bytes_check CHECK ((original_size_bytes >= 0))
  CONSTRAINT files_pkey PRIMARY KEY (id)
  CONSTRAINT files_ready_is_described CHECK (((state <> 'ready'::text) OR ((object_key IS NOT NULL) AND (size_bytes IS NOT NULL) AND (sha256 IS NOT NULL) AND (media_type IS NOT NULL) AND (ready_at IS NOT NULL))))
  CONSTRAINT files_refused_has_reason CHECK (((state <> 'refused'::text) OR ((refusal_code IS NOT NULL) AND (refusal_message IS NOT NULL))))
  CONSTRAINT files_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT files_size_bytes_check CHECK ((size_bytes >= 0))
  CONSTRAINT files_state_check CHECK ((state = ANY (ARRAY['uploading'::text, 'ready'::text, 'refused'::text, 'deleted'::text])))
  CONSTRAINT files_width_check CHECK ((width > 0))
  CREATE INDEX files_by_content ON file_mgr.files USING btree (tenant_id, original_sha256)
  CREATE INDEX files_by_folder ON file_mgr.files USING btree (folder_id)
  CREATE INDEX files_by_tenant_newest ON file_mgr.files USING btree (tenant_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL)
  CREATE INDEX files_deleted ON file_mgr.files USING btree (deleted_at) WHERE (deleted_at IS NOT NULL)

TABLE file_mgr.folders
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  parent_id uuid
  name text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT folders_name_check CHECK ((name <> ''::text))
  CONSTRAINT folders_not_own_parent CHECK ((parent_id <> id))
  CONSTRAINT folders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES file_mgr.folders(id) ON DELETE CASCADE
  CONSTRAINT folders_pkey PRIMARY KEY (id)
  CREATE INDEX folders_by_parent ON file_mgr.folders USING btree (parent_id)
  CREATE UNIQUE INDEX folders_name_once ON file_mgr.folders USING btree (tenant_id, COALESCE(parent_id, '00000000-0000-0000-0000-000000000000'::uuid), name)

TABLE file_mgr.quotas
  tenant_id uuid NOT NULL
  bytes_max bigint
  files_max integer
  file_bytes_max bigint
  bytes_used bigint NOT NULL DEFAULT 0
  files_used integer NOT NULL DEFAULT 0
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT quotas_bytes_max_check CHECK ((bytes_max >= 0))
  CONSTRAINT quotas_bytes_used_check CHECK ((bytes_used >= 0))
  CONSTRAINT quotas_file_bytes_max_check CHECK ((file_bytes_max > 0))
  CONSTRAINT quotas_files_max_check CHECK ((files_max >= 0))
  CONSTRAINT quotas_files_used_check CHECK ((files_used >= 0))
  CONSTRAINT quotas_pkey PRIMARY KEY (tenant_id)

TABLE file_mgr.upload_parts
  upload_id uuid NOT NULL
  number integer NOT NULL
  tenant_id uuid NOT NULL
  size_bytes bigint NOT NULL
  sha256 text NOT NULL
  received_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT upload_parts_number_check CHECK (((number >= 1) AND (number <= 10000)))
  CONSTRAINT upload_parts_pkey PRIMARY KEY (upload_id, number)
  CONSTRAINT upload_parts_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT upload_parts_size_bytes_check CHECK ((size_bytes > 0))
  CONSTRAINT upload_parts_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES file_mgr.upload_sessions(id) ON DELETE CASCADE

TABLE file_mgr.upload_sessions
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  file_id uuid
  project_id uuid
  state text NOT NULL DEFAULT 'open'::text
  object_key text NOT NULL
  storage_upload_id text
  size_bytes bigint NOT NULL
  part_size_bytes bigint NOT NULL
  received_bytes bigint NOT NULL DEFAULT 0
  parts jsonb NOT NULL DEFAULT '[]'::jsonb
  sha256 text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone NOT NULL
  finished_at timestamp with time zone
  name text NOT NULL DEFAULT 'file'::text
  method text NOT NULL DEFAULT 'resumable'::text
  md5 text
  refusal_code text
  refusal_message text
  dropped_at timestamp with time zone
  CONSTRAINT upload_sessions_completed_is_all CHECK (((state <> 'completed'::text) OR (received_bytes = size_bytes)))
  CONSTRAINT upload_sessions_expire_later CHECK ((expires_at > created_at))
  CONSTRAINT upload_sessions_finished_has_time CHECK (((state = 'open'::text) = (finished_at IS NULL)))
  CONSTRAINT upload_sessions_has_target CHECK ((num_nonnulls(file_id, project_id) = 1))
  CONSTRAINT upload_sessions_md5_check CHECK ((md5 ~ '^[0-9a-f]{32}$'::text))
  CONSTRAINT upload_sessions_method_check CHECK ((method = ANY (ARRAY['resumable'::text, 'presigned'::text])))
  CONSTRAINT upload_sessions_name_check CHECK ((name <> ''::text))
  CONSTRAINT upload_sessions_part_size_bytes_check CHECK ((part_size_bytes > 0))
  CONSTRAINT upload_sessions_pkey PRIMARY KEY (id)
  CONSTRAINT upload_sessions_received_bytes_check CHECK ((received_bytes >= 0))
  CONSTRAINT upload_sessions_received_in_size CHECK ((received_bytes <= size_bytes))
  CONSTRAINT upload_sessions_refused_has_reason CHECK (((state = 'refused'::text) = ((refusal_code IS NOT NULL) AND (refusal_message IS NOT NULL))))
  CONSTRAINT upload_sessions_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT upload_sessions_size_bytes_check CHECK ((size_bytes > 0))
  CONSTRAINT upload_sessions_state_known CHECK ((state = ANY (ARRAY['open'::text, 'completed'::text, 'refused'::text, 'aborted'::text, 'expired'::text])))
  CREATE INDEX upload_sessions_by_file ON file_mgr.upload_sessions USING btree (file_id)
  CREATE INDEX upload_sessions_for_janitor ON file_mgr.upload_sessions USING btree (expires_at) WHERE (state = 'open'::text)
  CREATE INDEX upload_sessions_open_by_tenant ON file_mgr.upload_sessions USING btree (tenant_id) WHERE (state = 'open'::text)
  CREATE INDEX upload_sessions_to_drop ON file_mgr.upload_sessions USING btree (finished_at) WHERE (state <> 'open'::text)

TABLE identity.earned_gifts
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  user_id uuid NOT NULL
  gift_id uuid NOT NULL
  reason_key text NOT NULL
  notification_id uuid
  earned_at timestamp with time zone NOT NULL DEFAULT now()
  used_at timestamp with time zone
  expires_at timestamp with time zone
  CONSTRAINT earned_gifts_gift_id_fkey FOREIGN KEY (gift_id) REFERENCES identity.gifts(id)
  CONSTRAINT earned_gifts_notification FOREIGN KEY (notification_id) REFERENCES notification.notifications(id) ON DELETE SET NULL
  CONSTRAINT earned_gifts_pkey PRIMARY KEY (id)
  CONSTRAINT earned_gifts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CONSTRAINT earned_gifts_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE
  CREATE INDEX earned_gifts_by_gift ON identity.earned_gifts USING btree (gift_id)
  CREATE INDEX earned_gifts_by_notification ON identity.earned_gifts USING btree (notification_id)
  CREATE INDEX earned_gifts_by_tenant ON identity.earned_gifts USING btree (tenant_id)
  CREATE UNIQUE INDEX earned_gifts_once ON identity.earned_gifts USING btree (user_id, gift_id, reason_key)

TABLE identity.gifts
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  code text NOT NULL
  title text NOT NULL
  rule jsonb NOT NULL DEFAULT '{}'::jsonb
  reward jsonb NOT NULL DEFAULT '{}'::jsonb
  times_max integer
  starts_at timestamp with time zone
  ends_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT gifts_code_check CHECK ((code <> ''::text))
  CONSTRAINT gifts_end_after_start CHECK (((starts_at IS NULL) OR (ends_at IS NULL) OR (ends_at > starts_at)))
  CONSTRAINT gifts_pkey PRIMARY KEY (id)
  CONSTRAINT gifts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CONSTRAINT gifts_times_max_check CHECK ((times_max > 0))
  CONSTRAINT gifts_title_check CHECK ((title <> ''::text))
  CREATE UNIQUE INDEX gifts_code_once ON identity.gifts USING btree (tenant_id, code)

TABLE identity.known_browsers
  user_id uuid NOT NULL
  token_sha256 bytea NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  last_used_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT known_browsers_pkey PRIMARY KEY (user_id, token_sha256)
  CONSTRAINT known_browsers_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
  CONSTRAINT known_browsers_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE
  CREATE INDEX known_browsers_for_janitor ON identity.known_browsers USING btree (last_used_at)

TABLE identity.mfa_factors
  id uuid NOT NULL DEFAULT gen_random_uuid()
  user_id uuid NOT NULL
  kind text NOT NULL
  label text NOT NULL DEFAULT ''::text
  secret bytea NOT NULL
  counter bigint NOT NULL DEFAULT 0
  confirmed_at timestamp with time zone
  last_used_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT mfa_factors_counter_check CHECK ((counter >= 0))
  CONSTRAINT mfa_factors_kind_check CHECK ((kind = ANY (ARRAY['totp'::text, 'webauthn'::text, 'recovery_codes'::text])))
  CONSTRAINT mfa_factors_pkey PRIMARY KEY (id)
  CONSTRAINT mfa_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE
  CREATE INDEX mfa_factors_by_user ON identity.mfa_factors USING btree (user_id)

TABLE identity.payments
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  user_id uuid
  subscription_id uuid
  job_id uuid
  gateway text NOT NULL
  gateway_ref text
  amount_minor bigint NOT NULL
  currency text NOT NULL
  state text NOT NULL DEFAULT 'pending'::text
  failure_message text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  paid_at timestamp with time zone
  refunded_at timestamp with time zone
  CONSTRAINT payments_amount_minor_check CHECK ((amount_minor > 0))
  CONSTRAINT payments_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
  CONSTRAINT payments_gateway_check CHECK ((gateway <> ''::text))
  CONSTRAINT payments_paid_has_time CHECK (((state <> ALL (ARRAY['paid'::text, 'refunded'::text])) OR (paid_at IS NOT NULL)))
  CONSTRAINT payments_pkey PRIMARY KEY (id)
  CONSTRAINT payments_refunded_has_time CHECK (((state = 'refunded'::text) = (refunded_at IS NOT NULL)))
  CONSTRAINT payments_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'paid'::text, 'failed'::text, 'refunded'::text])))
  CONSTRAINT payments_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES identity.subscriptions(id)
  CONSTRAINT payments_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id)
  CONSTRAINT payments_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE SET NULL
  CREATE INDEX payments_by_subscription ON identity.payments USING btree (subscription_id)
  CREATE INDEX payments_by_tenant_newest ON identity.payments USING btree (tenant_id, created_at DESC)
  CREATE INDEX payments_by_user ON identity.payments USING btree (user_id)
  CREATE UNIQUE INDEX payments_gateway_ref_once ON identity.payments USING btree (gateway, gateway_ref) WHERE (gateway_ref IS NOT NULL)

TABLE identity.plans
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  code text NOT NULL
  name text NOT NULL
  price_minor bigint NOT NULL
  currency text NOT NULL
  period text NOT NULL
  limits jsonb NOT NULL DEFAULT '{}'::jsonb
  state text NOT NULL DEFAULT 'offered'::text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT plans_code_check CHECK ((code <> ''::text))
  CONSTRAINT plans_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
  CONSTRAINT plans_name_check CHECK ((name <> ''::text))
  CONSTRAINT plans_period_check CHECK ((period = ANY (ARRAY['once'::text, 'month'::text, 'year'::text])))
  CONSTRAINT plans_pkey PRIMARY KEY (id)
  CONSTRAINT plans_price_minor_check CHECK ((price_minor >= 0))
  CONSTRAINT plans_state_check CHECK ((state = ANY (ARRAY['offered'::text, 'retired'::text])))
  CONSTRAINT plans_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX plans_code_once ON identity.plans USING btree (tenant_id, code)

TABLE identity.push_subscriptions
  id uuid NOT NULL DEFAULT gen_random_uuid()
  user_id uuid NOT NULL
  tenant_id uuid NOT NULL
  endpoint text NOT NULL
  p256dh text NOT NULL
  auth text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  failed_at timestamp with time zone
  CONSTRAINT push_subscriptions_endpoint_check CHECK ((endpoint ~ '^https://'::text))
  CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id)
  CONSTRAINT push_subscriptions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CONSTRAINT push_subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE
  CREATE INDEX push_subscriptions_by_tenant ON identity.push_subscriptions USING btree (tenant_id)
  CREATE INDEX push_subscriptions_by_user ON identity.push_subscriptions USING btree (user_id)
  CREATE UNIQUE INDEX push_subscriptions_endpoint_once ON identity.push_subscriptions USING btree (endpoint)

TABLE identity.sessions
  id uuid NOT NULL DEFAULT gen_random_uuid()
  user_id uuid NOT NULL
  tenant_id uuid NOT NULL
  token_sha256 bytea NOT NULL
  user_agent text
  address inet
  mfa_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  last_seen_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone NOT NULL
  revoked_at timestamp with time zone
  proven_at timestamp with time zone
  CONSTRAINT sessions_expire_later CHECK ((expires_at > created_at))
  CONSTRAINT sessions_pkey PRIMARY KEY (id)
  CONSTRAINT sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CONSTRAINT sessions_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
  CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE
  CREATE INDEX sessions_by_tenant ON identity.sessions USING btree (tenant_id)
  CREATE INDEX sessions_by_user ON identity.sessions USING btree (user_id)
  CREATE INDEX sessions_for_janitor ON identity.sessions USING btree (expires_at)
  CREATE UNIQUE INDEX sessions_by_token ON identity.sessions USING btree (token_sha256)

TABLE identity.sign_in_links
  id uuid NOT NULL DEFAULT gen_random_uuid()
  user_id uuid NOT NULL
  token_sha256 bytea NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone NOT NULL
  used_at timestamp with time zone
  CONSTRAINT sign_in_links_expire_later CHECK ((expires_at > created_at))
  CONSTRAINT sign_in_links_pkey PRIMARY KEY (id)
  CONSTRAINT sign_in_links_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
  CONSTRAINT sign_in_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE
  CREATE INDEX sign_in_links_by_user ON identity.sign_in_links USING btree (user_id)
  CREATE INDEX sign_in_links_for_janitor ON identity.sign_in_links USING btree (expires_at)
  CREATE UNIQUE INDEX sign_in_links_by_token ON identity.sign_in_links USING btree (token_sha256)

TABLE identity.sign_in_tries
  account_sha256 bytea NOT NULL
  lane text NOT NULL
  failed integer NOT NULL
  last_at timestamp with time zone NOT NULL DEFAULT now()
  rests_until timestamp with time zone
  CONSTRAINT sign_in_tries_account_sha256_check CHECK ((octet_length(account_sha256) = 32))
  CONSTRAINT sign_in_tries_failed_check CHECK ((failed > 0))
  CONSTRAINT sign_in_tries_lane_check CHECK ((length(lane) <= 80))
  CONSTRAINT sign_in_tries_pkey PRIMARY KEY (account_sha256, lane)
  CREATE INDEX sign_in_tries_for_janitor ON identity.sign_in_tries USING btree (last_at)

TABLE identity.subscriptions
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  user_id uuid
  plan_id uuid NOT NULL
  state text NOT NULL DEFAULT 'active'::text
  starts_at timestamp with time zone NOT NULL DEFAULT now()
  ends_at timestamp with time zone
  cancelled_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT subscriptions_cancelled_has_time CHECK (((state <> 'cancelled'::text) OR (cancelled_at IS NOT NULL)))
  CONSTRAINT subscriptions_end_after_start CHECK (((ends_at IS NULL) OR (ends_at > starts_at)))
  CONSTRAINT subscriptions_ended_has_end CHECK (((state <> 'ended'::text) OR (ends_at IS NOT NULL)))
  CONSTRAINT subscriptions_pkey PRIMARY KEY (id)
  CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES identity.plans(id)
  CONSTRAINT subscriptions_state_check CHECK ((state = ANY (ARRAY['trial'::text, 'active'::text, 'past_due'::text, 'cancelled'::text, 'ended'::text])))
  CONSTRAINT subscriptions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CONSTRAINT subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE SET NULL
  CREATE INDEX subscriptions_by_plan ON identity.subscriptions USING btree (plan_id)
  CREATE INDEX subscriptions_by_tenant ON identity.subscriptions USING btree (tenant_id, state)
  CREATE INDEX subscriptions_by_user ON identity.subscriptions USING btree (user_id)

TABLE identity.tenant_api_keys
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  name text NOT NULL
  prefix text NOT NULL
  secret_hash bytea NOT NULL
  scopes text[] NOT NULL
  created_by uuid
  created_at timestamp with time zone NOT NULL DEFAULT now()
  last_used_at timestamp with time zone
  expires_at timestamp with time zone
  revoked_at timestamp with time zone
  CONSTRAINT tenant_api_keys_name_check CHECK ((name <> ''::text))
  CONSTRAINT tenant_api_keys_pkey PRIMARY KEY (id)
  CONSTRAINT tenant_api_keys_prefix_check CHECK ((prefix ~ '^[A-Za-z0-9_]{4,32}$'::text))
  CONSTRAINT tenant_api_keys_scopes_known CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['render'::text, 'template'::text, 'operator'::text, 'admin'::text])))
  CONSTRAINT tenant_api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
  CONSTRAINT tenant_api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CREATE INDEX tenant_api_keys_by_tenant ON identity.tenant_api_keys USING btree (tenant_id)
  CREATE UNIQUE INDEX tenant_api_keys_by_prefix ON identity.tenant_api_keys USING btree (prefix)

TABLE identity.tenant_api_request_logs PARTITION BY RANGE (at)
  id uuid NOT NULL DEFAULT gen_random_uuid()
  at timestamp with time zone NOT NULL DEFAULT now()
  tenant_id uuid NOT NULL
  api_key_id uuid
  request_id text
  method text NOT NULL
  route text NOT NULL
  http_status smallint NOT NULL
  duration_ms integer NOT NULL
  request_bytes bigint
  response_bytes bigint
  address inet
  CONSTRAINT tenant_api_request_logs_duration_ms_check CHECK ((duration_ms >= 0))
  CONSTRAINT tenant_api_request_logs_http_status_check CHECK (((http_status >= 100) AND (http_status <= 599)))
  CONSTRAINT tenant_api_request_logs_pkey PRIMARY KEY (at, id)
  CONSTRAINT tenant_api_request_logs_request_bytes_check CHECK ((request_bytes >= 0))
  CONSTRAINT tenant_api_request_logs_response_bytes_check CHECK ((response_bytes >= 0))
  CONSTRAINT tenant_api_request_logs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CREATE INDEX tenant_api_request_logs_by_tenant ON ONLY identity.tenant_api_request_logs USING btree (tenant_id, at DESC)

TABLE identity.tenant_branding
  tenant_id uuid NOT NULL
  display_name text
  logo_file_id uuid
  primary_color text
  accent_color text
  domain text
  support_email text
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT tenant_branding_accent_color_check CHECK ((accent_color ~ '^#[0-9a-f]{6}$'::text))
  CONSTRAINT tenant_branding_pkey PRIMARY KEY (tenant_id)
  CONSTRAINT tenant_branding_primary_color_check CHECK ((primary_color ~ '^#[0-9a-f]{6}$'::text))
  CONSTRAINT tenant_branding_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX tenant_branding_domain_once ON identity.tenant_branding USING btree (lower(domain)) WHERE (domain IS NOT NULL)

TABLE identity.tenant_usage_daily
  tenant_id uuid NOT NULL
  day date NOT NULL
  jobs_done integer NOT NULL DEFAULT 0
  jobs_failed integer NOT NULL DEFAULT 0
  frames bigint NOT NULL DEFAULT 0
  output_ms bigint NOT NULL DEFAULT 0
  node_ms bigint NOT NULL DEFAULT 0
  output_bytes bigint NOT NULL DEFAULT 0
  api_requests bigint NOT NULL DEFAULT 0
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  cost_units double precision NOT NULL DEFAULT 0
  CONSTRAINT tenant_usage_daily_api_requests_check CHECK ((api_requests >= 0))
  CONSTRAINT tenant_usage_daily_cost_units_check CHECK ((cost_units >= (0)::double precision))
  CONSTRAINT tenant_usage_daily_frames_check CHECK ((frames >= 0))
  CONSTRAINT tenant_usage_daily_jobs_done_check CHECK ((jobs_done >= 0))
  CONSTRAINT tenant_usage_daily_jobs_failed_check CHECK ((jobs_failed >= 0))
  CONSTRAINT tenant_usage_daily_node_ms_check CHECK ((node_ms >= 0))
  CONSTRAINT tenant_usage_daily_output_bytes_check CHECK ((output_bytes >= 0))
  CONSTRAINT tenant_usage_daily_output_ms_check CHECK ((output_ms >= 0))
  CONSTRAINT tenant_usage_daily_pkey PRIMARY KEY (tenant_id, day)
  CONSTRAINT tenant_usage_daily_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE

TABLE identity.tenant_webhooks
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  url text NOT NULL
  events text[] NOT NULL
  secret_version integer NOT NULL DEFAULT 1
  state text NOT NULL DEFAULT 'active'::text
  failures integer NOT NULL DEFAULT 0
  disabled_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  secret_rotated_at timestamp with time zone
  failing_since timestamp with time zone
  wake_at timestamp with time zone
  turn uuid
  turn_until timestamp with time zone
  CONSTRAINT tenant_webhooks_disabled_has_time CHECK (((state <> 'disabled'::text) OR (disabled_at IS NOT NULL)))
  CONSTRAINT tenant_webhooks_events_check CHECK ((cardinality(events) > 0))
  CONSTRAINT tenant_webhooks_failures_check CHECK ((failures >= 0))
  CONSTRAINT tenant_webhooks_pkey PRIMARY KEY (id)
  CONSTRAINT tenant_webhooks_secret_version_check CHECK ((secret_version > 0))
  CONSTRAINT tenant_webhooks_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text])))
  CONSTRAINT tenant_webhooks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CONSTRAINT tenant_webhooks_url_check CHECK ((url ~ '^https?://'::text))
  CREATE INDEX tenant_webhooks_awake ON identity.tenant_webhooks USING btree (wake_at) WHERE ((state = 'active'::text) AND (wake_at IS NOT NULL))
  CREATE INDEX tenant_webhooks_by_tenant ON identity.tenant_webhooks USING btree (tenant_id)

TABLE identity.tenants
  id uuid NOT NULL DEFAULT gen_random_uuid()
  parent_id uuid
  slug text NOT NULL
  name text NOT NULL
  state text NOT NULL DEFAULT 'active'::text
  locale text NOT NULL DEFAULT 'en'::text
  timezone text NOT NULL DEFAULT 'UTC'::text
  share_weight integer NOT NULL DEFAULT 100
  priority_max smallint NOT NULL DEFAULT 100
  active_jobs_max integer
  output_pixels_max bigint
  output_frames_max integer
  suspended_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT tenants_active_jobs_max_check CHECK ((active_jobs_max > 0))
  CONSTRAINT tenants_name_check CHECK ((name <> ''::text))
  CONSTRAINT tenants_output_frames_max_check CHECK ((output_frames_max > 0))
  CONSTRAINT tenants_output_pixels_max_check CHECK ((output_pixels_max > 0))
  CONSTRAINT tenants_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES identity.tenants(id)
  CONSTRAINT tenants_pkey PRIMARY KEY (id)
  CONSTRAINT tenants_priority_max_check CHECK (((priority_max >= 0) AND (priority_max <= 100)))
  CONSTRAINT tenants_share_weight_check CHECK (((share_weight >= 1) AND (share_weight <= 10000)))
  CONSTRAINT tenants_slug_check CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
  CONSTRAINT tenants_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])))
  CONSTRAINT tenants_suspended_has_time CHECK (((state <> 'suspended'::text) OR (suspended_at IS NOT NULL)))
  CREATE UNIQUE INDEX tenants_slug_once ON identity.tenants USING btree (slug)

TABLE identity.users
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  email text NOT NULL
  phone text
  display_name text NOT NULL DEFAULT ''::text
  password_hash text
  role text NOT NULL DEFAULT 'member'::text
  locale text NOT NULL DEFAULT 'en'::text
  state text NOT NULL DEFAULT 'active'::text
  email_verified_at timestamp with time zone
  failed_sign_ins smallint NOT NULL DEFAULT 0
  locked_until timestamp with time zone
  last_seen_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT users_deleted_has_time CHECK (((state = 'deleted'::text) = (deleted_at IS NOT NULL)))
  CONSTRAINT users_email_check CHECK ((email ~ '^[^@\s]+@[^@\s]+$'::text))
  CONSTRAINT users_failed_sign_ins_check CHECK ((failed_sign_ins >= 0))
  CONSTRAINT users_phone_check CHECK ((phone ~ '^\+[0-9]{6,15}$'::text))
  CONSTRAINT users_pkey PRIMARY KEY (id)
  CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['member'::text, 'editor'::text, 'viewer'::text, 'operator'::text, 'admin'::text])))
  CONSTRAINT users_state_check CHECK ((state = ANY (ARRAY['invited'::text, 'active'::text, 'suspended'::text, 'deleted'::text])))
  CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES identity.tenants(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX users_email_once ON identity.users USING btree (tenant_id, lower(email)) WHERE (deleted_at IS NULL)

TABLE notification.channels
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  kind text NOT NULL
  enabled boolean NOT NULL DEFAULT true
  config jsonb NOT NULL DEFAULT '{}'::jsonb
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT channels_kind_check CHECK ((kind = ANY (ARRAY['in_app'::text, 'push'::text, 'email'::text, 'sms'::text, 'telegram'::text])))
  CONSTRAINT channels_pkey PRIMARY KEY (id)
  CREATE UNIQUE INDEX channels_kind_once ON notification.channels USING btree (tenant_id, kind)

TABLE notification.notification_preferences
  tenant_id uuid NOT NULL
  user_id uuid NOT NULL
  kind text NOT NULL
  enabled boolean NOT NULL DEFAULT true
  muted_events text[] NOT NULL DEFAULT '{}'::text[]
  quiet_from time without time zone
  quiet_until time without time zone
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT notification_preferences_kind_check CHECK ((kind = ANY (ARRAY['in_app'::text, 'push'::text, 'email'::text, 'sms'::text, 'telegram'::text])))
  CONSTRAINT notification_preferences_pkey PRIMARY KEY (user_id, kind)
  CONSTRAINT notification_preferences_quiet_is_whole CHECK (((quiet_from IS NULL) = (quiet_until IS NULL)))
  CREATE INDEX notification_preferences_by_tenant ON notification.notification_preferences USING btree (tenant_id)

TABLE notification.notifications
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  user_id uuid NOT NULL
  event_type text NOT NULL
  kind text NOT NULL
  dedupe_key text NOT NULL
  subject text NOT NULL DEFAULT ''::text
  body text NOT NULL
  payload jsonb NOT NULL DEFAULT '{}'::jsonb
  state text NOT NULL DEFAULT 'pending'::text
  tries smallint NOT NULL DEFAULT 0
  next_at timestamp with time zone
  error text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  sent_at timestamp with time zone
  read_at timestamp with time zone
  CONSTRAINT notifications_event_type_check CHECK ((event_type <> ''::text))
  CONSTRAINT notifications_kind_check CHECK ((kind = ANY (ARRAY['in_app'::text, 'push'::text, 'email'::text, 'sms'::text, 'telegram'::text])))
  CONSTRAINT notifications_pending_has_next CHECK (((state = 'pending'::text) = (next_at IS NOT NULL)))
  CONSTRAINT notifications_pkey PRIMARY KEY (id)
  CONSTRAINT notifications_read_was_sent CHECK (((read_at IS NULL) OR (sent_at IS NOT NULL)))
  CONSTRAINT notifications_sent_has_time CHECK (((state = 'sent'::text) = (sent_at IS NOT NULL)))
  CONSTRAINT notifications_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text, 'skipped'::text])))
  CONSTRAINT notifications_tries_check CHECK ((tries >= 0))
  CREATE INDEX notifications_by_user_newest ON notification.notifications USING btree (tenant_id, user_id, created_at DESC)
  CREATE INDEX notifications_due ON notification.notifications USING btree (next_at) WHERE (state = 'pending'::text)
  CREATE INDEX notifications_unread ON notification.notifications USING btree (user_id) WHERE ((kind = 'in_app'::text) AND (read_at IS NULL))
  CREATE UNIQUE INDEX notifications_once ON notification.notifications USING btree (dedupe_key)

TABLE notification.templates
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid
  event_type text NOT NULL
  kind text NOT NULL
  locale text NOT NULL DEFAULT 'en'::text
  subject text NOT NULL DEFAULT ''::text
  body text NOT NULL
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT templates_body_check CHECK ((body <> ''::text))
  CONSTRAINT templates_event_type_check CHECK ((event_type <> ''::text))
  CONSTRAINT templates_kind_check CHECK ((kind = ANY (ARRAY['in_app'::text, 'push'::text, 'email'::text, 'sms'::text, 'telegram'::text])))
  CONSTRAINT templates_pkey PRIMARY KEY (id)
  CREATE UNIQUE INDEX templates_once ON notification.templates USING btree (COALESCE(tenant_id, '00000000-0000-0000-0000-000000000000'::uuid), event_type, kind, locale)

TABLE render.attempt_logs
  task_id bigint NOT NULL
  attempt integer NOT NULL
  start_byte bigint NOT NULL
  size_bytes integer NOT NULL
  text text NOT NULL
  at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT attempt_logs_attempt_check CHECK ((attempt > 0))
  CONSTRAINT attempt_logs_pkey PRIMARY KEY (task_id, attempt, start_byte)
  CONSTRAINT attempt_logs_size_bytes_check CHECK ((size_bytes > 0))
  CONSTRAINT attempt_logs_start_byte_check CHECK ((start_byte >= 0))
  CONSTRAINT attempt_logs_task_id_attempt_fkey FOREIGN KEY (task_id, attempt) REFERENCES render.attempts(task_id, attempt) ON DELETE CASCADE
  CREATE INDEX attempt_logs_for_janitor ON render.attempt_logs USING brin (at)

TABLE render.attempts WITH (fillfactor=45, autovacuum_vacuum_scale_factor=0.2, autovacuum_vacuum_insert_scale_factor=0.5, autovacuum_analyze_scale_factor=0.5)
  task_id bigint NOT NULL
  attempt integer NOT NULL
  node_id uuid NOT NULL
  session_id bigint NOT NULL
  token_sha256 bytea NOT NULL
  outcome text
  counted boolean NOT NULL DEFAULT false
  failure_code text
  failure_class text
  failure_message text
  reply jsonb
  timings jsonb NOT NULL DEFAULT '{}'::jsonb
  warnings jsonb NOT NULL DEFAULT '[]'::jsonb
  frames_done integer
  log_object_key text
  granted_at timestamp with time zone NOT NULL DEFAULT now()
  started_at timestamp with time zone
  finished_at timestamp with time zone
  engine_version text
  unsupported jsonb NOT NULL DEFAULT '{}'::jsonb
  frames_sha256 text
  CONSTRAINT attempts_attempt_check CHECK ((attempt > 0))
  CONSTRAINT attempts_failed_has_reason CHECK (((outcome IS DISTINCT FROM 'failed'::text) OR (failure_code IS NOT NULL)))
  CONSTRAINT attempts_failure_class_check CHECK ((failure_class = ANY (ARRAY['node'::text, 'template'::text, 'asset'::text, 'licence'::text, 'values'::text, 'transient'::text, 'unknown'::text])))
  CONSTRAINT attempts_failure_is_whole CHECK ((((failure_code IS NULL) = (failure_class IS NULL)) AND ((failure_code IS NULL) = (failure_message IS NULL))))
  CONSTRAINT attempts_frames_done_check CHECK ((frames_done >= 0))
  CONSTRAINT attempts_frames_sha256_check CHECK ((frames_sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT attempts_only_failures_count CHECK (((NOT counted) OR (NOT (outcome IS DISTINCT FROM 'failed'::text))))
  CONSTRAINT attempts_outcome_check CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'failed'::text, 'interrupted'::text, 'lost'::text])))
  CONSTRAINT attempts_outcome_has_time CHECK (((outcome IS NULL) = (finished_at IS NULL)))
  CONSTRAINT attempts_pkey PRIMARY KEY (task_id, attempt)
  CONSTRAINT attempts_success_has_no_failure CHECK (((outcome IS DISTINCT FROM 'succeeded'::text) OR (failure_code IS NULL)))
  CONSTRAINT attempts_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
  CREATE INDEX attempts_by_node_newest ON render.attempts USING btree (node_id, granted_at DESC)

TABLE render.audit_log
  id bigint NOT NULL IDENTITY
  at timestamp with time zone NOT NULL DEFAULT now()
  tenant_id uuid
  actor_kind text NOT NULL
  actor_id text
  action text NOT NULL
  target_kind text
  target_id text
  request_id text
  address inet
  detail jsonb NOT NULL DEFAULT '{}'::jsonb
  CONSTRAINT audit_log_action_check CHECK ((action <> ''::text))
  CONSTRAINT audit_log_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['api_key'::text, 'user'::text, 'node'::text, 'system'::text, 'cli'::text, 'nobody'::text])))
  CONSTRAINT audit_log_pkey PRIMARY KEY (id)
  CREATE INDEX audit_log_newest ON render.audit_log USING btree (at DESC, id DESC)
  CREATE INDEX audit_log_of_action ON render.audit_log USING btree (action, at DESC, id DESC)
  CREATE INDEX audit_log_of_actor ON render.audit_log USING btree (actor_id, at DESC, id DESC)
  CREATE INDEX audit_log_of_kind ON render.audit_log USING btree (actor_kind, at DESC, id DESC)
  CREATE INDEX audit_log_of_target ON render.audit_log USING btree (target_kind, target_id, at DESC, id DESC)
  CREATE INDEX audit_log_of_tenant ON render.audit_log USING btree (tenant_id, at DESC, id DESC)

TABLE render.bundles
  bundle_id integer NOT NULL IDENTITY
  md5 text NOT NULL
  sha256 text NOT NULL
  kind text NOT NULL
  size_bytes bigint NOT NULL
  object_key text NOT NULL
  aep_path text NOT NULL
  manifest jsonb NOT NULL DEFAULT '[]'::jsonb
  created_at timestamp with time zone NOT NULL DEFAULT now()
  fonts jsonb NOT NULL DEFAULT '[]'::jsonb
  problems jsonb NOT NULL DEFAULT '[]'::jsonb
  font_names text[] NOT NULL DEFAULT '{}'::text[]
  used_at timestamp with time zone NOT NULL DEFAULT now()
  generation integer NOT NULL DEFAULT 0
  going_at timestamp with time zone
  dropped_at timestamp with time zone
  CONSTRAINT bundles_fonts_check CHECK ((jsonb_typeof(fonts) = 'array'::text))
  CONSTRAINT bundles_generation_check CHECK ((generation >= 0))
  CONSTRAINT bundles_kind_check CHECK ((kind = ANY (ARRAY['zip'::text, 'aep'::text])))
  CONSTRAINT bundles_md5_check CHECK ((md5 ~ '^[0-9a-f]{32}$'::text))
  CONSTRAINT bundles_pkey PRIMARY KEY (bundle_id)
  CONSTRAINT bundles_problems_check CHECK ((jsonb_typeof(problems) = 'array'::text))
  CONSTRAINT bundles_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT bundles_size_bytes_check CHECK ((size_bytes > 0))
  CREATE INDEX bundles_for_janitor ON render.bundles USING btree (used_at) WHERE (dropped_at IS NULL)
  CREATE UNIQUE INDEX bundles_content_once ON render.bundles USING btree (md5, sha256)

TABLE render.claim_requests WITH (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_cost_delay=0, vacuum_truncate=false)
  node_id uuid NOT NULL
  request_id uuid NOT NULL
  session_id bigint NOT NULL
  task_ids bigint[] NOT NULL DEFAULT '{}'::bigint[]
  attempts integer[] NOT NULL DEFAULT '{}'::integer[]
  at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT claim_requests_pkey PRIMARY KEY (node_id, request_id)
  CONSTRAINT claim_requests_same_length CHECK ((cardinality(task_ids) = cardinality(attempts)))
  CREATE INDEX claim_requests_by_time ON render.claim_requests USING brin (at) WITH (pages_per_range='16', autosummarize='true')

TABLE render.enrolment_tokens
  id uuid NOT NULL DEFAULT gen_random_uuid()
  token_sha256 bytea NOT NULL
  label text NOT NULL DEFAULT ''::text
  created_by text NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone NOT NULL
  used_at timestamp with time zone
  node_id uuid
  revoked_at timestamp with time zone
  CONSTRAINT enrolment_tokens_expire_later CHECK ((expires_at > created_at))
  CONSTRAINT enrolment_tokens_node_id_fkey FOREIGN KEY (node_id) REFERENCES render.nodes(id) ON DELETE SET NULL
  CONSTRAINT enrolment_tokens_node_used_it CHECK (((node_id IS NULL) OR (used_at IS NOT NULL)))
  CONSTRAINT enrolment_tokens_pkey PRIMARY KEY (id)
  CONSTRAINT enrolment_tokens_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
  CONSTRAINT enrolment_tokens_used_or_revoked CHECK (((used_at IS NULL) OR (revoked_at IS NULL)))
  CREATE UNIQUE INDEX enrolment_tokens_by_token ON render.enrolment_tokens USING btree (token_sha256)

TABLE render.exports
  id uuid NOT NULL DEFAULT gen_random_uuid()
  job_id uuid NOT NULL
  tenant_id uuid NOT NULL
  kind text NOT NULL
  object_key text NOT NULL
  media_type text NOT NULL
  size_bytes bigint NOT NULL
  sha256 text NOT NULL
  width integer
  height integer
  frames integer
  fps_num integer
  fps_den integer
  duration_s double precision
  has_audio boolean
  task_id bigint NOT NULL
  attempt integer NOT NULL
  published_at timestamp with time zone NOT NULL DEFAULT now()
  dropped_at timestamp with time zone
  superseded_at timestamp with time zone
  CONSTRAINT exports_attempt_check CHECK ((attempt > 0))
  CONSTRAINT exports_duration_s_check CHECK ((duration_s >= (0)::double precision))
  CONSTRAINT exports_fps_den_check CHECK ((fps_den > 0))
  CONSTRAINT exports_fps_num_check CHECK ((fps_num > 0))
  CONSTRAINT exports_frames_check CHECK ((frames > 0))
  CONSTRAINT exports_height_check CHECK ((height > 0))
  CONSTRAINT exports_job_id_fkey FOREIGN KEY (job_id) REFERENCES render.render_jobs(id) ON DELETE CASCADE
  CONSTRAINT exports_kind_check CHECK ((kind = ANY (ARRAY['video'::text, 'poster'::text, 'thumbnail'::text, 'audio'::text])))
  CONSTRAINT exports_pkey PRIMARY KEY (id)
  CONSTRAINT exports_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT exports_size_bytes_check CHECK ((size_bytes > 0))
  CONSTRAINT exports_video_is_described CHECK (((kind <> 'video'::text) OR ((width IS NOT NULL) AND (height IS NOT NULL) AND (frames IS NOT NULL) AND (fps_num IS NOT NULL) AND (fps_den IS NOT NULL) AND (duration_s IS NOT NULL) AND (has_audio IS NOT NULL))))
  CONSTRAINT exports_width_check CHECK ((width > 0))
  CREATE INDEX exports_for_janitor ON render.exports USING brin (published_at)
  CREATE UNIQUE INDEX exports_one_in_force ON render.exports USING btree (job_id, kind) WHERE (superseded_at IS NULL)

TABLE render.farm_epoch
  singleton boolean NOT NULL DEFAULT true
  epoch bigint NOT NULL
  reason text NOT NULL
  raised_at timestamp with time zone NOT NULL DEFAULT now()
  tick bigint NOT NULL DEFAULT 0
  ticked_at timestamp with time zone
  key_check bytea
  CONSTRAINT farm_epoch_epoch_check CHECK ((epoch > 0))
  CONSTRAINT farm_epoch_key_check_check CHECK ((octet_length(key_check) = 32))
  CONSTRAINT farm_epoch_pkey PRIMARY KEY (singleton)
  CONSTRAINT farm_epoch_singleton_check CHECK (singleton)
  CONSTRAINT farm_epoch_tick_check CHECK ((tick >= 0))

TABLE render.fonts
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  postscript_name text NOT NULL
  family text NOT NULL
  style text NOT NULL
  format text NOT NULL
  object_key text NOT NULL
  sha256 text NOT NULL
  size_bytes bigint NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  names text[] NOT NULL DEFAULT '{}'::text[]
  CONSTRAINT fonts_format_check CHECK ((format = ANY (ARRAY['ttf'::text, 'otf'::text, 'ttc'::text])))
  CONSTRAINT fonts_pkey PRIMARY KEY (id)
  CONSTRAINT fonts_postscript_name_check CHECK ((postscript_name <> ''::text))
  CONSTRAINT fonts_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT fonts_size_bytes_check CHECK ((size_bytes > 0))
  CREATE INDEX fonts_by_tenant ON render.fonts USING btree (tenant_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL)
  CREATE INDEX fonts_deleted ON render.fonts USING btree (deleted_at) WHERE (deleted_at IS NOT NULL)
  CREATE UNIQUE INDEX fonts_name_once ON render.fonts USING btree (tenant_id, postscript_name) WHERE (deleted_at IS NULL)

TABLE render.frame_jobs WITH (fillfactor=80)
  id bigint NOT NULL IDENTITY
  task_id bigint NOT NULL
  job_id uuid NOT NULL
  tenant_id uuid NOT NULL
  chunk integer NOT NULL DEFAULT 0
  frames int4multirange NOT NULL
  done int4multirange NOT NULL DEFAULT '{}'::int4multirange
  frame_count integer NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  completed_at timestamp with time zone
  CONSTRAINT frame_jobs_chunk_check CHECK ((chunk >= 0))
  CONSTRAINT frame_jobs_completed_is_all CHECK (((completed_at IS NULL) OR (done = frames)))
  CONSTRAINT frame_jobs_done_in_frames CHECK ((done <@ frames))
  CONSTRAINT frame_jobs_frame_count_check CHECK ((frame_count > 0))
  CONSTRAINT frame_jobs_frames_check CHECK ((NOT isempty(frames)))
  CONSTRAINT frame_jobs_job_id_fkey FOREIGN KEY (job_id) REFERENCES render.render_jobs(id) ON DELETE CASCADE
  CONSTRAINT frame_jobs_pkey PRIMARY KEY (id)
  CONSTRAINT frame_jobs_task_id_fkey FOREIGN KEY (task_id) REFERENCES render.tasks(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX frame_jobs_by_task ON render.frame_jobs USING btree (task_id)
  CREATE UNIQUE INDEX frame_jobs_chunk_once ON render.frame_jobs USING btree (job_id, chunk)

TABLE render.frame_repair_jobs
  id bigint NOT NULL IDENTITY
  job_id uuid NOT NULL
  tenant_id uuid NOT NULL
  frame_job_id bigint NOT NULL
  task_id bigint
  round smallint NOT NULL
  reason text NOT NULL
  frames int4multirange NOT NULL
  suspect_node_id uuid
  created_at timestamp with time zone NOT NULL DEFAULT now()
  finished_at timestamp with time zone
  outcome text
  neighbours int4multirange NOT NULL DEFAULT '{}'::int4multirange
  neighbours_equal boolean
  spare_class_id integer
  CONSTRAINT frame_repair_jobs_finished_has_outcome CHECK (((finished_at IS NULL) = (outcome IS NULL)))
  CONSTRAINT frame_repair_jobs_frame_job_id_fkey FOREIGN KEY (frame_job_id) REFERENCES render.frame_jobs(id) ON DELETE CASCADE
  CONSTRAINT frame_repair_jobs_frames_check CHECK ((NOT isempty(frames)))
  CONSTRAINT frame_repair_jobs_job_id_fkey FOREIGN KEY (job_id) REFERENCES render.render_jobs(id) ON DELETE CASCADE
  CONSTRAINT frame_repair_jobs_outcome_check CHECK ((outcome = ANY (ARRAY['mended'::text, 'failed'::text, 'cancelled'::text])))
  CONSTRAINT frame_repair_jobs_pkey PRIMARY KEY (id)
  CONSTRAINT frame_repair_jobs_reason_check CHECK ((reason = ANY (ARRAY['missing'::text, 'corrupt'::text, 'suspect'::text, 'asked'::text])))
  CONSTRAINT frame_repair_jobs_round_check CHECK (((round >= 1) AND (round <= 3)))
  CONSTRAINT frame_repair_jobs_spare_class_id_fkey FOREIGN KEY (spare_class_id) REFERENCES render.task_classes(class_id)
  CONSTRAINT frame_repair_jobs_suspect_node_id_fkey FOREIGN KEY (suspect_node_id) REFERENCES render.nodes(id)
  CONSTRAINT frame_repair_jobs_task_id_fkey FOREIGN KEY (task_id) REFERENCES render.tasks(id) ON DELETE CASCADE
  CREATE INDEX frame_repair_jobs_by_frame_job ON render.frame_repair_jobs USING btree (frame_job_id)
  CREATE INDEX frame_repair_jobs_by_job ON render.frame_repair_jobs USING btree (job_id, round)
  CREATE INDEX frame_repair_jobs_by_task ON render.frame_repair_jobs USING btree (task_id)
  CREATE INDEX frame_repair_jobs_open ON render.frame_repair_jobs USING btree (created_at) WHERE (finished_at IS NULL)

TABLE render.frame_results
  frame_job_id bigint NOT NULL
  frame integer NOT NULL
  task_id bigint NOT NULL
  attempt integer NOT NULL
  sha256 bytea NOT NULL
  size_bytes integer NOT NULL
  object_key text
  CONSTRAINT frame_results_attempt_check CHECK ((attempt > 0))
  CONSTRAINT frame_results_frame_check CHECK ((frame >= 0))
  CONSTRAINT frame_results_frame_job_id_fkey FOREIGN KEY (frame_job_id) REFERENCES render.frame_jobs(id) ON DELETE CASCADE
  CONSTRAINT frame_results_pkey PRIMARY KEY (frame_job_id, frame)
  CONSTRAINT frame_results_sha256_check CHECK ((octet_length(sha256) = 32))
  CONSTRAINT frame_results_size_bytes_check CHECK ((size_bytes > 0))

TABLE render.idempotency_keys
  tenant_id uuid NOT NULL
  key text NOT NULL
  route text NOT NULL
  request_sha256 bytea NOT NULL
  http_status smallint
  response jsonb
  resource_id uuid
  created_at timestamp with time zone NOT NULL DEFAULT now()
  expires_at timestamp with time zone NOT NULL
  CONSTRAINT idempotency_keys_answer_is_whole CHECK (((http_status IS NULL) = (response IS NULL)))
  CONSTRAINT idempotency_keys_expire_later CHECK ((expires_at > created_at))
  CONSTRAINT idempotency_keys_http_status_check CHECK (((http_status >= 200) AND (http_status <= 599)))
  CONSTRAINT idempotency_keys_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)))
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key)
  CONSTRAINT idempotency_keys_request_sha256_check CHECK ((octet_length(request_sha256) = 32))
  CREATE INDEX idempotency_keys_for_janitor ON render.idempotency_keys USING btree (expires_at)

TABLE render.job_events
  id bigint NOT NULL IDENTITY
  tenant_id uuid NOT NULL
  job_id uuid NOT NULL
  task_id bigint
  attempt integer
  type text NOT NULL
  payload jsonb NOT NULL DEFAULT '{}'::jsonb
  txid xid8 NOT NULL DEFAULT pg_current_xact_id()
  at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT job_events_attempt_check CHECK ((attempt > 0))
  CONSTRAINT job_events_of_job FOREIGN KEY (job_id) REFERENCES render.render_jobs(id) ON DELETE CASCADE
  CONSTRAINT job_events_pkey PRIMARY KEY (id)
  CONSTRAINT job_events_type_check CHECK ((type <> ''::text))
  CREATE INDEX job_events_by_job ON render.job_events USING btree (job_id, id)

TABLE render.job_manifests
  job_id uuid NOT NULL
  tenant_id uuid NOT NULL
  manifest jsonb NOT NULL
  inputs jsonb NOT NULL DEFAULT '[]'::jsonb
  frame_hashes bytea
  written_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT job_manifests_frame_hashes_check CHECK (((octet_length(frame_hashes) % 32) = 0))
  CONSTRAINT job_manifests_job_id_fkey FOREIGN KEY (job_id) REFERENCES render.render_jobs(id) ON DELETE CASCADE
  CONSTRAINT job_manifests_pkey PRIMARY KEY (job_id)

TABLE render.node_crashes
  id bigint NOT NULL IDENTITY
  node_id uuid NOT NULL
  task_id bigint
  attempt integer
  kind text NOT NULL
  signature text NOT NULL
  message text NOT NULL
  log_tail text
  at timestamp with time zone NOT NULL DEFAULT now()
  recovered_at timestamp with time zone
  recovery text
  crash_class text
  exit_code bigint
  frame integer
  memory_bytes bigint
  screenshot_key text
  CONSTRAINT node_crashes_attempt_check CHECK ((attempt > 0))
  CONSTRAINT node_crashes_frame_check CHECK ((frame >= 0))
  CONSTRAINT node_crashes_kind_check CHECK ((kind = ANY (ARRAY['engine'::text, 'agent'::text, 'machine'::text])))
  CONSTRAINT node_crashes_log_tail_check CHECK ((octet_length(log_tail) <= 65536))
  CONSTRAINT node_crashes_memory_bytes_check CHECK ((memory_bytes >= 0))
  CONSTRAINT node_crashes_node_id_fkey FOREIGN KEY (node_id) REFERENCES render.nodes(id) ON DELETE CASCADE
  CONSTRAINT node_crashes_pkey PRIMARY KEY (id)
  CREATE INDEX node_crashes_by_node_newest ON render.node_crashes USING btree (node_id, at DESC)
  CREATE INDEX node_crashes_by_signature ON render.node_crashes USING btree (signature, at DESC)
  CREATE INDEX node_crashes_open ON render.node_crashes USING btree (node_id) WHERE (recovered_at IS NULL)

TABLE render.node_fonts
  node_id uuid NOT NULL
  postscript_name text NOT NULL
  source text NOT NULL
  sha256 text
  seen_at timestamp with time zone NOT NULL DEFAULT now()
  state text NOT NULL DEFAULT 'installed'::text
  message text
  CONSTRAINT node_fonts_node_id_fkey FOREIGN KEY (node_id) REFERENCES render.nodes(id) ON DELETE CASCADE
  CONSTRAINT node_fonts_pkey PRIMARY KEY (node_id, postscript_name)
  CONSTRAINT node_fonts_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT node_fonts_source_check CHECK ((source = ANY (ARRAY['system'::text, 'tenant'::text])))
  CONSTRAINT node_fonts_state_check CHECK ((state = ANY (ARRAY['installed'::text, 'failed'::text])))
  CREATE INDEX node_fonts_by_content ON render.node_fonts USING btree (sha256)
  CREATE INDEX node_fonts_by_name ON render.node_fonts USING btree (postscript_name)

TABLE render.node_health_logs PARTITION BY RANGE (at)
  node_id uuid NOT NULL
  at timestamp with time zone NOT NULL
  period_s integer NOT NULL DEFAULT 60
  samples integer NOT NULL DEFAULT 1
  cpu_percent real
  memory_used_bytes bigint
  disk_free_bytes bigint
  gpu_percent real
  temperature_c real
  tasks_running smallint
  sample jsonb
  CONSTRAINT node_health_logs_cpu_percent_check CHECK ((cpu_percent >= (0)::double precision))
  CONSTRAINT node_health_logs_disk_free_bytes_check CHECK ((disk_free_bytes >= 0))
  CONSTRAINT node_health_logs_gpu_percent_check CHECK ((gpu_percent >= (0)::double precision))
  CONSTRAINT node_health_logs_memory_used_bytes_check CHECK ((memory_used_bytes >= 0))
  CONSTRAINT node_health_logs_node_id_fkey FOREIGN KEY (node_id) REFERENCES render.nodes(id) ON DELETE CASCADE
  CONSTRAINT node_health_logs_period_s_check CHECK ((period_s = ANY (ARRAY[60, 900])))
  CONSTRAINT node_health_logs_pkey PRIMARY KEY (node_id, at, period_s)
  CONSTRAINT node_health_logs_samples_check CHECK ((samples > 0))
  CONSTRAINT node_health_logs_tasks_running_check CHECK ((tasks_running >= 0))
  CREATE INDEX node_health_logs_for_roll_up ON ONLY render.node_health_logs USING btree (at) WHERE (period_s = 60)
  CREATE INDEX node_health_logs_roll_ups ON ONLY render.node_health_logs USING btree (at) WHERE (period_s = 900)

TABLE render.node_sessions WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_cost_delay=0)
  id bigint NOT NULL IDENTITY
  node_id uuid NOT NULL
  epoch bigint NOT NULL
  instance text NOT NULL
  agent_version text
  deadline_at timestamp with time zone NOT NULL
  renewed_at timestamp with time zone NOT NULL DEFAULT now()
  opened_at timestamp with time zone NOT NULL DEFAULT now()
  closed_at timestamp with time zone
  close_reason text
  CONSTRAINT node_sessions_close_reason_check CHECK ((close_reason = ANY (ARRAY['superseded'::text, 'expired'::text, 'stopped'::text, 'revoked'::text])))
  CONSTRAINT node_sessions_closed_has_reason CHECK (((closed_at IS NULL) = (close_reason IS NULL)))
  CONSTRAINT node_sessions_deadline_after_renewal CHECK ((deadline_at >= renewed_at))
  CONSTRAINT node_sessions_epoch_check CHECK ((epoch > 0))
  CONSTRAINT node_sessions_node_id_fkey FOREIGN KEY (node_id) REFERENCES render.nodes(id) ON DELETE CASCADE
  CONSTRAINT node_sessions_pkey PRIMARY KEY (id)
  CREATE INDEX node_sessions_by_node ON render.node_sessions USING btree (node_id)
  CREATE UNIQUE INDEX node_sessions_one_open ON render.node_sessions USING btree (node_id) WHERE (closed_at IS NULL)

TABLE render.node_template_cache
  node_id uuid NOT NULL
  bundle_md5 text NOT NULL
  size_bytes bigint NOT NULL
  pins integer NOT NULL DEFAULT 0
  cached_at timestamp with time zone NOT NULL DEFAULT now()
  last_used_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT node_template_cache_bundle_md5_check CHECK ((bundle_md5 ~ '^[0-9a-f]{32}$'::text))
  CONSTRAINT node_template_cache_node_id_fkey FOREIGN KEY (node_id) REFERENCES render.nodes(id) ON DELETE CASCADE
  CONSTRAINT node_template_cache_pins_check CHECK ((pins >= 0))
  CONSTRAINT node_template_cache_pkey PRIMARY KEY (node_id, bundle_md5)
  CONSTRAINT node_template_cache_size_bytes_check CHECK ((size_bytes >= 0))
  CREATE INDEX node_template_cache_by_bundle ON render.node_template_cache USING btree (bundle_md5)

TABLE render.nodes WITH (fillfactor=70)
  id uuid NOT NULL DEFAULT gen_random_uuid()
  name text NOT NULL
  platform text NOT NULL
  os_version text
  agent_version text
  state text NOT NULL DEFAULT 'registered'::text
  state_reason text
  state_changed_at timestamp with time zone NOT NULL DEFAULT now()
  engines jsonb NOT NULL DEFAULT '[]'::jsonb
  tags text[] NOT NULL DEFAULT '{}'::text[]
  cpu_count integer
  memory_bytes bigint
  gpu text
  slots smallint NOT NULL DEFAULT 1
  class_ids integer[] NOT NULL DEFAULT '{}'::integer[]
  classes_at timestamp with time zone
  sample jsonb NOT NULL DEFAULT '{}'::jsonb
  sample_at timestamp with time zone
  last_seen_at timestamp with time zone
  clock_offset_ms bigint
  secret_version integer NOT NULL DEFAULT 1
  secret_revoked_at timestamp with time zone
  failures_in_row integer NOT NULL DEFAULT 0
  probe_at timestamp with time zone
  settings jsonb NOT NULL DEFAULT '{}'::jsonb
  drain_requested_at timestamp with time zone
  quarantined_at timestamp with time zone
  retired_at timestamp with time zone
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  capabilities jsonb NOT NULL DEFAULT '{}'::jsonb
  conditions text[] NOT NULL DEFAULT '{}'::text[]
  CONSTRAINT nodes_cpu_count_check CHECK ((cpu_count > 0))
  CONSTRAINT nodes_failures_in_row_check CHECK ((failures_in_row >= 0))
  CONSTRAINT nodes_memory_bytes_check CHECK ((memory_bytes > 0))
  CONSTRAINT nodes_name_check CHECK ((name <> ''::text))
  CONSTRAINT nodes_online_was_seen CHECK (((state <> ALL (ARRAY['online'::text, 'draining'::text, 'offline'::text])) OR (last_seen_at IS NOT NULL)))
  CONSTRAINT nodes_pkey PRIMARY KEY (id)
  CONSTRAINT nodes_platform_check CHECK ((platform = ANY (ARRAY['windows'::text, 'macos'::text, 'linux'::text])))
  CONSTRAINT nodes_quarantined_has_reason CHECK (((state <> 'quarantined'::text) OR ((quarantined_at IS NOT NULL) AND (state_reason IS NOT NULL))))
  CONSTRAINT nodes_retired_has_time CHECK (((state = 'retired'::text) = (retired_at IS NOT NULL)))
  CONSTRAINT nodes_secret_version_check CHECK ((secret_version > 0))
  CONSTRAINT nodes_slots_check CHECK (((slots >= 0) AND (slots <= 64)))
  CONSTRAINT nodes_state_check CHECK ((state = ANY (ARRAY['registered'::text, 'online'::text, 'draining'::text, 'offline'::text, 'quarantined'::text, 'retired'::text])))
  CREATE UNIQUE INDEX nodes_name_once ON render.nodes USING btree (lower(name)) WHERE (state <> 'retired'::text)

TABLE render.outbox
  id bigint NOT NULL IDENTITY
  tenant_id uuid NOT NULL
  type text NOT NULL
  dedupe_key text NOT NULL
  job_id uuid
  payload jsonb NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  dispatched_at timestamp with time zone
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
  CONSTRAINT outbox_type_check CHECK ((type <> ''::text))
  CREATE INDEX outbox_waiting ON render.outbox USING btree (id) WHERE (dispatched_at IS NULL)
  CREATE UNIQUE INDEX outbox_event_once ON render.outbox USING btree (dedupe_key)

TABLE render.reaper_sweeps
  singleton boolean NOT NULL DEFAULT true
  swept_at timestamp with time zone NOT NULL
  grace_until timestamp with time zone
  held_until timestamp with time zone
  held_sweeps integer NOT NULL DEFAULT 0
  expired_sessions integer NOT NULL DEFAULT 0
  expired_leases integer NOT NULL DEFAULT 0
  alarm text
  CONSTRAINT reaper_sweeps_expired_leases_check CHECK ((expired_leases >= 0))
  CONSTRAINT reaper_sweeps_expired_sessions_check CHECK ((expired_sessions >= 0))
  CONSTRAINT reaper_sweeps_held_sweeps_check CHECK ((held_sweeps >= 0))
  CONSTRAINT reaper_sweeps_pkey PRIMARY KEY (singleton)
  CONSTRAINT reaper_sweeps_singleton_check CHECK (singleton)

TABLE render.render_jobs WITH (fillfactor=80)
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  project_id uuid NOT NULL
  saved_project_id uuid
  user_id uuid
  api_key_id uuid
  name text
  state text NOT NULL DEFAULT 'queued'::text
  plan text NOT NULL DEFAULT 'single'::text
  engine text NOT NULL DEFAULT 'aftereffects'::text
  request jsonb NOT NULL
  bind_spec jsonb
  bundle_id integer
  class_id integer
  comp text
  width integer
  height integer
  fps_num integer
  fps_den integer
  frame_first integer NOT NULL DEFAULT 0
  frames_total integer
  frames_done integer NOT NULL DEFAULT 0
  quality text NOT NULL DEFAULT 'standard'::text
  container text NOT NULL DEFAULT 'mp4'::text
  alpha boolean NOT NULL DEFAULT false
  has_voiceover boolean NOT NULL DEFAULT false
  music_volume real NOT NULL DEFAULT 1
  sfx_volume real NOT NULL DEFAULT 1
  voiceover_volume real NOT NULL DEFAULT 1
  stage text
  progress jsonb NOT NULL DEFAULT '{}'::jsonb
  priority smallint NOT NULL DEFAULT 50
  deadline_at timestamp with time zone
  idempotency_key text
  repair_rounds smallint NOT NULL DEFAULT 0
  retries integer NOT NULL DEFAULT 0
  failure_code text
  failure_class text
  failure_message text
  cancel_requested_at timestamp with time zone
  usage_counted boolean NOT NULL DEFAULT false
  created_at timestamp with time zone NOT NULL DEFAULT now()
  started_at timestamp with time zone
  finished_at timestamp with time zone
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  frames_dropped_at timestamp with time zone
  warnings jsonb NOT NULL DEFAULT '[]'::jsonb
  unsupported jsonb NOT NULL DEFAULT '{}'::jsonb
  objects_dropped_at timestamp with time zone
  swept_at timestamp with time zone
  bound_dropped_at timestamp with time zone
  tasks_dropped_at timestamp with time zone
  vtime_credit integer NOT NULL DEFAULT 0
  again_of uuid
  cost_weight double precision NOT NULL DEFAULT 1
  node_ms bigint
  CONSTRAINT render_jobs_bundle_id_fkey FOREIGN KEY (bundle_id) REFERENCES render.bundles(bundle_id)
  CONSTRAINT render_jobs_class_id_fkey FOREIGN KEY (class_id) REFERENCES render.task_classes(class_id)
  CONSTRAINT render_jobs_cost_weight_check CHECK ((cost_weight >= (0)::double precision))
  CONSTRAINT render_jobs_done_is_described CHECK (((state <> 'done'::text) OR ((frames_total IS NOT NULL) AND (frames_done = frames_total) AND (width IS NOT NULL) AND (height IS NOT NULL) AND (fps_num IS NOT NULL))))
  CONSTRAINT render_jobs_engine_check CHECK ((engine = ANY (ARRAY['aftereffects'::text, 'preview'::text])))
  CONSTRAINT render_jobs_failed_has_reason CHECK (((state = 'failed'::text) = (failure_code IS NOT NULL)))
  CONSTRAINT render_jobs_failure_class_check CHECK ((failure_class = ANY (ARRAY['node'::text, 'template'::text, 'asset'::text, 'licence'::text, 'values'::text, 'transient'::text, 'unknown'::text])))
  CONSTRAINT render_jobs_failure_is_whole CHECK ((((failure_code IS NULL) = (failure_class IS NULL)) AND ((failure_code IS NULL) = (failure_message IS NULL))))
  CONSTRAINT render_jobs_finished_has_time CHECK (((state = ANY (ARRAY['done'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL)))
  CONSTRAINT render_jobs_fps_den_check CHECK ((fps_den > 0))
  CONSTRAINT render_jobs_fps_is_whole CHECK (((fps_num IS NULL) = (fps_den IS NULL)))
  CONSTRAINT render_jobs_fps_num_check CHECK ((fps_num > 0))
  CONSTRAINT render_jobs_frame_first_check CHECK ((frame_first >= 0))
  CONSTRAINT render_jobs_frames_done_check CHECK ((frames_done >= 0))
  CONSTRAINT render_jobs_frames_done_in_total CHECK (((frames_total IS NULL) OR (frames_done <= frames_total)))
  CONSTRAINT render_jobs_frames_total_check CHECK ((frames_total > 0))
  CONSTRAINT render_jobs_height_check CHECK (((height >= 1) AND (height <= 30000)))
  CONSTRAINT render_jobs_music_volume_check CHECK (((music_volume >= (0)::double precision) AND (music_volume <= (4)::double precision)))
  CONSTRAINT render_jobs_node_ms_check CHECK ((node_ms >= 0))
  CONSTRAINT render_jobs_pkey PRIMARY KEY (id)
  CONSTRAINT render_jobs_plan_check CHECK ((plan = ANY (ARRAY['single'::text, 'split'::text])))
  CONSTRAINT render_jobs_priority_check CHECK (((priority >= 0) AND (priority <= 100)))
  CONSTRAINT render_jobs_quality_check CHECK ((quality = ANY (ARRAY['draft'::text, 'standard'::text, 'high'::text])))
  CONSTRAINT render_jobs_repair_rounds_check CHECK (((repair_rounds >= 0) AND (repair_rounds <= 3)))
  CONSTRAINT render_jobs_retries_check CHECK ((retries >= 0))
  CONSTRAINT render_jobs_sfx_volume_check CHECK (((sfx_volume >= (0)::double precision) AND (sfx_volume <= (4)::double precision)))
  CONSTRAINT render_jobs_stage_check CHECK ((stage = ANY (ARRAY['install'::text, 'bind'::text, 'frames'::text, 'verify'::text, 'export'::text])))
  CONSTRAINT render_jobs_started_has_time CHECK (((state = ANY (ARRAY['queued'::text, 'failed'::text, 'cancelled'::text])) OR (started_at IS NOT NULL)))
  CONSTRAINT render_jobs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'preparing'::text, 'rendering'::text, 'validating'::text, 'exporting'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
  CONSTRAINT render_jobs_voiceover_volume_check CHECK (((voiceover_volume >= (0)::double precision) AND (voiceover_volume <= (4)::double precision)))
  CONSTRAINT render_jobs_vtime_credit_check CHECK ((vtime_credit >= 0))
  CONSTRAINT render_jobs_width_check CHECK (((width >= 1) AND (width <= 30000)))
  CREATE INDEX render_jobs_active ON render.render_jobs USING btree (tenant_id, state) WHERE (finished_at IS NULL)
  CREATE INDEX render_jobs_being_cleared ON render.render_jobs USING btree (frames_dropped_at) WHERE ((frames_dropped_at IS NOT NULL) AND ((objects_dropped_at IS NULL) OR (swept_at IS NULL)))
  CREATE INDEX render_jobs_by_bundle ON render.render_jobs USING btree (bundle_id)
  CREATE INDEX render_jobs_by_end ON render.render_jobs USING btree (state, finished_at DESC) WHERE (finished_at IS NOT NULL)
  CREATE INDEX render_jobs_by_project ON render.render_jobs USING btree (project_id, created_at DESC)
  CREATE INDEX render_jobs_by_state_newest ON render.render_jobs USING btree (state, created_at DESC, id DESC)
  CREATE INDEX render_jobs_by_tenant_newest ON render.render_jobs USING btree (tenant_id, created_at DESC, id DESC)
  CREATE INDEX render_jobs_failed_by_tenant ON render.render_jobs USING btree (tenant_id, finished_at) WHERE (state = 'failed'::text)
  CREATE INDEX render_jobs_for_janitor ON render.render_jobs USING btree (finished_at) WHERE (frames_dropped_at IS NULL)
  CREATE INDEX render_jobs_newest ON render.render_jobs USING btree (created_at DESC, id DESC)
  CREATE INDEX render_jobs_with_bound ON render.render_jobs USING btree (finished_at) WHERE ((frames_dropped_at IS NOT NULL) AND (bound_dropped_at IS NULL))
  CREATE INDEX render_jobs_with_deadline ON render.render_jobs USING btree (deadline_at) WHERE ((finished_at IS NULL) AND (deadline_at IS NOT NULL))
  CREATE INDEX render_jobs_with_tasks ON render.render_jobs USING btree (finished_at) WHERE ((frames_dropped_at IS NOT NULL) AND (tasks_dropped_at IS NULL))

TABLE render.render_scan_jobs
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  project_id uuid NOT NULL
  task_id bigint
  bundle_id integer
  engine text NOT NULL DEFAULT 'full'::text
  mode text
  state text NOT NULL DEFAULT 'queued'::text
  result jsonb
  result_at timestamp with time zone
  failure_code text
  failure_message text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  started_at timestamp with time zone
  finished_at timestamp with time zone
  node_engine text NOT NULL DEFAULT 'aftereffects'::text
  CONSTRAINT render_scan_jobs_bundle_id_fkey FOREIGN KEY (bundle_id) REFERENCES render.bundles(bundle_id)
  CONSTRAINT render_scan_jobs_engine_check CHECK ((engine = ANY (ARRAY['quick'::text, 'full'::text])))
  CONSTRAINT render_scan_jobs_failed_has_reason CHECK (((state <> ALL (ARRAY['failed'::text, 'quarantined'::text])) OR (failure_code IS NOT NULL)))
  CONSTRAINT render_scan_jobs_finished_has_time CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text, 'quarantined'::text])) = (finished_at IS NOT NULL)))
  CONSTRAINT render_scan_jobs_mode_check CHECK ((mode = ANY (ARRAY['fix'::text, 'music_visualizer'::text, 'flexible'::text, 'mockup'::text, 'free'::text])))
  CONSTRAINT render_scan_jobs_node_engine_check CHECK ((node_engine = ANY (ARRAY['aftereffects'::text, 'preview'::text])))
  CONSTRAINT render_scan_jobs_pkey PRIMARY KEY (id)
  CONSTRAINT render_scan_jobs_result_has_time CHECK (((result IS NULL) = (result_at IS NULL)))
  CONSTRAINT render_scan_jobs_running_has_start CHECK (((state <> 'running'::text) OR (started_at IS NOT NULL)))
  CONSTRAINT render_scan_jobs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'leased'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'quarantined'::text])))
  CONSTRAINT render_scan_jobs_succeeded_has_result CHECK (((state <> 'succeeded'::text) OR (result IS NOT NULL)))
  CONSTRAINT render_scan_jobs_task_id_fkey FOREIGN KEY (task_id) REFERENCES render.tasks(id) ON DELETE SET NULL
  CREATE INDEX render_scan_jobs_by_project ON render.render_scan_jobs USING btree (project_id, created_at DESC)
  CREATE INDEX render_scan_jobs_by_task ON render.render_scan_jobs USING btree (task_id)
  CREATE INDEX render_scan_jobs_by_tenant_newest ON render.render_scan_jobs USING btree (tenant_id, created_at DESC, id DESC)
  CREATE INDEX render_scan_jobs_unfinished ON render.render_scan_jobs USING btree (tenant_id) WHERE (finished_at IS NULL)

TABLE render.settings
  key text NOT NULL
  value jsonb NOT NULL
  version integer NOT NULL DEFAULT 1
  updated_by text NOT NULL
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT settings_key_check CHECK ((key ~ '^[a-z][a-z0-9_.]*$'::text))
  CONSTRAINT settings_pkey PRIMARY KEY (key)
  CONSTRAINT settings_version_check CHECK ((version > 0))

TABLE render.snapshots
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  project_id uuid NOT NULL
  scene_key text
  frame integer NOT NULL
  cache_key text NOT NULL
  request jsonb NOT NULL DEFAULT '{}'::jsonb
  task_id bigint
  state text NOT NULL DEFAULT 'queued'::text
  object_key text
  sha256 text
  size_bytes bigint
  width integer
  height integer
  failure_code text
  failure_message text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  finished_at timestamp with time zone
  last_used_at timestamp with time zone NOT NULL DEFAULT now()
  bundle_id integer
  engine text NOT NULL DEFAULT 'aftereffects'::text
  comp text NOT NULL DEFAULT ''::text
  max_side integer NOT NULL DEFAULT 640
  plain boolean NOT NULL DEFAULT false
  place integer NOT NULL DEFAULT 0
  CONSTRAINT snapshots_bundle_id_fkey FOREIGN KEY (bundle_id) REFERENCES render.bundles(bundle_id)
  CONSTRAINT snapshots_cache_key_check CHECK ((cache_key ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT snapshots_engine_check CHECK ((engine = ANY (ARRAY['aftereffects'::text, 'preview'::text])))
  CONSTRAINT snapshots_failed_has_reason CHECK (((state = 'failed'::text) = (failure_code IS NOT NULL)))
  CONSTRAINT snapshots_finished_has_time CHECK (((state = 'queued'::text) = (finished_at IS NULL)))
  CONSTRAINT snapshots_frame_check CHECK ((frame >= 0))
  CONSTRAINT snapshots_height_check CHECK ((height > 0))
  CONSTRAINT snapshots_max_side_check CHECK ((max_side > 0))
  CONSTRAINT snapshots_pkey PRIMARY KEY (id)
  CONSTRAINT snapshots_place_check CHECK ((place >= 0))
  CONSTRAINT snapshots_ready_is_described CHECK (((state <> 'ready'::text) OR ((object_key IS NOT NULL) AND (sha256 IS NOT NULL) AND (size_bytes IS NOT NULL) AND (width IS NOT NULL) AND (height IS NOT NULL))))
  CONSTRAINT snapshots_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
  CONSTRAINT snapshots_size_bytes_check CHECK ((size_bytes > 0))
  CONSTRAINT snapshots_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'ready'::text, 'failed'::text, 'cancelled'::text])))
  CONSTRAINT snapshots_task_id_fkey FOREIGN KEY (task_id) REFERENCES render.tasks(id) ON DELETE SET NULL
  CONSTRAINT snapshots_width_check CHECK ((width > 0))
  CREATE INDEX snapshots_by_bundle ON render.snapshots USING btree (bundle_id)
  CREATE INDEX snapshots_by_project ON render.snapshots USING btree (project_id, scene_key)
  CREATE INDEX snapshots_by_project_newest ON render.snapshots USING btree (tenant_id, project_id, created_at DESC, id DESC)
  CREATE INDEX snapshots_by_task ON render.snapshots USING btree (task_id)
  CREATE INDEX snapshots_queued ON render.snapshots USING btree (tenant_id) WHERE (state = 'queued'::text)
  CREATE UNIQUE INDEX snapshots_by_cache_key ON render.snapshots USING btree (tenant_id, cache_key)

TABLE render.task_classes
  class_id integer NOT NULL IDENTITY
  requirements_sha256 text NOT NULL
  requirements jsonb NOT NULL
  created_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT task_classes_pkey PRIMARY KEY (class_id)
  CONSTRAINT task_classes_requirements_sha256_check CHECK ((requirements_sha256 ~ '^[0-9a-f]{64}$'::text))
  CREATE UNIQUE INDEX task_classes_by_requirements ON render.task_classes USING btree (requirements_sha256)

TABLE render.task_queue WITH (fillfactor=80, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000, autovacuum_vacuum_cost_delay=0, autovacuum_analyze_scale_factor=0.05, vacuum_truncate=false)
  id bigint NOT NULL
  class_id integer NOT NULL
  bundle_id integer
  priority smallint NOT NULL
  vtime bigint NOT NULL
  ready boolean NOT NULL DEFAULT true
  attempt integer NOT NULL DEFAULT 0
  session_id bigint
  token bytea
  shy_of uuid[]
  shy_until timestamp with time zone
  CONSTRAINT task_queue_leased_has_owner CHECK ((ready = (session_id IS NULL)))
  CONSTRAINT task_queue_leased_has_token CHECK (((ready = (token IS NULL)) AND (ready OR (attempt > 0))))
  CONSTRAINT task_queue_pkey PRIMARY KEY (id)
  CREATE INDEX task_queue_leased_by_session ON render.task_queue USING btree (session_id) WHERE (NOT ready)
  CREATE INDEX task_queue_ready_by_bundle ON render.task_queue USING btree (class_id, bundle_id, priority DESC, vtime, id) WHERE (ready AND (bundle_id IS NOT NULL))
  CREATE INDEX task_queue_ready_by_class ON render.task_queue USING btree (class_id, priority DESC, vtime, id) WHERE ready

TABLE render.tasks WITH (autovacuum_vacuum_threshold=1000, fillfactor=45, autovacuum_vacuum_scale_factor=0.2, autovacuum_vacuum_insert_scale_factor=0.5, autovacuum_analyze_scale_factor=0.5)
  id bigint NOT NULL IDENTITY
  tenant_id uuid NOT NULL
  job_id uuid
  project_id uuid
  kind text NOT NULL
  stage smallint NOT NULL DEFAULT 0
  position integer NOT NULL DEFAULT 0
  state text NOT NULL DEFAULT 'queued'::text
  attempt integer NOT NULL DEFAULT 0
  class_id integer NOT NULL
  bundle_id integer
  priority smallint NOT NULL DEFAULT 50
  vtime bigint NOT NULL DEFAULT 0
  cost bigint NOT NULL DEFAULT 1
  spec jsonb NOT NULL DEFAULT '{}'::jsonb
  not_before timestamp with time zone
  node_id uuid
  session_id bigint
  failures smallint NOT NULL DEFAULT 0
  interruptions integer NOT NULL DEFAULT 0
  failures_max smallint NOT NULL DEFAULT 3
  failure_code text
  failure_class text
  failure_message text
  progress jsonb NOT NULL DEFAULT '{}'::jsonb
  created_at timestamp with time zone NOT NULL DEFAULT now()
  queued_at timestamp with time zone
  leased_at timestamp with time zone
  started_at timestamp with time zone
  finished_at timestamp with time zone
  inputs jsonb NOT NULL DEFAULT '[]'::jsonb
  outputs jsonb NOT NULL DEFAULT '[]'::jsonb
  revived_at timestamp with time zone
  objects_dropped_at timestamp with time zone
  shy_of uuid[]
  shy_until timestamp with time zone
  CONSTRAINT tasks_attempt_check CHECK ((attempt >= 0))
  CONSTRAINT tasks_cost_check CHECK ((cost > 0))
  CONSTRAINT tasks_delay_only_when_queued CHECK (((not_before IS NULL) OR (state = 'queued'::text)))
  CONSTRAINT tasks_failed_has_reason CHECK (((state <> ALL (ARRAY['failed'::text, 'quarantined'::text])) OR (failure_code IS NOT NULL)))
  CONSTRAINT tasks_failure_class_check CHECK ((failure_class = ANY (ARRAY['node'::text, 'template'::text, 'asset'::text, 'licence'::text, 'values'::text, 'transient'::text, 'unknown'::text])))
  CONSTRAINT tasks_failure_is_whole CHECK ((((failure_code IS NULL) = (failure_class IS NULL)) AND ((failure_code IS NULL) = (failure_message IS NULL))))
  CONSTRAINT tasks_failures_check CHECK ((failures >= 0))
  CONSTRAINT tasks_failures_max_check CHECK ((failures_max > 0))
  CONSTRAINT tasks_finished_has_time CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text, 'quarantined'::text])) = (finished_at IS NOT NULL)))
  CONSTRAINT tasks_interruptions_check CHECK ((interruptions >= 0))
  CONSTRAINT tasks_job_by_kind CHECK (((kind = ANY (ARRAY['render'::text, 'bind'::text, 'frames'::text, 'export'::text])) = (job_id IS NOT NULL)))
  CONSTRAINT tasks_kind_check CHECK ((kind = ANY (ARRAY['render'::text, 'bind'::text, 'frames'::text, 'export'::text, 'snapshot'::text, 'scan'::text])))
  CONSTRAINT tasks_leased_has_attempt CHECK (((state <> ALL (ARRAY['leased'::text, 'running'::text])) OR ((attempt > 0) AND (leased_at IS NOT NULL))))
  CONSTRAINT tasks_leased_has_owner CHECK (((state = ANY (ARRAY['leased'::text, 'running'::text])) = (session_id IS NOT NULL)))
  CONSTRAINT tasks_owner_is_whole CHECK (((session_id IS NULL) = (node_id IS NULL)))
  CONSTRAINT tasks_pkey PRIMARY KEY (id)
  CONSTRAINT tasks_position_check CHECK (("position" >= 0))
  CONSTRAINT tasks_priority_check CHECK (((priority >= 0) AND (priority <= 100)))
  CONSTRAINT tasks_queued_has_time CHECK (((state <> 'queued'::text) OR (queued_at IS NOT NULL)))
  CONSTRAINT tasks_running_has_start CHECK (((state <> 'running'::text) OR (started_at IS NOT NULL)))
  CONSTRAINT tasks_stage_check CHECK ((stage >= 0))
  CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['blocked'::text, 'queued'::text, 'leased'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'quarantined'::text])))
  CONSTRAINT tasks_vtime_check CHECK ((vtime >= 0))
  CREATE INDEX tasks_by_job ON render.tasks USING btree (job_id, stage, "position")
  CREATE INDEX tasks_delayed ON render.tasks USING btree (not_before) WHERE (not_before IS NOT NULL)
  CREATE INDEX tasks_without_job ON render.tasks USING btree (id) WHERE (job_id IS NULL)

TABLE render.template_pace WITH (fillfactor=70)
  project_id uuid NOT NULL
  engine text NOT NULL
  tenant_id uuid NOT NULL
  samples integer NOT NULL
  bind_s real NOT NULL
  launch_s real NOT NULL
  open_s real NOT NULL
  first_frame_s real NOT NULL
  frame_s real NOT NULL
  frame_slowest_s real NOT NULL
  export_frame_s real NOT NULL
  frame_bytes real NOT NULL
  link_bytes_s real NOT NULL
  spread real NOT NULL
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT template_pace_bind_s_check CHECK ((bind_s >= (0)::double precision))
  CONSTRAINT template_pace_engine_check CHECK ((engine = ANY (ARRAY['aftereffects'::text, 'preview'::text])))
  CONSTRAINT template_pace_export_frame_s_check CHECK ((export_frame_s >= (0)::double precision))
  CONSTRAINT template_pace_first_frame_s_check CHECK ((first_frame_s >= (0)::double precision))
  CONSTRAINT template_pace_frame_bytes_check CHECK ((frame_bytes >= (0)::double precision))
  CONSTRAINT template_pace_frame_s_check CHECK ((frame_s >= (0)::double precision))
  CONSTRAINT template_pace_frame_slowest_s_check CHECK ((frame_slowest_s >= (0)::double precision))
  CONSTRAINT template_pace_launch_s_check CHECK ((launch_s >= (0)::double precision))
  CONSTRAINT template_pace_link_bytes_s_check CHECK ((link_bytes_s >= (0)::double precision))
  CONSTRAINT template_pace_open_s_check CHECK ((open_s >= (0)::double precision))
  CONSTRAINT template_pace_pkey PRIMARY KEY (project_id, engine)
  CONSTRAINT template_pace_samples_check CHECK ((samples > 0))
  CONSTRAINT template_pace_spread_check CHECK ((spread >= (0)::double precision))
  CREATE INDEX template_pace_by_tenant ON render.template_pace USING btree (tenant_id)

TABLE render.tenant_shares WITH (fillfactor=70)
  tenant_id uuid NOT NULL
  priority smallint NOT NULL
  finish_tag bigint NOT NULL DEFAULT 0
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT tenant_shares_finish_tag_check CHECK ((finish_tag >= 0))
  CONSTRAINT tenant_shares_pkey PRIMARY KEY (tenant_id, priority)
  CONSTRAINT tenant_shares_priority_check CHECK (((priority >= 0) AND (priority <= 100)))

TABLE render.webhook_deliveries
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  webhook_id uuid NOT NULL
  outbox_id bigint NOT NULL
  state text NOT NULL DEFAULT 'pending'::text
  tries integer NOT NULL DEFAULT 0
  next_at timestamp with time zone
  http_status smallint
  error text
  created_at timestamp with time zone NOT NULL DEFAULT now()
  finished_at timestamp with time zone
  tried_at timestamp with time zone
  duration_ms integer
  CONSTRAINT webhook_deliveries_duration_ms_check CHECK ((duration_ms >= 0))
  CONSTRAINT webhook_deliveries_finished_has_time CHECK (((state = 'pending'::text) = (finished_at IS NULL)))
  CONSTRAINT webhook_deliveries_outbox_id_fkey FOREIGN KEY (outbox_id) REFERENCES render.outbox(id) ON DELETE CASCADE
  CONSTRAINT webhook_deliveries_pending_has_next CHECK (((state = 'pending'::text) = (next_at IS NOT NULL)))
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id)
  CONSTRAINT webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
  CONSTRAINT webhook_deliveries_tries_check CHECK ((tries >= 0))
  CREATE INDEX webhook_deliveries_newest ON render.webhook_deliveries USING btree (webhook_id, created_at DESC, id DESC)
  CREATE INDEX webhook_deliveries_next ON render.webhook_deliveries USING btree (webhook_id, next_at, outbox_id) WHERE (state = 'pending'::text)
  CREATE UNIQUE INDEX webhook_deliveries_once ON render.webhook_deliveries USING btree (outbox_id, webhook_id)

TABLE schema_ledger
  name text NOT NULL
  sha256 text
  applied_at timestamp with time zone NOT NULL DEFAULT now()
  applied_by text NOT NULL DEFAULT CURRENT_USER
  CONSTRAINT schema_ledger_pkey PRIMARY KEY (name)
  CONSTRAINT schema_ledger_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))

TABLE studio.saved_projects
  id uuid NOT NULL DEFAULT gen_random_uuid()
  tenant_id uuid NOT NULL
  user_id uuid
  project_id uuid NOT NULL
  name text NOT NULL
  controls jsonb NOT NULL DEFAULT '{}'::jsonb
  music_file_id uuid
  music_volume real NOT NULL DEFAULT 1
  sfx_file_id uuid
  sfx_volume real NOT NULL DEFAULT 1
  voiceover_file_id uuid
  voiceover_text text
  voiceover_voice text
  voiceover_start_s double precision NOT NULL DEFAULT 0
  voiceover_duration_s double precision
  voiceover_volume real NOT NULL DEFAULT 1
  version integer NOT NULL DEFAULT 1
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  deleted_at timestamp with time zone
  CONSTRAINT saved_projects_music_volume_check CHECK (((music_volume >= (0)::double precision) AND (music_volume <= (4)::double precision)))
  CONSTRAINT saved_projects_name_check CHECK ((name <> ''::text))
  CONSTRAINT saved_projects_pkey PRIMARY KEY (id)
  CONSTRAINT saved_projects_sfx_volume_check CHECK (((sfx_volume >= (0)::double precision) AND (sfx_volume <= (4)::double precision)))
  CONSTRAINT saved_projects_version_check CHECK ((version > 0))
  CONSTRAINT saved_projects_voiceover_duration_s_check CHECK ((voiceover_duration_s > (0)::double precision))
  CONSTRAINT saved_projects_voiceover_has_file CHECK (((voiceover_duration_s IS NULL) OR (voiceover_file_id IS NOT NULL)))
  CONSTRAINT saved_projects_voiceover_start_s_check CHECK ((voiceover_start_s >= (0)::double precision))
  CONSTRAINT saved_projects_voiceover_volume_check CHECK (((voiceover_volume >= (0)::double precision) AND (voiceover_volume <= (4)::double precision)))
  CREATE INDEX saved_projects_by_project ON studio.saved_projects USING btree (project_id)
  CREATE INDEX saved_projects_by_user_newest ON studio.saved_projects USING btree (tenant_id, user_id, updated_at DESC) WHERE (deleted_at IS NULL)

TABLE studio.saved_scene_colors
  saved_scene_id uuid NOT NULL
  key text NOT NULL
  value text NOT NULL
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT saved_scene_colors_key_check CHECK ((key <> ''::text))
  CONSTRAINT saved_scene_colors_pkey PRIMARY KEY (saved_scene_id, key)
  CONSTRAINT saved_scene_colors_saved_scene_id_fkey FOREIGN KEY (saved_scene_id) REFERENCES studio.saved_scenes(id) ON DELETE CASCADE
  CONSTRAINT saved_scene_colors_value_check CHECK ((value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'::text))

TABLE studio.saved_scene_contents
  saved_scene_id uuid NOT NULL
  key text NOT NULL
  kind text NOT NULL
  value text
  file_id uuid
  crop jsonb
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT saved_scene_contents_key_check CHECK ((key <> ''::text))
  CONSTRAINT saved_scene_contents_kind_check CHECK ((kind = ANY (ARRAY['text'::text, 'textarea'::text, 'media'::text, 'audio'::text, 'checkbox'::text, 'dropdown'::text, 'fill'::text, 'color'::text, 'number'::text])))
  CONSTRAINT saved_scene_contents_pkey PRIMARY KEY (saved_scene_id, key)
  CONSTRAINT saved_scene_contents_saved_scene_id_fkey FOREIGN KEY (saved_scene_id) REFERENCES studio.saved_scenes(id) ON DELETE CASCADE
  CONSTRAINT saved_scene_contents_value_by_kind CHECK (
CASE
    WHEN (kind = ANY (ARRAY['media'::text, 'audio'::text])) THEN (value IS NULL)
    ELSE (file_id IS NULL)
END)

TABLE studio.saved_scenes
  id uuid NOT NULL DEFAULT gen_random_uuid()
  saved_project_id uuid NOT NULL
  scene_id uuid
  scene_key text NOT NULL
  position integer NOT NULL
  duration_s double precision
  created_at timestamp with time zone NOT NULL DEFAULT now()
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT saved_scenes_duration_s_check CHECK ((duration_s > (0)::double precision))
  CONSTRAINT saved_scenes_pkey PRIMARY KEY (id)
  CONSTRAINT saved_scenes_position_check CHECK (("position" >= 0))
  CONSTRAINT saved_scenes_saved_project_id_fkey FOREIGN KEY (saved_project_id) REFERENCES studio.saved_projects(id) ON DELETE CASCADE
  CONSTRAINT saved_scenes_scene_key_check CHECK ((scene_key <> ''::text))
  CREATE INDEX saved_scenes_in_order ON studio.saved_scenes USING btree (saved_project_id, "position")

TABLE studio.saved_shared_colors
  saved_project_id uuid NOT NULL
  key text NOT NULL
  value text NOT NULL
  updated_at timestamp with time zone NOT NULL DEFAULT now()
  CONSTRAINT saved_shared_colors_key_check CHECK ((key <> ''::text))
  CONSTRAINT saved_shared_colors_pkey PRIMARY KEY (saved_project_id, key)
  CONSTRAINT saved_shared_colors_saved_project_id_fkey FOREIGN KEY (saved_project_id) REFERENCES studio.saved_projects(id) ON DELETE CASCADE
  CONSTRAINT saved_shared_colors_value_check CHECK ((value ~ '^#[0-9a-f]{6}([0-9a-f]{2})?$'::text))

CREATE OR REPLACE FUNCTION public.fr_drop_month_partitions(parent regclass, until timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  space text; base text; child text;
BEGIN
  SELECT n.nspname, c.relname INTO space, base
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = parent AND c.relkind = 'p'
     AND (n.nspname, c.relname) IN (('identity', 'tenant_api_request_logs'),
                                    ('render', 'node_health_logs'));
  IF space IS NULL THEN
    RAISE EXCEPTION '% is not a table with monthly partitions', parent;
  END IF;
  PERFORM pg_advisory_xact_lock(7066002);
  FOR child IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = parent AND c.relname ~ ('^' || base || '_\d{4}_\d{2}$')
       AND ((to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC')
           <= until
     ORDER BY 1
  LOOP
    EXECUTE format('DROP TABLE %I.%I', space, child);
    RETURN NEXT space || '.' || child;
  END LOOP;
END $function$

CREATE OR REPLACE FUNCTION public.fr_make_month_partition(parent regclass, month date, OUT created boolean, OUT moved bigint)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
  space text; base text; child text; spare text; first timestamptz; past timestamptz;
BEGIN
  SELECT n.nspname, c.relname INTO space, base
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = parent AND c.relkind = 'p'
     AND (n.nspname, c.relname) IN (('identity', 'tenant_api_request_logs'),
                                    ('render', 'node_health_logs'));
  IF space IS NULL THEN
    RAISE EXCEPTION '% is not a table with monthly partitions', parent;
  END IF;
  PERFORM pg_advisory_xact_lock(7066002);
  child := base || '_' || to_char(month, 'YYYY_MM');
  spare := base || '_default';
  first := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  past := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  created := false;
  moved := 0;
  IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent = parent AND c.relname = child) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                 space, child, space, base);
  EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', space, spare);
  EXECUTE format('WITH gone AS (DELETE FROM %I.%I WHERE at >= $1 AND at < $2 RETURNING *) '
                 'INSERT INTO %I.%I SELECT * FROM gone', space, spare, space, child)
    USING first, past;
  GET DIAGNOSTICS moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
                 space, base, space, child, first, past);
  created := true;
END $function$

CREATE OR REPLACE FUNCTION public.fr_make_month_partitions(parent regclass, first date, last date)
 RETURNS integer
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  SELECT count(*) FILTER (WHERE made.created)::integer
    FROM generate_series(date_trunc('month', first::timestamp),
                         date_trunc('month', last::timestamp), interval '1 month') AS month,
         LATERAL public.fr_make_month_partition(parent, month::date) AS made;
$function$

CREATE OR REPLACE FUNCTION render.fr_node_credentials_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog'
AS $function$
BEGIN
  PERFORM pg_notify('flatrender_work', 'node ' || NEW.id);
  RETURN NULL;
END $function$

CREATE OR REPLACE FUNCTION render.fr_settings_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog'
AS $function$
BEGIN
  PERFORM pg_notify('flatrender_work', 'settings');
  RETURN NULL;
END $function$
