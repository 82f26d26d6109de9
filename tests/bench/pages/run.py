"""Fill a database as a farm of years has it, and load every page from it, again and again."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil

from orchestrator import logs
from orchestrator.api.dispatch import DEPS
from orchestrator.app import Listener, create_app, listen
from orchestrator.settings import Settings
from orchestrator.store.audit import SYSTEM
from orchestrator.store.statements import parse
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.people import make_person
from orchestrator.usecases.accounts.sessions import COOKIE, Browser, open_session
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from tests.bench.frame import Report, Wish, percentile, rounded, tell
from tests.bench.server import migrated, own_server

JOBS, NODES, DAYS = 100_000, 5_000, 30
QUICK = 20
LOADS = 20
FILL_S = 600
FILLED = (
    "nodes", "sessions", "unkeyed", "rolled", "minutes", "keyed", "tenants", "usage", "projects",
    "jobs", "exports", "events", "previews", "split", "classes", "tasks", "queue", "attempts",
    "frames", "crashes",
)  # fmt: skip
PAGE_MS, PAGE_BYTES, LAG_S = 300.0, 200_000.0, 3.0
EVENTS_PER_S, LIVE_S = 200, 20
NODE = "00000000-0000-0000-0001-000000000001"
TENANT = "00000000-0000-0000-0002-000000000001"
PROJECT = "00000000-0000-0000-0003-000000000001"
FILL = parse([("fill.sql", (Path(__file__).parent / "fill.sql").read_text("utf-8"))])
_FILES = re.compile(rb'(?:src|href)="(/admin/static/[^"]+)"')
_FONTS = re.compile(rb'url\("(/admin/static/[^"]+woff2)"\)')


def pages(jobs: int) -> tuple[str, ...]:
    """Give every page's address, with lists deep in their middle and every filter."""
    job = f"00000000-0000-0000-0004-{jobs:012d}"
    return (
        "/admin",
        "/admin/nodes",
        "/admin/nodes?state=quarantined",
        "/admin/nodes?q=node-04",
        f"/admin/nodes/{NODE}",
        f"/admin/nodes/{NODE}/health.json?span=day",
        f"/admin/nodes/{NODE}/health.json?span=month",
        "/admin/jobs",
        "/admin/jobs?state=failed",
        "/admin/jobs?state=cancelled",
        f"/admin/jobs?tenant={TENANT}",
        f"/admin/jobs?tenant={TENANT}&state=cancelled",
        f"/admin/jobs?project={PROJECT}",
        "/admin/jobs?q=00000000-0000-0000-0004-00000009",
        f"/admin/jobs/{job}",
        "/admin/projects",
        f"/admin/projects?tenant={TENANT}",
        f"/admin/projects/{PROJECT}",
        "/admin/tenants",
        f"/admin/tenants/{TENANT}",
        "/admin/people",
        "/admin/audit",
        "/admin/settings",
        "/admin/account",
    )


