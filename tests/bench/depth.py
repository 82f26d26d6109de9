"""How long one claim takes when ten thousand or a million tasks wait."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg

from orchestrator.embedded import Cluster
from tests.bench.frame import Report, Wish, percentile, tell
from tests.bench.ours import Ours, ours, tidy
from tests.bench.server import migrated

CLASSES, TENANTS = 40, 20
FILL = """
INSERT INTO render.task_classes (requirements_sha256, requirements)
SELECT encode(sha256(n::text::bytea), 'hex'),
       jsonb_build_object('kind', 'bind', 'engine', 'preview', 'memory_bytes', n)
  FROM generate_series(1, $1::integer) AS n
"""
JOBS = """
INSERT INTO render.render_jobs (id, tenant_id, project_id, engine, request)
SELECT gen_random_uuid(), ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,
       gen_random_uuid(), 'preview', '{}'
  FROM generate_series(1, $1::integer) AS n
"""
TASKS = """
INSERT INTO render.tasks (tenant_id, job_id, kind, position, class_id, priority, vtime, queued_at)
SELECT j.tenant_id, j.id, 'bind', n, 2 + n % $2::integer, 50, n, now()
  FROM generate_series(1, $1::integer) AS n
  JOIN (SELECT id, tenant_id, row_number() OVER () AS place FROM render.render_jobs) AS j
    ON j.place = 1 + (n / 40) % (SELECT count(*) FROM render.render_jobs)
"""
QUEUE = """
INSERT INTO render.task_queue (id, class_id, bundle_id, priority, vtime)
SELECT id, class_id, bundle_id, priority, vtime FROM render.tasks WHERE state = 'queued'
"""


async def fill(look: asyncpg.Connection[Any], count: int) -> None:
    """Let so many tasks of 40 classes and 20 tenants wait; the statistics are fresh after it."""
    await look.execute(FILL, CLASSES)
    await look.execute(JOBS, TENANTS)
    await look.execute(TASKS, count, CLASSES, timeout=600)
    await look.execute(QUEUE, timeout=600)
    await tidy(look)


async def measure(report: Report, wish: Wish, cluster: Cluster, folder: Path) -> None:
    """Compare the 99th percentile of one-task claims at both depths, in turns."""
    depths = {"10k": 10_000, "1m": 100_000 if wish.is_quick else 1_000_000}
    turns, claims = (3, 300) if wish.is_quick else (5, 1500)
    async with AsyncExitStack() as stack:
        queues: dict[str, Ours] = {}
        for name, count in depths.items():
            dsn = await migrated(cluster, f"depth_{name}")
            queue = await stack.enter_async_context(ours(dsn, folder / name))
            tell(f"filling {count} tasks")
            await fill(queue.farm.look, count)
            queues[name] = queue
        agents = {name: (await queue.agents(1, 64))[0] for name, queue in queues.items()}
        p50: dict[str, list[float]] = {name: [] for name in depths}
        p99: dict[str, list[float]] = {name: [] for name in depths}
        for turn in range(turns):
            for name, queue in queues.items():
                times = []
                for _ in range(claims):
                    begin = time.perf_counter()
                    leased = await queue.claim(agents[name], 1)
                    times.append((time.perf_counter() - begin) * 1000)
                    await queue.ending.ask((agents[name], leased))
                if turn:
                    p50[name].append(percentile(times, 50))
                    p99[name].append(percentile(times, 99))
                tell(f"{name}: p50 {percentile(times, 50):.2f} p99 {percentile(times, 99):.2f} ms")
    for name in depths:
        report.figure(f"claim_p50_ms_{name}", p50[name])
        report.figure(f"claim_p99_ms_{name}", p99[name])
    ratio = report.figures["claim_p99_ms_1m"] / report.figures["claim_p99_ms_10k"]
    report.ratio("claim_p99_1m_vs_10k", ratio, most=2)
