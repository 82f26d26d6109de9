"""What runs beside the requests: reaper, janitor, partitions, wake-ups, webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from orchestrator.deps import Deps
from orchestrator.errors import FarmError
from orchestrator.loops.keep import keep
from orchestrator.store.partitions import ensure_partitions
from orchestrator.usecases.agents.calls import Calls
from orchestrator.usecases.batches.credentials import NodeCredentials
from orchestrator.usecases.farm.epoch import EpochGate
from orchestrator.usecases.farm.janitor import clean, drop_months
from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.health.counts import Counts
from orchestrator.usecases.settings.follow import Following
from orchestrator.usecases.webhooks.send import send_all

JANITOR_S = 60.0
HOUR_S = 3600.0
EPOCH_S = 5.0
TICK_S = 60.0
log = structlog.get_logger("loops")


@asynccontextmanager
async def start_loops(deps: Deps) -> AsyncIterator[None]:
    """Run the loops until the block ends; a database that is away only makes them wait."""
    gate, following = deps.shared(EpochGate), deps.shared(Following)
    with suppress(FarmError, TimeoutError):
        # Claims wait for the gate anyway; so most find it done.
        async with asyncio.timeout(EPOCH_S):
            await following.look()
            await gate.settle()
    loops = [
        asyncio.create_task(
            keep(
                "reaper",
                lambda: _sweep(deps),
                every_s=lambda: deps.settings.reaper_every_s,
                limit_s=60,
            )
        ),
        asyncio.create_task(keep("settings", following.look_next, every_s=0.1, limit_s=60)),
        asyncio.create_task(keep("janitor", lambda: clean(deps), every_s=JANITOR_S, limit_s=300)),
        asyncio.create_task(keep("wake-ups", lambda: _listen(deps), every_s=0.2, limit_s=None)),
        asyncio.create_task(keep("webhooks", lambda: send_all(deps), every_s=1, limit_s=None)),
        asyncio.create_task(keep("epoch", gate.settle, every_s=TICK_S, limit_s=60)),
        asyncio.create_task(
            keep("partitions", lambda: _partitions(deps), every_s=HOUR_S, limit_s=120)
        ),
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def _listen(deps: Deps) -> None:
    """Hear wake-ups. A database that was away may have come back as one of the past."""
    credentials, calls = deps.shared(NodeCredentials), deps.shared(Calls)
    following = deps.shared(Following)

    def heard(payload: str) -> None:
        credentials.heard(payload)
        calls.heard(payload)
        following.heard(payload)

    try:
        await deps.wakeups.listen(heard)
    finally:
        credentials.distrust()
        deps.shared(EpochGate).shut()


async def _sweep(deps: Deps) -> None:
    """Sweep, and tell what a person should know of it."""
    swept = await sweep(deps)
    deps.shared(Counts).leases_expired += swept.expired
    if swept.alarm is not None:
        log.error("reaper_brake", action=swept.action, alarm=swept.alarm)
    if swept.expired or swept.silent:
        log.warning("leases_expired", leases=swept.expired, nodes=swept.silent)


async def _partitions(deps: Deps) -> None:
    """Make the months to come, raise an alarm for rows that had no month, drop the oldest."""
    report = await ensure_partitions(deps.db.session())
    if report.alarm is not None:
        log.error("rows_without_a_month", alarm=report.alarm)
    await drop_months(deps)
