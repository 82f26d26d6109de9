"""The agent's session with the server: register, heartbeat, and what becomes of held leases."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import structlog

from node_agent import __version__
from node_agent.core.backoff import spread
from node_agent.core.conditions import Room, conditions
from node_agent.errors import Fatal, NotKnown, Refused, RetryLater
from node_agent.home import Home
from node_agent.leases import Book
from node_agent.report.client import Client
from node_agent.report.health import sample
from node_agent.report.outbox import Outbox
from node_agent.runner.context import Tools
from orchestrator.wire.agent import (
    CallAnswer,
    CallRequest,
    Capabilities,
    HeartbeatAnswer,
    HeartbeatRequest,
    LeaseRef,
    RegisterAnswer,
    RegisterRequest,
)
from orchestrator.wire.tasks import ResultReport

GONE = frozenset({404, 409, 410, 422})
"""A heartbeat refused so means that the server no longer knows the session."""
REGISTER_S = 10.0
QUICK_S = 1.0
"""A server that is stopping answers a held call at once: it is not asked again so soon."""
RECYCLE = "recycle"
"""The setting that asks for a new beginning whenever its word changes."""
LOG = structlog.get_logger("session")


class Session:
    """Hold what the server said last; `recycle` is set once it asked for a new beginning."""

    def __init__(
        self,
        client: Client,
        tools: Tools,
        book: Book,
        outbox: Outbox,
        home: Home,
        capabilities: Capabilities,
    ) -> None:
        self._client = client
        self._tools = tools
        self._book = book
        self._outbox = outbox
        self._home = home
        self._capabilities = capabilities
        self._instance = uuid4()
        self._heartbeat_s = 10.0
        self._answer: RegisterAnswer | None = None
        self._words: list[object] = []
        self._called = asyncio.Event()
        self.draining = False
        self.recycle = asyncio.Event()

    @property
    def id(self) -> RegisterAnswer:
        """Give the open session; only after `register`."""
        if self._answer is None:
            raise RetryLater("The agent has no session yet.")
        return self._answer

    async def register(self, may_enrol: Callable[[], bool] = lambda: False) -> None:
        """Open a session and settle the leases of an earlier one; try until it goes through.

        Raises NotKnown when the server does not know this node and `may_enrol` says that a token
        for another enrolment lies ready.

        A lease that this process works on goes on when it was kept. One that a dead agent left is
        handed back as interrupted, so that the server queues its task again at once.
        """
        settings = self._tools.settings
        while True:
            request = RegisterRequest(
                instance_id=self._instance,
                name=settings.name,
                platform=self._tools.host.platform,
                agent_version=__version__,
                capabilities=self._capabilities,
                slots=settings.slots,
                held=tuple(self._outbox.held()[:1000]),
            )
            try:
                answer = await self._client.call(
                    "/v1/agent/register", request, RegisterAnswer, patience_s=REGISTER_S
                )
            except RetryLater as error:
                if isinstance(error, NotKnown) and may_enrol():
                    raise
                LOG.warning("cannot register yet", reason=str(error))
            except Refused as error:
                raise Fatal(
                    f"The server does not register this node: {error} "
                    "Server and agent may differ in version."
                ) from error
            else:
                break
            await asyncio.sleep(spread(2.0, random.random()))  # noqa: S311
        self._answer = answer
        self._heartbeat_s, self.draining = answer.heartbeat_s, answer.drain
        self._tools.cache.told(None)
        self._settle(answer)
        LOG.info("registered", session=str(answer.session_id), kept=len(answer.kept))

    def _settle(self, answer: RegisterAnswer) -> None:
        kept = {(ref.task_id, ref.attempt) for ref in answer.kept}
        now = time.monotonic()
        for held in self._outbox.held():
            lease = self._book.find(held.task_id, held.attempt)
            if (held.task_id, held.attempt) not in kept:
                if lease is not None:
                    lease.end("lost")
                else:
                    self._outbox.forget(held)
            elif lease is not None:
                lease.renew(now, answer.lease_ttl_s)
            elif not self._outbox.has_result(held):
                left = ResultReport(token=held.token, outcome="interrupted", agent_died=True)
                self._outbox.put(held, "result", left)

    async def beat_for_ever(self) -> None:
        """Send heartbeats; out of touch, work goes on until the orphan limit."""
        while True:
            try:
                await self.beat()
            except RetryLater as error:
                LOG.warning("no heartbeat goes through", reason=str(error))
            except Refused as error:
                if error.status not in GONE:
                    LOG.warning("heartbeat refused", reason=str(error))
                else:
                    LOG.warning("the server lost our session; registering again")
                    await self.register()
            self._book.end_orphans(time.monotonic(), self._tools.settings.orphan_ttls)
            with contextlib.suppress(TimeoutError):
                pause_s = spread(self._heartbeat_s, random.random())  # noqa: S311
                await asyncio.wait_for(self._called.wait(), pause_s)
            self._called.clear()

    async def hear_calls(self) -> None:
        """While there is work, let the server ask for a sign of life at once: it cancelled some.

        A server that knows no calls, or is away, is asked again after a while.
        """
        while True:
            await self._book.at_work.wait()
            asked_at = time.monotonic()
            request = CallRequest(session_id=self.id.session_id)
            try:
                answer = await self._client.call(
                    "/v1/agent/calls", request, CallAnswer, patience_s=self._heartbeat_s
                )
            except (RetryLater, Refused) as error:
                LOG.debug("no calls are heard", reason=str(error))
                await asyncio.sleep(spread(self._heartbeat_s, random.random()))  # noqa: S311
                continue
            if answer.beat:
                self._called.set()
            elif time.monotonic() - asked_at < QUICK_S:
                await asyncio.sleep(QUICK_S)

    async def beat(self) -> None:
        """Send one heartbeat and obey its answer."""
        changes = await asyncio.to_thread(self._tools.cache.changes)
        measured = await asyncio.to_thread(sample, self._home.root, self._home.id)
        sent_at = time.monotonic()
        leases = list(self._book)
        request = HeartbeatRequest(
            session_id=self.id.session_id,
            agent_version=__version__,
            clock=datetime.now(UTC),
            sample=measured,
            leases=tuple(lease.held for lease in leases[:1000]),
            cache_added=changes.added,
            cache_removed=changes.removed,
            conditions=self.conditions(
                measured.disk_free_bytes,
                measured.memory_total_bytes - measured.memory_used_bytes,
            ),
        )
        answer = await self._client.call(
            "/v1/agent/heartbeat",
            request,
            HeartbeatAnswer,
            patience_s=self._heartbeat_s,
            timeout_s=max(5.0, self._heartbeat_s),
        )
        self._tools.cache.told(changes)
        self._heartbeat_s, self.draining = max(0.05, answer.heartbeat_s), answer.drain
        self._book.report_s = answer.report_s
        self._hear(answer.settings.get(RECYCLE))
        self._end(answer.lost, "lost")
        self._end(answer.cancelled, "cancelled")
        for lease in leases:
            if not lease.gone.done():
                lease.renew(sent_at, answer.lease_ttl_s)

    def _hear(self, word: object) -> None:
        """Note the word for a new beginning; the first one is what was asked of those before us."""
        self._words = [*self._words[-1:], word]
        if self._words[0] != word:
            self.recycle.set()

    def _end(self, refs: tuple[LeaseRef, ...], why: str) -> None:
        for ref in refs:
            lease = self._book.find(ref.task_id, ref.attempt)
            if lease is not None:
                LOG.info("lease ends", task=ref.task_id, attempt=ref.attempt, why=why)
                lease.end("cancelled" if why == "cancelled" else "lost")

    def conditions(self, disk_free_bytes: int, memory_free_bytes: int) -> tuple[str, ...]:
        """Name what keeps this node from taking work."""
        settings = self._tools.settings
        return conditions(
            Room(disk_free_bytes, memory_free_bytes),
            Room(settings.free_disk_bytes, settings.free_memory_bytes),
            has_engine=any(engine.is_there for engine in self._tools.engines),
            recovering=any(engine.must_recover for engine in self._tools.engines),
            can_write=self._tools.cache.can_write() and self._home.can_write(),
        )
