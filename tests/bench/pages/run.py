"""Fill a database as a farm of years has it, and load every page from it, again and again."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp

from orchestrator import logs
from orchestrator.api.dispatch import DEPS
from orchestrator.app import Listener, create_app, listen
from orchestrator.settings import Settings
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.people import make_person
from orchestrator.usecases.accounts.sessions import COOKIE, Browser, open_session
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from tests.bench.frame import Report, Wish, percentile, rounded, tell
from tests.bench.pages.fill import fill
from tests.bench.pages.live import live
from tests.bench.pages.templates import templates
from tests.bench.server import migrated, own_server

JOBS, NODES = 100_000, 5_000
QUICK = 20
LOADS = 20
PAGE_MS, PAGE_BYTES = 300.0, 200_000.0
NODE = "00000000-0000-0000-0001-000000000001"
TENANT = "00000000-0000-0000-0002-000000000001"
WHO = "00000000-0000-0000-0005-000000000001"
PROJECT = "00000000-0000-0000-0003-000000000001"
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
        f"/admin/jobs/{job}?part=acts",
        "/admin/projects",
        f"/admin/projects?tenant={TENANT}",
        f"/admin/projects/{PROJECT}",
        "/admin/tenants",
        f"/admin/tenants/{TENANT}",
        "/admin/people",
        "/admin/audit",
        "/admin/audit?cursor=" + _place(100_000),
        "/admin/audit?who=user",
        f"/admin/audit?who=user:{WHO}",
        "/admin/audit?who=nobody&action=user.sign_in_refused",
        "/admin/audit?action=render.cancel",
        f"/admin/audit?thing=render:{job}",
        f"/admin/audit?tenant={TENANT}",
        f"/admin/audit?tenant={TENANT}&who=user:{WHO}&action=render.cancel",
        f"/admin/audit?day={datetime.now(UTC) - timedelta(days=200):%Y-%m-%d}",
        "/admin/settings",
        "/admin/account",
        "/admin/words",
    )


def _place(minutes: int) -> str:
    return f"{round((time.time() - minutes * 60) * 1_000_000)}-1"


async def run(wish: Wish) -> Report:
    """Measure and hold: page_p95_ms, page_bytes, live_lag_s."""
    report = Report("pages")
    logs.configure("json", "error")
    share = QUICK if wish.is_quick else 1
    async with own_server() as (cluster, folder):
        dsn = await migrated(cluster, "pages")
        await fill(dsn, report, JOBS // share, NODES // share)
        made = Settings.model_validate({"data_dir": folder / "data", "database_url": dsn})
        app = create_app(made)
        listener = await listen(app, "127.0.0.1", 0)
        try:
            token = await _session(app[DEPS])
            large = await templates(app[DEPS], UUID(TENANT), dsn)
            async with _browser(listener, token) as http:
                await _measure(report, http, (*pages(JOBS // share), *large))
                await live(report, http, dsn, JOBS // share)
        finally:
            await listener.close()
    return report


async def _session(deps: Any) -> str:
    person = await make_person(deps.db, deps.shared(Passwords), "bench@example.com", None, "admin")
    async with deps.db.transaction() as session:
        return await open_session(
            deps, session, (person, DEFAULT_TENANT), Browser(), has_code=False
        )


def _browser(listener: Listener, token: str) -> aiohttp.ClientSession:
    base = f"http://127.0.0.1:{listener.port}"
    headers = {"Cookie": f"{COOKIE}={token}", "Accept-Encoding": "gzip"}
    return aiohttp.ClientSession(base, headers=headers, auto_decompress=False)


async def _measure(report: Report, http: aiohttp.ClientSession, paths: Sequence[str]) -> None:
    slowest, heaviest = 0.0, 0
    for path in paths:
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
