"""States and their timestamps: what the database refuses, whatever the code above does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

TENANT = "'00000000-0000-0000-0000-000000000001'"
NODE = "'00000000-0000-0000-0000-00000000000a'"
JOB = "'00000000-0000-0000-0000-00000000000b'"
FAILED = "failure_code = 'x', failure_class = 'node', failure_message = 'x'"
SIZED = "width = 2, height = 2, fps_num = 25, fps_den = 1, frames_total = 5, frames_done = 5"
SEED = f"""
INSERT INTO render.nodes (id, name, platform) VALUES ({NODE}, 'one', 'linux');
INSERT INTO render.render_jobs (id, tenant_id, project_id, request)
VALUES ({JOB}, {TENANT}, {TENANT}, '{{}}');
INSERT INTO render.task_classes (requirements_sha256, requirements)
VALUES (repeat('0', 64), '{{}}');
INSERT INTO render.tasks (tenant_id, job_id, kind, class_id, queued_at)
VALUES ({TENANT}, {JOB}, 'render', 1, now());
INSERT INTO render.attempts (task_id, attempt, node_id, session_id, token_sha256)
VALUES (1, 1, {NODE}, 1, sha256('t'));
INSERT INTO render.frame_jobs (task_id, job_id, tenant_id, frames, frame_count)
VALUES (1, {JOB}, {TENANT}, '{{[0,5)}}', 5);
INSERT INTO render.task_queue (id, class_id, priority, vtime) VALUES (1, 1, 50, 0);
INSERT INTO render.node_sessions (node_id, epoch, instance, deadline_at)
VALUES ({NODE}, 1, 'one', now() + interval '30 s');
INSERT INTO render.render_scan_jobs (tenant_id, project_id) VALUES ({TENANT}, {TENANT});
INSERT INTO content.projects (tenant_id, name) VALUES ({TENANT}, 'one');
INSERT INTO content.scenes (project_id, key) SELECT id, 's' FROM content.projects;
INSERT INTO file_mgr.files (tenant_id, name, kind) VALUES ({TENANT}, 'one', 'image');
INSERT INTO render.outbox (tenant_id, type, dedupe_key, payload)
VALUES ({TENANT}, 'x', 'x', '{{}}');
INSERT INTO render.webhook_deliveries (tenant_id, webhook_id, outbox_id, next_at)
VALUES ({TENANT}, {TENANT}, 1, now());
"""

REFUSED = [
    ("render_jobs_finished_has_time", "UPDATE render.render_jobs SET state = 'cancelled'"),
    ("render_jobs_finished_has_time", "UPDATE render.render_jobs SET finished_at = now()"),
    ("render_jobs_started_has_time", "UPDATE render.render_jobs SET state = 'rendering'"),
    (
        "render_jobs_failed_has_reason",
        "UPDATE render.render_jobs SET state = 'failed', finished_at = now()",
    ),
    ("render_jobs_failed_has_reason", f"UPDATE render.render_jobs SET {FAILED}"),
    (
        "render_jobs_done_is_described",
        "UPDATE render.render_jobs SET state = 'done', started_at = now(), finished_at = now()",
    ),
    (
        "render_jobs_done_is_described",
        "UPDATE render.render_jobs SET state = 'done', started_at = now(), finished_at = now(), "
        + SIZED.replace("frames_done = 5", "frames_done = 4"),
    ),
    ("render_jobs_fps_is_whole", "UPDATE render.render_jobs SET fps_num = 25"),
    (
        "tasks_leased_has_owner",
        "UPDATE render.tasks SET state = 'leased', attempt = 1, leased_at = now()",
    ),
    ("tasks_leased_has_owner", f"UPDATE render.tasks SET session_id = 1, node_id = {NODE}"),
    (
        "tasks_leased_has_attempt",
        f"UPDATE render.tasks SET state = 'leased', session_id = 1, node_id = {NODE}",
    ),
    (
        "tasks_running_has_start",
        (
            "UPDATE render.tasks SET state = 'running', session_id = 1, attempt = 1,"
            f" leased_at = now(), node_id = {NODE}"
        ),
    ),
    ("tasks_finished_has_time", "UPDATE render.tasks SET state = 'succeeded'"),
    ("tasks_finished_has_time", "UPDATE render.tasks SET finished_at = now()"),
    (
        "tasks_failed_has_reason",
        "UPDATE render.tasks SET state = 'quarantined', finished_at = now()",
    ),
    ("tasks_queued_has_time", "UPDATE render.tasks SET queued_at = NULL"),
    ("tasks_job_by_kind", "UPDATE render.tasks SET kind = 'scan'"),
    ("tasks_job_by_kind", "UPDATE render.tasks SET job_id = NULL"),
    (
        "tasks_delay_only_when_queued",
        "UPDATE render.tasks SET state = 'blocked', not_before = now()",
    ),
    ("tasks_state_check", "UPDATE render.tasks SET state = 'canceled'"),
    ("attempts_outcome_has_time", "UPDATE render.attempts SET outcome = 'succeeded'"),
    (
        "attempts_failed_has_reason",
        "UPDATE render.attempts SET outcome = 'failed', finished_at = now()",
    ),
    (
        "attempts_only_failures_count",
        "UPDATE render.attempts SET outcome = 'lost', finished_at = now(), counted = true",
    ),
    (
        "attempts_pkey",
        (
            "UPDATE render.attempts SET outcome = 'lost', finished_at = now();"
            " INSERT INTO render.attempts (task_id, attempt, node_id, session_id, token_sha256)"
            f" VALUES (1, 1, {NODE}, 1, sha256('t'))"
        ),
    ),
    ("frame_jobs_done_in_frames", "UPDATE render.frame_jobs SET done = '{[3,6)}'"),
    ("frame_jobs_completed_is_all", "UPDATE render.frame_jobs SET completed_at = now()"),
    (
        "task_queue_leased_has_owner",
        "UPDATE render.task_queue SET ready = false, token = 't', attempt = 1",
    ),
    (
        "task_queue_leased_has_token",
        "UPDATE render.task_queue SET ready = false, session_id = 1, attempt = 1",
    ),
    ("nodes_online_was_seen", "UPDATE render.nodes SET state = 'online'"),
    ("nodes_quarantined_has_reason", "UPDATE render.nodes SET state = 'quarantined'"),
    ("nodes_retired_has_time", "UPDATE render.nodes SET state = 'retired'"),
    (
        "node_sessions_one_open",
        (
            "INSERT INTO render.node_sessions (node_id, epoch, instance, deadline_at)"
            f" VALUES ({NODE}, 1, 'two', now() + interval '30 s')"
        ),
    ),
    ("node_sessions_closed_has_reason", "UPDATE render.node_sessions SET closed_at = now()"),
    (
        "render_scan_jobs_succeeded_has_result",
        "UPDATE render.render_scan_jobs SET state = 'succeeded', finished_at = now()",
    ),
    ("projects_bundle_is_whole", "UPDATE content.projects SET bundle_md5 = repeat('0', 32)"),
    ("projects_scan_is_whole", "UPDATE content.projects SET scanned_at = now()"),
    (
        "scenes_key_once",
        (
            "UPDATE content.scenes SET deleted_at = now();"
            " INSERT INTO content.scenes (project_id, key) SELECT id, 's' FROM content.projects"
        ),
    ),
    ("files_ready_is_described", "UPDATE file_mgr.files SET state = 'ready'"),
    ("files_refused_has_reason", "UPDATE file_mgr.files SET state = 'refused'"),
    (
        "outbox_event_once",
        (
            "INSERT INTO render.outbox (tenant_id, type, dedupe_key, payload)"
            f" VALUES ({TENANT}, 'x', 'x', '{{}}')"
        ),
    ),
    ("webhook_deliveries_pending_has_next", "UPDATE render.webhook_deliveries SET next_at = NULL"),
    (
        "tenant_api_keys_scopes_known",
        (
            "INSERT INTO identity.tenant_api_keys (tenant_id, name, prefix, secret_hash, scopes)"
            f" VALUES ({TENANT}, 'k', 'fr_abcd', sha256('k'), '{{root}}')"
        ),
    ),
    ("farm_epoch_pkey", "INSERT INTO render.farm_epoch (epoch, reason) VALUES (2, 'x')"),
]
LEGAL = [
    "UPDATE render.render_jobs SET state = 'done', started_at = now(), finished_at = now(), "
    + SIZED,
    f"UPDATE render.render_jobs SET state = 'failed', finished_at = now(), {FAILED}",
    (
        "UPDATE render.tasks SET state = 'running', attempt = 1, session_id = 1, leased_at = now(),"
        f" started_at = now(), node_id = {NODE}"
    ),
    f"UPDATE render.tasks SET state = 'quarantined', finished_at = now(), {FAILED}",
    f"UPDATE render.attempts SET outcome = 'failed', finished_at = now(), counted = true, {FAILED}",
    "UPDATE render.attempts SET outcome = 'lost', finished_at = now()",
    "UPDATE render.frame_jobs SET done = '{[0,5)}', completed_at = now()",
    "UPDATE render.task_queue SET ready = false, session_id = 1, token = 't', attempt = 1",
    "UPDATE render.nodes SET state = 'online', last_seen_at = now()",
    "UPDATE render.node_sessions SET closed_at = now(), close_reason = 'expired'",
]


@pytest.fixture(scope="module")
async def connection(postgres: Cluster, template: str) -> AsyncIterator[Connection]:
    """Lend a connection to one database for the module, with one row of each kind."""
    async with fresh_database(postgres, template) as dsn:
        lent = await asyncpg.connect(dsn)
        await lent.execute(SEED)
        yield lent
        await lent.close()


@pytest.mark.parametrize(("constraint", "statements"), REFUSED)
async def test_an_impossible_row_is_refused(
    constraint: str, statements: str, connection: Connection
) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        async with connection.transaction():
            await connection.execute(statements)

    assert refusal.value.constraint_name == constraint


@pytest.mark.parametrize("statement", LEGAL)
async def test_a_possible_row_is_taken(statement: str, connection: Connection) -> None:
    work = connection.transaction()
    await work.start()
    try:
        assert await connection.execute(statement) == "UPDATE 1"
    finally:
        await work.rollback()
