"""Keep claims that wait for the same classes of tasks in line."""

from __future__ import annotations

import asyncio
from itertools import islice
from uuid import UUID

from orchestrator.store.render.queue import Leased
from orchestrator.store.render.sessions import Standing
from orchestrator.wire.agent import ClaimRequest

MISSES = 3
Key = tuple[UUID, UUID]
"""A node's id and the request id of a claim."""


class Waiter:
    """Be one claim that waits; equal requests that come again wait beside the first.

    `seen` is the stir of its line after which somebody last looked at it, 0 for never.
    `standing` is how its session stood when it entered, until it is used.
    """

    def __init__(self, key: Key, request: ClaimRequest) -> None:
        self.key = key
        self.node_id, self.request_id = key
        self.session_id = request.session_id.int
        self.slots = request.slots
        self.md5s = request.bundles
        self.bundle_ids: frozenset[int] = frozenset()
        self.standing: Standing | None = None
        self.line: Line | None = None
        self.seen = 0
        self.misses = 0
        self.leaving = False
        self._askers: set[asyncio.Future[list[Leased]]] = set()
        self._answer: list[Leased] | Exception | None = None

    @property
    def is_answered(self) -> bool:
        """Tell whether there is nothing left to wait for."""
        return self._answer is not None

    def ask(self) -> asyncio.Future[list[Leased]]:
        """Give a future of the answer, for one asker."""
        future: asyncio.Future[list[Leased]] = asyncio.get_running_loop().create_future()
        self._askers.add(future)
        self._tell(future)
        return future

    def forget(self, asker: asyncio.Future[list[Leased]]) -> bool:
        """Let one asker go; tell whether nobody asks any more, who then leaves the line."""
        self._askers.discard(asker)
        if not self._askers and self.line is not None:
            self.line.waiters.pop(self.key, None)
        return not self._askers

    def give(self, leased: list[Leased]) -> None:
        """Answer, unless it was answered."""
        self._settle(leased)

    def refuse(self, error: Exception) -> None:
        """Raise to those who wait, unless it was answered."""
        self._settle(error)

    def _settle(self, answer: list[Leased] | Exception) -> None:
        if self._answer is None:
            self._answer = answer
            for asker in self._askers:
                self._tell(asker)

    def _tell(self, asker: asyncio.Future[list[Leased]]) -> None:
        if self._answer is None or asker.done():
            return
        if isinstance(self._answer, Exception):
            asker.set_exception(self._answer)
        else:
            asker.set_result(self._answer)

    def miss(self) -> bool:
        """Note that others took what was chosen; False when that happened too often."""
        self.misses += 1
        return self.misses % MISSES != 0


class Line:
    """Hold the waiters whose nodes serve the same classes, the longest waiting first.

    Each stir lets all of them be looked at once more; `seen` tells who was since.
    """

    def __init__(self, class_ids: tuple[int, ...]) -> None:
        self.class_ids = class_ids
        self.waiters: dict[Key, Waiter] = {}
        self.stirs = 1
        self.running: asyncio.Task[None] | None = None

    def stir(self, *, leaving: bool) -> None:
        """Let everybody be looked at once more, for the last time when all must leave."""
        self.stirs += 1
        for one in self.waiters.values():
            one.leaving = one.leaving or leaving

    def unseen(self, most: int) -> list[Waiter]:
        """Give the first who were not looked at since the last stir."""
        self._adopt()
        stirs = self.stirs
        waiting = (one for one in self.waiters.values() if one.seen < stirs)
        return list(islice(waiting, most))

    def _adopt(self) -> None:
        """Forget what another line, with stirs of its own, noted of those who came from there."""
        for one in self.waiters.values():
            if one.line is not self:
                one.line, one.seen = self, 0

    def see(self, stirs: int) -> None:
        """Note that there is nothing for anybody in line."""
        for one in self.waiters.values():
            one.seen = max(one.seen, stirs)

    def dismiss(self) -> None:
        """Let those go whose time is over and who were looked at."""
        for one in [one for one in self.waiters.values() if one.leaving and one.seen]:
            one.give([])
        self.sweep()

    def sweep(self) -> None:
        """Take those out of line who have their answer."""
        for key in [key for key, one in self.waiters.items() if one.is_answered]:
            del self.waiters[key]
