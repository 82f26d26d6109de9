"""Gather calls that wait for one another into batches, each served by one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from orchestrator.errors import FarmError

Q = TypeVar("Q")
A = TypeVar("A")
Work = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]


class Gather(Generic[Q, A]):
    """Answer questions in batches of at most `most`, `at_once` of them under way.

    A lone question is served at once; those that come while batches are under way make up the
    next one, so a batch is as large as the load asks for. With `linger_s` a batch waits so long
    for company: for calls that nobody waits for. An exception among the answers is
    raised to its asker; one that the work raises is raised to all of the batch.
    """

    def __init__(
        self, work: Work[Q, A], *, most: int, at_once: int = 1, linger_s: float = 0
    ) -> None:
        self._work = work
        self._linger_s = linger_s
        self._most = most
        self._at_once = at_once
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._busy = 0
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """Give the answer to one question; an asker who is cancelled is left out."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._busy < self._at_once:
            self._busy += 1
            task = asyncio.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await answer

    async def _run(self) -> None:
        # Counted down in the same step that finds nothing waiting: no question is left alone.
        try:
            while self._waiting:
                if self._linger_s:
                    await asyncio.sleep(self._linger_s)
                await self._serve()
        finally:
            self._busy -= 1

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
