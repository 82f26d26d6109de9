"""See how soon an open page shows what changes."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import psutil

from tests.bench.frame import Report, rounded
from tests.bench.pages.fill import FILL, connection

EVENTS_PER_S, LIVE_S = 200, 20
LAG_S = 3.0


async def live(report: Report, http: aiohttp.ClientSession, dsn: str, jobs: int) -> None:
    """Change 200 jobs a second, and see how long an open list takes to show each change."""
    process = psutil.Process()
    unseen: list[float] = []
    lags: list[float] = []
    refreshes = 0

    async def change() -> None:
        ends, number = time.monotonic() + LIVE_S, 0
        async with connection(dsn) as writing:
            while (began := time.monotonic()) < ends:
                number += 1
                for other in range(EVENTS_PER_S // 4):
                    await writing.execute(FILL["fill_tick"], jobs - other, number % 251)
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
