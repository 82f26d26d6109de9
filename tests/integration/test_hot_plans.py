"""Every hot statement keeps to its indexes when very many tasks lie in the tables."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from orchestrator.store import statements
from orchestrator.store.pool import CLAIM_PINS
from tests.support.postgres import fresh_database

FEW, MANY = 100_000, 1_000_000
HOT_TABLES = {
    "tasks", "task_queue", "attempts", "frame_jobs", "frame_results", "render_jobs", "job_events",
    "node_sessions", "nodes", "claim_requests", "outbox", "webhook_deliveries",
}  # fmt: skip
PINNED = """
queue_candidates queue_claim queue_answered session_enter session_abilities lease_lock_many
lease_settle_many node_beat node_health_note session_renew lease_held job_lock_many
frame_job_of_task frame_record_many frame_owners task_outline task_of_job job_progress_many
event_append node_cache_add node_cache_drop
"""
COLD = """
node_credentials_count session_close_all session_drop_old task_drop_old depths_count lease_census
lease_overdue node_beside node_capable_others node_probe_due node_silent session_idle_overdue
waiting_nodes font_nodes cleanup_fonts cleanup_files cleanup_loose_old cleanup_loose_tasks
cleanup_outbox cleanup_bundles_take overview_nodes overview_projects overview_tenants
overview_tenant_lines attention_nodes attention_tenants
"""
"""Run by people, the janitor or the reaper, seldom or over few rows."""
BY_ORDER = {
    "task_queue_ready_by_class", "task_queue_ready_by_bundle", "tasks_delayed", "nodes_name_once",
    "job_events_pkey", "audit_log_pkey", "render_jobs_newest",
    "outbox_waiting", "render_jobs_with_deadline", "audit_log_newest",
}  # fmt: skip
"""Indexes that are read from their start, in their order, a few rows deep."""
FILL = """
INSERT INTO render.nodes (id, name, platform, state, last_seen_at)
SELECT ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, 'node-' || n, 'linux',
       'online', now() FROM generate_series(1, $1 / 200) AS n;
INSERT INTO render.node_sessions (node_id, epoch, instance, deadline_at)
SELECT id, 1, 'x', now() + interval '1 h' FROM render.nodes;
INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)
SELECT md5(n::text), encode(sha256(n::text::bytea), 'hex'), 'zip', 1, 'k', 'a.aep'
  FROM generate_series(1, 20) AS n;
INSERT INTO render.task_classes (requirements_sha256, requirements)
SELECT encode(sha256(n::text::bytea), 'hex'), '{"kind": "frames", "engine": "preview"}'
  FROM generate_series(1, 40) AS n;
INSERT INTO render.render_jobs (id, tenant_id, project_id, engine, request)
SELECT ('00000000-0000-0000-0002-' || lpad(n::text, 12, '0'))::uuid,
       ('00000000-0000-0000-0000-' || lpad((n % 20)::text, 12, '0'))::uuid,
       '00000000-0000-0000-0000-000000000001', 'preview', '{}'
  FROM generate_series(1, $1 / 50) AS n;
INSERT INTO render.tasks (tenant_id, job_id, kind, position, class_id, bundle_id, priority, vtime,
                          state, attempt, node_id, session_id, queued_at, leased_at, finished_at)
SELECT j.tenant_id, j.id, 'frames', n, n % 40 + 1, n % 20 + 1, 50, n,
       CASE WHEN n % 2 = 0 THEN 'succeeded' WHEN n % 100 = 1 THEN 'leased' ELSE 'queued' END,
       CASE WHEN n % 2 = 0 OR n % 100 = 1 THEN 1 ELSE 0 END,
       CASE WHEN n % 100 = 1 THEN s.node_id END, CASE WHEN n % 100 = 1 THEN s.id END,
       now(), CASE WHEN n % 2 = 0 OR n % 100 = 1 THEN now() END,
       CASE WHEN n % 2 = 0 THEN now() END
  FROM generate_series(1, $1) AS n
  JOIN render.render_jobs AS j
    ON j.id = ('00000000-0000-0000-0002-' || lpad((1 + n / 51)::text, 12, '0'))::uuid
  JOIN render.node_sessions AS s ON s.id = 1 + n % ($1 / 200);
INSERT INTO render.task_queue (id, class_id, bundle_id, priority, vtime, attempt, ready,
                               session_id, token)
SELECT id, class_id, bundle_id, priority, vtime, attempt, state = 'queued', session_id,
       CASE WHEN state = 'leased' THEN sha256('t') END
  FROM render.tasks WHERE state <> 'succeeded';
INSERT INTO render.attempts (task_id, attempt, node_id, session_id, token_sha256, outcome,
                             finished_at)
SELECT t.id, 1, coalesce(t.node_id, s.node_id), 1, sha256('t'),
       CASE WHEN t.state = 'succeeded' THEN 'succeeded' END, t.finished_at
  FROM render.tasks AS t JOIN render.node_sessions AS s ON s.id = 1 + t.id % ($1 / 200)
 WHERE t.attempt = 1;
