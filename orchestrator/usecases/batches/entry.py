"""Let newcomers in by batches; nobody is told but by the work that lets them in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from orchestrator.errors import FarmError
from orchestrator.usecases.batches.line import Waiter

AT_ONCE = 2
ENOUGH = 48
"""Newcomers for so many tasks are a batch that is worth its statements."""
Work = Callable[[Sequence[Waiter]], Awaitable[None]]


class Entry:
    """Give newcomers to `work` in batches of at most `most`.

    They begin `pace_s()` seconds apart; one that asks for ENOUGH tasks does not wait. When the
    work raises, the newcomers are let in one by one: one must not spoil the others.
    """

    def __init__(self, work: Work, *, most: int, pace_s: Callable[[], float]) -> None:
        self._work = work
        self._most = most
        self._pace_s = pace_s
        self._new: list[Waiter] = []
        self._slots = 0
        self._began = 0.0
        self._company: asyncio.Event | None = None
        self._running: set[asyncio.Task[None]] = set()

    def put(self, waiter: Waiter) -> None:
        """Let a newcomer wait to be let in."""
        self._new.append(waiter)
        self._slots += waiter.slots
        if self._company is not None:
            if self._slots >= ENOUGH:
                self._company.set()
        elif len(self._running) < AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        if self._new and self._company is None and len(self._running) < AT_ONCE:
            self.put(self._new.pop())

    async def _run(self) -> None:
        while self._new and self._company is None:
            await self._pause()
            batch, self._new = self._new[: self._most], self._new[self._most :]
            self._slots = sum(one.slots for one in self._new)
            await self._let_in(batch)

    async def _pause(self) -> None:
        """Wait for company until the next batch is due, or asks for enough."""
        clock = asyncio.get_running_loop().time
        left_s = self._began + self._pace_s() - clock()
        if left_s > 0 and self._slots < ENOUGH:
            self._company = asyncio.Event()
            try:
                async with asyncio.timeout(left_s):
                    await self._company.wait()
            except TimeoutError:
                pass
            finally:
                self._company = None
        self._began = clock()

    async def _let_in(self, batch: list[Waiter]) -> None:
        try:
            await self._work(batch)
        except Exception as error:  # noqa: BLE001 - it belongs to those who ask
            if len(batch) == 1 or isinstance(error, FarmError):
                for one in batch:
                    one.refuse(error)
                return
            for one in batch:
                await self._let_in([one])
