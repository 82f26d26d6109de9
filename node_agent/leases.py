"""One lease from grant to acknowledged result: work, report, hand back, or give up quietly."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog

from node_agent.core.slot import Event
from node_agent.engines.disk_cache import DiskCache
from node_agent.errors import Fatal, LeaseLost, NodeBroken, RetryLater, TaskBroken, broken
from node_agent.home import Home
from node_agent.host.disk_cache import own_disk_caches
from node_agent.report.attempt import AttemptReporter
from node_agent.report.outbox import Outbox
from node_agent.runner.context import Attempt, Tools
from node_agent.runner.dispatch import work
from node_agent.runner.folder import JobFolder
from orchestrator.wire.agent import HeldLease
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Grant, ResultReport

Gone = Literal["lost", "cancelled", "stopped", "orphaned"]
LOG = structlog.get_logger("lease")


def _future() -> asyncio.Future[Gone]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class Lease:
    """Be one lease that this agent holds; `end` tells its work why it must stop."""

    grant: Grant
    renewed_at: float
    ttl_s: float
    gone: asyncio.Future[Gone] = field(default_factory=_future)

    @property
    def held(self) -> HeldLease:
        """Offer the lease to the server."""
        grant = self.grant
        return HeldLease(task_id=grant.task_id, attempt=grant.attempt, token=grant.token)

    @property
    def key(self) -> tuple[int, int]:
        """Name the lease."""
        return self.grant.task_id, self.grant.attempt

    def renew(self, now: float, ttl_s: float) -> None:
        """Note that the server renewed it."""
        self.renewed_at, self.ttl_s = now, ttl_s

    def end(self, why: Gone) -> None:
        """Tell the work to stop; the first reason stays."""
        if not self.gone.done():
            self.gone.set_result(why)


class Book:
    """Keep the leases of one agent, in memory for the heartbeat and on disk for the next start."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._leases: dict[tuple[int, int], Lease] = {}
        self._disk_cache: DiskCache | None = None
        self.report_s = 0.5
        """How far apart the reports of each attempt are, as the server said last."""
        self.at_work = asyncio.Event()
        """Set while there are leases."""

    def __iter__(self) -> Iterator[Lease]:
        """Give the leases at work."""
        return iter(list(self._leases.values()))

    @contextlib.contextmanager
    def holding(self, grant: Grant) -> Iterator[Lease]:
        """Write a lease down before any work is done for it."""
        lease = Lease(grant, time.monotonic(), grant.lease_ttl_s)
        self._outbox.hold(lease.held)
        self._leases[lease.key] = lease
        self.at_work.set()
        try:
            yield lease
        finally:
            del self._leases[lease.key]
            if not self._leases:
                self.at_work.clear()

    async def before_work(self, tools: Tools) -> None:
        """Cut the engine's own disk cache back while nothing of ours runs."""
        if self._disk_cache is None:
            self._disk_cache = DiskCache(own_disk_caches(tools.host.platform))
        most = tools.settings.disk_cache_max_bytes
        await self._disk_cache.keep_within(most, alone=len(self._leases) == 1)

    def find(self, task_id: int, attempt: int) -> Lease | None:
        """Give a lease at work."""
        return self._leases.get((task_id, attempt))

    def end_orphans(self, now: float, orphan_ttls: int) -> None:
        """End the work of leases that the server has not renewed for too long."""
        for lease in self:
            if now - lease.renewed_at > orphan_ttls * lease.ttl_s:
                LOG.warning("out of touch for too long; the work is ended", task=lease.key[0])
                lease.end("orphaned")