INSERT INTO render.frame_jobs (task_id, job_id, tenant_id, chunk, frames, frame_count)
SELECT id, job_id, tenant_id, position, '{[0,10)}', 10 FROM render.tasks WHERE id % 4 = 0;
INSERT INTO render.frame_results (frame_job_id, frame, task_id, attempt, sha256, size_bytes)
SELECT id, 0, task_id, 1, sha256('f'), 1 FROM render.frame_jobs;
INSERT INTO render.job_events (tenant_id, job_id, task_id, type)
SELECT tenant_id, job_id, id, 'task' FROM render.tasks WHERE id % 2 = 0;
INSERT INTO render.claim_requests (node_id, request_id, session_id)
SELECT node_id, gen_random_uuid(), 1 FROM render.attempts WHERE task_id % 4 = 0;
INSERT INTO identity.tenant_webhooks (tenant_id, url, events)
SELECT id, 'https://hooks.invalid/', '{*}' FROM identity.tenants, generate_series(1, 10);
INSERT INTO render.outbox (tenant_id, type, dedupe_key, payload, dispatched_at)
SELECT tenant_id, 'job.done', id, '{}', CASE WHEN id % 50 > 0 THEN now() END
  FROM render.tasks WHERE id % 2 = 0;
INSERT INTO render.webhook_deliveries (tenant_id, webhook_id, outbox_id, state, next_at,
                                       finished_at)
SELECT o.tenant_id, w.id, o.id, CASE WHEN o.id % 20 = 0 THEN 'pending' ELSE 'delivered' END,
       CASE WHEN o.id % 20 = 0 THEN now() END, CASE WHEN o.id % 20 > 0 THEN now() END
  FROM render.outbox AS o JOIN identity.tenant_webhooks AS w ON w.tenant_id = o.tenant_id
"""


@pytest.fixture(scope="module")
async def filled(
    postgres: Cluster, template: str, long_run: bool
) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Lend a connection to a database with very many tasks."""
    count = MANY if long_run else FEW
    async with fresh_database(postgres, template) as dsn:
        connection = await asyncpg.connect(dsn)
        await connection.execute("SET jit = off")
        for statement in FILL.replace("$1", str(count)).split(";\n"):
            await connection.execute(statement, timeout=600)
        await connection.execute("ANALYZE")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection
        await connection.close()


async def planned(connection: asyncpg.Connection[Any], name: str) -> Any:
    """Give the plan that serves a statement whatever its arguments are."""
    sql = statements.load()[name]
    prepared = await connection.prepare(sql)
    types = [re.sub(r"^_(.*)$", r"\1[]", one.name) for one in prepared.get_parameters()]
    types = [one if one.endswith("[]") else re.sub(r"(\[\])+$", "[]", one) for one in types]
    head = f" ({', '.join(types)})" if types else ""
    nulls = f" ({', '.join(['NULL'] * len(types))})" if types else ""
    await connection.execute(f"PREPARE looked_at{head} AS {sql}")
    try:
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE looked_at{nulls}")
    finally:
        await connection.execute("DEALLOCATE looked_at")
    return json.loads(found)[0]["Plan"]


def nodes_of(plan: Any) -> Iterator[Any]:
    """Give a plan's nodes."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes_of(inner)


def walks(plan: Any) -> list[str]:
    """Name what reads a hot table from one end to the other."""
    found = []
    for node in nodes_of(plan):
        table, kind = node.get("Relation Name"), node["Node Type"]
        if table not in HOT_TABLES:
            continue
        by_order = node.get("Index Name") in BY_ORDER
        if kind == "Seq Scan" or (
            kind.startswith("Index") and "Index Cond" not in node and not by_order
        ):
            found.append(f"{kind} on {table} {node.get('Index Name', '')}".strip())
    return found


async def test_statements_of_many_at_once_walk_no_table(
    filled: asyncpg.Connection[Any],
) -> None:
    async with filled.transaction():
        for name, value in CLAIM_PINS.items():
            await filled.execute(f"SET LOCAL {name} = {value}")
        found = {name: walks(await planned(filled, name)) for name in PINNED.split()}
    assert {name: walked for name, walked in found.items() if walked} == {}


async def test_no_other_statement_walks_a_table_but_the_seldom_ones(
    filled: asyncpg.Connection[Any],
) -> None:
    names = [name for name in statements.load() if name not in COLD.split()]
    found = {name: walks(await planned(filled, name)) for name in names}
    assert {name: walked for name, walked in found.items() if walked} == {}


async def test_plans_made_while_the_tables_were_empty_walk_none_later(database: str) -> None:
    connection = await asyncpg.connect(database, server_settings={**CLAIM_PINS, "jit": "off"})
    await connection.execute("VACUUM ANALYZE")
    found = {name: walks(await planned(connection, name)) for name in PINNED.split()}
    await connection.close()
    assert {name: walked for name, walked in found.items() if walked} == {}


async def test_a_walk_is_noticed(filled: asyncpg.Connection[Any]) -> None:
    sql = "SELECT id FROM render.tasks WHERE vtime = 5"
    plan = json.loads(await filled.fetchval(f"EXPLAIN (FORMAT JSON) {sql}"))[0]["Plan"]
    assert walks(plan) == ["Seq Scan on tasks"]
