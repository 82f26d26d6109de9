"""Gather calls that wait for one another into batches, each served by one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from orchestrator.errors import FarmError

Q = TypeVar("Q")
A = TypeVar("A")
ENOUGH = 48
"""So many questions are a batch that is worth its statements: more company would save little."""
Work = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]


class Gather(Generic[Q, A]):
    """Answer questions in batches of at most `most`, `at_once` of them under way.

    A lone question is served at once; those that come while batches are under way make up the
    next one, so a batch is as large as the load asks for. With `pace_s` batches begin at least
    so far apart, unless ENOUGH wait: many small batches cost more than a moment of waiting. An
    exception among the answers is raised to its asker; one that the work raises is raised to all
    of the batch.
    """

    def __init__(self, work: Work[Q, A], *, most: int, at_once: int = 1, pace_s: float = 0) -> None:
        self._work = work
        self._pace_s = pace_s
        self._most = most
        self._at_once = at_once
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._busy = 0
        self._began = -pace_s
        self._company: asyncio.Event | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """Give the answer to one question; an asker who is cancelled is left out."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, answer))
        if self._company is not None:
            if len(self._waiting) >= ENOUGH:
                self._company.set()
        elif self._busy < self._at_once:
            self._busy += 1
            task = loop.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await answer

    async def _run(self) -> None:
        # Counted down in the same step that finds nothing waiting, or finds somebody who waits
        # for the next batch to be due: no question is left alone.
        try:
            while self._waiting and self._company is None:
                await self._pause()
                await self._serve()
        finally:
            self._busy -= 1

    async def _pause(self) -> None:
        """Wait for company until the next batch is due, or large enough."""
        clock = asyncio.get_running_loop().time
        left_s = self._began + self._pace_s - clock()
        if left_s > 0 and len(self._waiting) < ENOUGH:
            self._company = asyncio.Event()
            try:
                async with asyncio.timeout(left_s):
                    await self._company.wait()
            except TimeoutError:
                pass
            finally:
                self._company = None
        self._began = clock()

    async def _serve(self) -> None:
        batch = [(q, a) for q, a in self._waiting[: self._most] if not a.done()]
        del self._waiting[: self._most]
        if not batch:
            return
        answers = await self._answers(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            _settle(future, answer)

    async def _answers(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> Sequence[A | Exception]:
        """Work on a batch; when it breaks, on each by itself: one must not spoil the others."""
        try:
            return await self._work([question for question, _ in batch])
        except FarmError as error:
            return [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
            if len(batch) == 1:
                return [error]
            return [(await self._answers([one]))[0] for one in batch]
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise


def _settle(future: asyncio.Future[A], answer: A | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
