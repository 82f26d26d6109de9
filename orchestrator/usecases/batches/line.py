"""Keep claims that wait for the same classes of tasks in line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from orchestrator.store.render.queue import Leased

MISSES = 3


@dataclass(eq=False, slots=True)
class Waiter:
    """Be one claim that waits; equal requests that come again wait beside the first."""

    node_id: UUID
    request_id: UUID
    session_id: int
    slots: int
    bundle_ids: frozenset[int]
    answer: asyncio.Future[list[Leased]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    askers: int = 0
    seen: int = 0
    misses: int = 0
    leaving: bool = False
    line: Line | None = None

    @property
    def key(self) -> tuple[UUID, UUID]:
        """Give what the request is known by."""
        return self.node_id, self.request_id

    def give(self, leased: list[Leased]) -> None:
        """Answer, unless it was answered."""
        if not self.answer.done():
            self.answer.set_result(leased)

    def refuse(self, error: Exception) -> None:
        """Raise to those who wait."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # Looked at: nobody may be left to hear of it.

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
        self.waiters: dict[tuple[UUID, UUID], Waiter] = {}
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
        for key in [key for key, one in self.waiters.items() if one.answer.done()]:
            del self.waiters[key]