async def carry_out(grant: Grant, tools: Tools, book: Book, outbox: Outbox, home: Home) -> Event:
    """Work on one grant to its end; give what the slot machine hears.

    The attempt's folder is removed in every case. A lost lease reports nothing.
    """
    folder = JobFolder(tools.host.shortened(home.work) / _folder_name(grant))
    with book.holding(grant) as lease:
        patience_s = tools.settings.orphan_ttls * grant.lease_ttl_s
        reporter = AttemptReporter(
            tools.client,
            outbox,
            grant,
            folder.root,
            preview_every_s=tools.settings.preview_every_s,
            pause_s=lambda: book.report_s,
            patience_s=patience_s,
        )
        attempt = Attempt(grant, tools, folder, reporter, patience_s)
        log = LOG.bind(task=grant.task_id, attempt=grant.attempt, job=str(grant.job_id))
        log.info("work begins", kind=grant.spec.kind, engine=grant.engine)
        try:
            result = await _work_or_gone(attempt, lease, book)
            outbox.put(lease.held, "result", result)
            if result.outcome != "succeeded":
                await asyncio.to_thread(_clear, folder, tools, _code(result))
            log.info(
                "work ends",
                outcome=result.outcome,
                failure=_code(result),
                timings_s=result.timings_s,
            )
            return await _deliver(result, lease, outbox)
        except LeaseLost:
            log.info("lease lost; the work is thrown away")
            outbox.forget(lease.held)
            return "lost"
        finally:
            await asyncio.to_thread(folder.remove)
            for left in home.left_over({_folder_name(one.grant) for one in book}):
                await asyncio.to_thread(shutil.rmtree, left, True)


def _folder_name(grant: Grant) -> str:
    return f"{grant.task_id}-{grant.attempt}"


def _clear(folder: JobFolder, tools: Tools, code: str | None) -> None:
    """Keep what the next attempt can use, unless the disk is full, and make room at once."""
    if code == "disk_full":
        tools.salvage.clear()
    else:
        tools.salvage.keep(folder.root)
    folder.remove()


async def _work_or_gone(attempt: Attempt, lease: Lease, book: Book) -> ResultReport:
    """Work while the lease lasts; raises LeaseLost when it is gone."""
    working = asyncio.create_task(_result_of(attempt, book))
    talking = asyncio.create_task(attempt.reporter.talk())
    try:
        first: set[asyncio.Future[Any]] = {working, talking, lease.gone}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if lease.gone.done():
            return _handed_back(attempt, lease.gone.result())
        if not working.done():
            talking.result()
        talking.cancel()
        result = await working
        await attempt.reporter.last_words()
        return result
    finally:
        for task in (working, talking):
            task.cancel()
        await asyncio.gather(working, talking, return_exceptions=True)


def _handed_back(attempt: Attempt, why: Gone) -> ResultReport:
    if why != "stopped":
        raise LeaseLost(why)
    return ResultReport(token=attempt.grant.token, outcome="interrupted")


async def _result_of(attempt: Attempt, book: Book) -> ResultReport:
    """Do the work; every typed cause becomes a result. Raises LeaseLost."""
    try:
        await book.before_work(attempt.tools)
        return await work(attempt)
    except TaskBroken as error:
        failure = error.failure
    except RetryLater as error:
        failure = broken(FailureClass.TRANSIENT, "server_away", str(error)).failure
    except (LeaseLost, Fatal):
        raise
    except Exception as error:
        LOG.exception("the runner failed", task=attempt.grant.task_id)
        told = f"The agent failed by itself ({type(error).__name__}: {error}). Report this fault."
        failure = broken(FailureClass.UNKNOWN, "agent_fault", told).failure
    return ResultReport(
        token=attempt.grant.token,
        outcome="failed",
        failure=failure,
        timings_s=attempt.timings_s,
        engine_version=attempt.engine_version,
        unsupported=attempt.unsupported,
        warnings=tuple(attempt.warnings),
    )


async def _deliver(result: ResultReport, lease: Lease, outbox: Outbox) -> Event:
    """Keep the lease until the server has heard the result, however long it is away."""
    while not await outbox.settled(lease.held, 1.0):
        if lease.gone.done():
            if lease.gone.result() == "stopped":
                return "stop"
            raise LeaseLost(lease.gone.result())
    if result.failure is not None and _is_ours(result):
        return "node_broken"
    return "ended"


def _is_ours(result: ResultReport) -> bool:
    failure = result.failure
    return failure is not None and isinstance(
        broken(failure.failure_class, failure.code, failure.message), NodeBroken
    )


def _code(result: ResultReport) -> str | None:
    return result.failure.code if result.failure is not None else None
