"""Fill a database as a farm of years has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from orchestrator.store.statements import parse
from tests.bench.frame import Report, rounded, tell

DAYS = 30
FILL_S = 600
FILLED = (
    "nodes", "sessions", "unkeyed", "rolled", "minutes", "keyed", "tenants", "usage", "projects",
    "jobs", "exports", "events", "previews", "split", "classes", "tasks", "queue", "attempts",
    "frames", "crashes", "files", "people", "notes",
)  # fmt: skip
FILL = parse([("fill.sql", (Path(__file__).parent / "fill.sql").read_text("utf-8"))])


async def fill(dsn: str, report: Report, jobs: int, nodes: int) -> None:
    """Write nodes, jobs and all that belongs to them."""
    began = time.monotonic()
    given: dict[str, tuple[int, ...]] = {"nodes": (nodes,), "jobs": (jobs,)}
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(connection(dsn)) for _ in range(2)]
        for name in FILLED:
            if name == "rolled":
                await asyncio.gather(
                    *(_roll(one, range(at, DAYS + 1, 2)) for at, one in ((2, first), (1, second)))
                )
            else:
                await first.execute(FILL[f"fill_{name}"], *given.get(name, ()), timeout=FILL_S)
            tell(f"{name}: {time.monotonic() - began:.0f} s")
        await first.execute("VACUUM ANALYZE", timeout=FILL_S)
        await first.execute("CHECKPOINT", timeout=FILL_S)
        report.figures["jobs"], report.figures["nodes"] = jobs, nodes
        report.figures["health_rows"] = await first.fetchval(
            "SELECT count(*) FROM render.node_health_logs"
        )
        report.figures["fill_s"] = rounded(time.monotonic() - began)


@asynccontextmanager
async def connection(dsn: str) -> AsyncIterator[Any]:
    """Lend a connection for filling."""
    opened = await asyncpg.connect(dsn)
    try:
        # What refers to what is right by its making: checking it row by row would take minutes.
        await opened.execute("SET session_replication_role = replica")
        await opened.execute("SET synchronous_commit = off")
        await opened.execute("SET maintenance_work_mem = '1GB'")
        yield opened
    finally:
        await opened.close()


async def _roll(one: Any, days: range) -> None:
    """Fill the oldest days first, as time did."""
    for day in reversed(days):
        await one.execute(FILL["fill_rolled"], day, timeout=FILL_S)