async def run(wish: Wish) -> Report:
    """Measure and hold: page_p95_ms, page_bytes, live_lag_s."""
    report = Report("pages")
    logs.configure("json", "error")
    share = QUICK if wish.is_quick else 1
    async with own_server() as (cluster, folder):
        dsn = await migrated(cluster, "pages")
        await _fill(dsn, report, JOBS // share, NODES // share)
        made = Settings.model_validate({"data_dir": folder / "data", "database_url": dsn})
        app = create_app(made)
        listener = await listen(app, "127.0.0.1", 0)
        try:
            token = await _session(app[DEPS])
            await _measure(report, listener, token, dsn, JOBS // share)
        finally:
            await listener.close()
    return report


async def _fill(dsn: str, report: Report, jobs: int, nodes: int) -> None:
    began = time.monotonic()
    given: dict[str, tuple[int, ...]] = {"nodes": (nodes,), "jobs": (jobs,)}
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(_connection(dsn)) for _ in range(2)]
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
async def _connection(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        # What refers to what is right by its making: checking it row by row would take minutes.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '1GB'")
        yield connection
    finally:
        await connection.close()


async def _roll(connection: Any, days: range) -> None:
    """Fill the oldest days first, as time did."""
    for day in reversed(days):
        await connection.execute(FILL["fill_rolled"], day, timeout=FILL_S)


async def _session(deps: Any) -> str:
    person = await make_person(
        deps.db, deps.shared(Passwords), "bench@example.com", None, "admin", actor=SYSTEM
    )
    async with deps.db.transaction() as session:
        return await open_session(
            deps, session, (person, DEFAULT_TENANT), Browser(), has_code=False
        )


async def _measure(report: Report, listener: Listener, token: str, dsn: str, jobs: int) -> None:
    base = f"http://127.0.0.1:{listener.port}"
    headers = {"Cookie": f"{COOKIE}={token}", "Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(base, headers=headers, auto_decompress=False) as http:
        slowest, heaviest = 0.0, 0
        for path in pages(jobs):
            times = []
            sent = b""
            for _ in range(LOADS):
                began = time.perf_counter()
                async with http.get(path) as answer:
                    sent = await answer.read()
                    if answer.status != 200:
                        raise RuntimeError(f"{path} answered {answer.status}")
                times.append((time.perf_counter() - began) * 1000)
            p95 = percentile(times, 95)
            packed = answer.headers.get("Content-Encoding") == "gzip"
            weight = len(sent) + await _weight(http, gzip.decompress(sent) if packed else sent)
            slowest, heaviest = max(slowest, p95), max(heaviest, weight)
            tell(f"{path}: p95 {p95:.1f} ms, {weight} bytes")
            report.raw[path] = [rounded(one) for one in times]
        report.figures["page_p95_ms"], report.figures["page_bytes"] = rounded(slowest), heaviest
        report.hold("page_p95_ms", slowest, most=PAGE_MS)
        report.hold("page_bytes", heaviest, most=PAGE_BYTES)
        await _live(report, http, dsn, jobs)


async def _weight(http: aiohttp.ClientSession, body: bytes) -> int:
    """Count what a browser loads beside a page with nothing kept: style, scripts, both fonts."""
    total = 0
    for name in sorted({one.decode() for one in _FILES.findall(body)}):
        content = await _file(http, name)
        total += len(content)
        if name.endswith("app.css"):
            for font in _FONTS.findall(gzip.decompress(content)):
                total += len(await _file(http, font.decode()))
    return total


async def _file(http: aiohttp.ClientSession, path: str) -> bytes:
    async with http.get(path) as answer:
        return await answer.read()


async def _live(report: Report, http: aiohttp.ClientSession, dsn: str, jobs: int) -> None:
    """Change 200 jobs a second, and see how long an open list takes to show each change."""
    process = psutil.Process()
    unseen: list[float] = []
    lags: list[float] = []
    refreshes = 0

    async def change() -> None:
        ends, number = time.monotonic() + LIVE_S, 0
        async with _connection(dsn) as connection:
            while (began := time.monotonic()) < ends:
                number += 1
                for other in range(EVENTS_PER_S // 4):
                    await connection.execute(FILL["fill_tick"], jobs - other, number % 251)
                    unseen.append(time.monotonic())
                await asyncio.sleep(max(0.0, 0.25 - (time.monotonic() - began)))

    async def watch() -> None:
        nonlocal refreshes
        async with http.get("/admin/live", headers={"Accept-Encoding": "identity"}) as stream:
            async for line in stream.content:
                if not line.startswith(b"data:") or b"jobs" not in line:
                    continue
                # What was committed before the part was asked for is in it.
                shown = len(unseen)
                async with http.get("/admin/jobs?part=table") as answer:
                    await answer.read()
                now = time.monotonic()
                lags.extend(now - at for at in unseen[:shown])
                del unseen[:shown]
                refreshes += 1

    before = sum(process.cpu_times()[:2])
    watching = asyncio.create_task(watch())
    try:
        await change()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    cpu_s = sum(process.cpu_times()[:2]) - before
    lags += [time.monotonic() - at for at in unseen]
    report.figures["live_events"], report.figures["live_refreshes"] = len(lags), refreshes
    # The server's and this bench's own, which are one process here.
    report.figures["live_cpu"] = rounded(cpu_s / LIVE_S)
    report.figures["live_lag_s"] = rounded(max(lags))
    report.hold("live_lag_s", max(lags), most=LAG_S)
