"""The slots of an agent: each claims and works, one grant at a time, as the slot machine says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import uuid4

import psutil
import structlog

from node_agent.core.backoff import spread
from node_agent.core.slot import State, move
from node_agent.engines.recovery import Recovery
from node_agent.errors import Refused, RetryLater
from node_agent.home import Home
from node_agent.leases import Book, carry_out
from node_agent.report.outbox import Outbox
from node_agent.runner.context import Tools
from node_agent.session import Session
from orchestrator.wire.agent import ClaimRequest
from orchestrator.wire.tasks import ClaimAnswer, Grant

LOG = structlog.get_logger("agent")
T = TypeVar("T")


class Slots:
    """Hold what all slots of one agent share."""

    def __init__(
        self, tools: Tools, session: Session, book: Book, outbox: Outbox, home: Home
    ) -> None:
        self._tools = tools
        self._session = session
        self._book = book
        self._outbox = outbox
        self._home = home
        self._recovery = Recovery(
            tools.engines, tools.spawner, tools.host, home.work, tools.settings.probe_s
        )
        self._unfit: tuple[str, ...] = ()

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and work until `stop` is set or the agent is to begin anew."""
        state: State = "idle"
        while not (stop.is_set() or self._session.recycle.is_set()):
            if self._recovery.needed:
                state = await self._recover(move(state, "forced"), stop)
                continue
            if self._session.draining or self._is_unfit():
                await wait_for(asyncio.sleep(1), stop)
                continue
            state = move(state, "ready")
            grant = await wait_for(self._claim(), stop)
            if grant is None:
                state = move(state, "stop" if stop.is_set() else "nothing")
                continue
            state = await self._work(move(state, "granted"), grant, stop)

    async def _work(self, state: State, grant: Grant, stop: asyncio.Event) -> State:
        event = await carry_out(grant, self._tools, self._book, self._outbox, self._home)
        state = move(state, event)
        if state == "reporting":
            return move(state, "reported")
        if state == "cooling":
            await wait_for(asyncio.sleep(self._tools.settings.cool_off_s), stop)
            return move(state, "stop" if stop.is_set() else "cooled")
        return state

    async def _recover(self, state: State, stop: asyncio.Event) -> State:
        """Recover, again and again with a pause; nothing is claimed in between."""
        while not stop.is_set() and not self._session.recycle.is_set():
            if await wait_for(self._recovery.recover(), stop):
                return move(state, "recovered")
            await wait_for(asyncio.sleep(self._tools.settings.cool_off_s), stop)
        return move(state, "stop")

    def _is_unfit(self) -> bool:
        free = psutil.disk_usage(str(self._home.root)).free
        unfit = self._session.conditions(free, psutil.virtual_memory().available)
        if unfit != self._unfit:
            self._unfit = unfit
            if unfit:
                LOG.warning("takes no work now", reasons=unfit, disk_free_bytes=free)
            else:
                LOG.info("takes work again")
        return bool(unfit)

    async def _claim(self) -> Grant | None:
        """Ask for one grant; the same request is repeated until it is answered."""
        entries = await asyncio.to_thread(self._tools.cache.inventory)
        recent = sorted(entries, key=lambda entry: -entry.used_at)[:200]
        request_id = uuid4()
        while True:
            request = ClaimRequest(
                request_id=request_id,
                session_id=self._session.id.session_id,
                slots=1,
                wait_s=spread(22, random.random()),  # noqa: S311
                bundles=tuple(entry.md5 for entry in recent),
            )
            try:
                answer = await self._tools.client.call("/v1/agent/claim", request, ClaimAnswer)
            except (RetryLater, Refused) as error:
                LOG.warning("cannot claim", reason=str(error))
                await asyncio.sleep(spread(1, random.random()))  # noqa: S311
                if isinstance(error, Refused):
                    return None
                continue
            return answer.grants[0] if answer.grants else None


async def wait_for(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """Await work, or give None as soon as the agent is to stop."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
