-- 14_notification: messages to people, their texts, channels, wishes; the one key across schemas.
-- Runs under psql -f and under `flatrender migrate`; running it again changes nothing.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7066001); END $$;

CREATE TABLE IF NOT EXISTS notification.channels (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('in_app', 'push', 'email', 'sms', 'telegram')),
  enabled boolean NOT NULL DEFAULT true,
  config jsonb NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE notification.channels IS 'A way to reach people, set up per tenant.';
COMMENT ON COLUMN notification.channels.id IS 'Channel id.';
COMMENT ON COLUMN notification.channels.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN notification.channels.kind IS 'What it is.';
COMMENT ON COLUMN notification.channels.enabled IS 'Is it used?';
COMMENT ON COLUMN notification.channels.config IS 'Sender, region and so on; secrets stay outside.';
COMMENT ON COLUMN notification.channels.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS channels_kind_once ON notification.channels (tenant_id, kind);

CREATE TABLE IF NOT EXISTS notification.templates (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid,
  event_type text NOT NULL CHECK (event_type <> ''),
  kind text NOT NULL CHECK (kind IN ('in_app', 'push', 'email', 'sms', 'telegram')),
  locale text NOT NULL DEFAULT 'en',
  subject text NOT NULL DEFAULT '',
  body text NOT NULL CHECK (body <> ''),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE notification.templates IS 'Texts of messages, by event, channel and language.';
COMMENT ON COLUMN notification.templates.id IS 'Text id.';
COMMENT ON COLUMN notification.templates.tenant_id IS
  'Soft key: identity.tenants.id; null = for all without their own.';
COMMENT ON COLUMN notification.templates.event_type IS 'Event it tells of, such as job.done.';
COMMENT ON COLUMN notification.templates.kind IS 'Channel it is for.';
COMMENT ON COLUMN notification.templates.locale IS 'Language of the text.';
COMMENT ON COLUMN notification.templates.subject IS 'Subject, with placeholders.';
COMMENT ON COLUMN notification.templates.body IS 'Text, with placeholders.';
COMMENT ON COLUMN notification.templates.updated_at IS 'When the row last changed.';
CREATE UNIQUE INDEX IF NOT EXISTS templates_once ON notification.templates
  (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'), event_type, kind, locale);

CREATE TABLE IF NOT EXISTS notification.notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  event_type text NOT NULL CHECK (event_type <> ''),
  kind text NOT NULL CHECK (kind IN ('in_app', 'push', 'email', 'sms', 'telegram')),
  dedupe_key text NOT NULL,
  subject text NOT NULL DEFAULT '',
  body text NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'sent', 'failed', 'skipped')),
  tries smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
  next_at timestamptz,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  read_at timestamptz,
  CONSTRAINT notifications_pending_has_next CHECK ((state = 'pending') = (next_at IS NOT NULL)),
  CONSTRAINT notifications_sent_has_time CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CONSTRAINT notifications_read_was_sent CHECK (read_at IS NULL OR sent_at IS NOT NULL)
);
COMMENT ON TABLE notification.notifications IS 'One message to one person on one channel.';
COMMENT ON COLUMN notification.notifications.id IS 'Message id.';
COMMENT ON COLUMN notification.notifications.tenant_id IS 'Soft key: identity.tenants.id.';
COMMENT ON COLUMN notification.notifications.user_id IS 'Soft key: identity.users.id that is told.';
COMMENT ON COLUMN notification.notifications.event_type IS 'What it tells of.';
COMMENT ON COLUMN notification.notifications.kind IS 'Channel it goes by.';
COMMENT ON COLUMN notification.notifications.dedupe_key IS
  'One message per event, person and channel.';
COMMENT ON COLUMN notification.notifications.subject IS 'Subject as sent.';
COMMENT ON COLUMN notification.notifications.body IS 'Text as sent.';
COMMENT ON COLUMN notification.notifications.payload IS 'Details, such as a job id (soft key).';
COMMENT ON COLUMN notification.notifications.state IS 'Was it sent?';
COMMENT ON COLUMN notification.notifications.tries IS 'Tries so far.';
COMMENT ON COLUMN notification.notifications.next_at IS
  'When it is tried next; null when it is over.';
COMMENT ON COLUMN notification.notifications.error IS 'What went wrong at the last try.';
COMMENT ON COLUMN notification.notifications.created_at IS 'When it was made.';
COMMENT ON COLUMN notification.notifications.sent_at IS 'When it was sent.';
COMMENT ON COLUMN notification.notifications.read_at IS 'When the person read it.';
CREATE UNIQUE INDEX IF NOT EXISTS notifications_once ON notification.notifications (dedupe_key);
CREATE INDEX IF NOT EXISTS notifications_by_user_newest
  ON notification.notifications (tenant_id, user_id, created_at DESC);
CREATE INDEX IF NOT EXISTS notifications_unread
  ON notification.notifications (user_id) WHERE kind = 'in_app' AND read_at IS NULL;
CREATE INDEX IF NOT EXISTS notifications_due
  ON notification.notifications (next_at) WHERE state = 'pending';

CREATE TABLE IF NOT EXISTS notification.notification_preferences (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('in_app', 'push', 'email', 'sms', 'telegram')),
  enabled boolean NOT NULL DEFAULT true,
  muted_events text[] NOT NULL DEFAULT '{}',
  quiet_from time,
  quiet_until time,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, kind),
  CONSTRAINT notification_preferences_quiet_is_whole
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON TABLE notification.notification_preferences IS 'What a person wants, per channel.';
COMMENT ON COLUMN notification.notification_preferences.tenant_id IS
  'Soft key: identity.tenants.id.';
COMMENT ON COLUMN notification.notification_preferences.user_id IS 'Soft key: identity.users.id.';
COMMENT ON COLUMN notification.notification_preferences.kind IS 'Channel.';
COMMENT ON COLUMN notification.notification_preferences.enabled IS 'Wanted at all?';
COMMENT ON COLUMN notification.notification_preferences.muted_events IS
  'Event types that are not wanted here.';
COMMENT ON COLUMN notification.notification_preferences.quiet_from IS
  'Quiet hours begin, in the person''s zone.';
COMMENT ON COLUMN notification.notification_preferences.quiet_until IS 'Quiet hours end.';
COMMENT ON COLUMN notification.notification_preferences.updated_at IS 'When the row last changed.';
CREATE INDEX IF NOT EXISTS notification_preferences_by_tenant
  ON notification.notification_preferences (tenant_id);

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint
                  WHERE conname = 'earned_gifts_notification'
                    AND conrelid = 'identity.earned_gifts'::regclass) THEN
    ALTER TABLE identity.earned_gifts ADD CONSTRAINT earned_gifts_notification
      FOREIGN KEY (notification_id) REFERENCES notification.notifications (id) ON DELETE SET NULL;
  END IF;
END $$;

INSERT INTO public.schema_ledger (name, sha256)
VALUES ('14_notification', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
