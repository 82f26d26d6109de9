"""Keep claims that wait for the same classes of tasks in line."""

from __future__ import annotations

import asyncio
from itertools import islice
from uuid import UUID

from orchestrator.store.render.queue import Leased
from orchestrator.store.render.sessions import Standing
from orchestrator.wire.agent import ClaimRequest

MISSES = 3
Key = tuple[int, int]
"""A node's id and the request id of a claim, as numbers: they are cheap to look up."""


class Waiter:
    """Be one claim that waits; equal requests that come again wait beside the first.

    `leaving` tells that its time is over: it gets an empty answer once somebody has looked at
    it. `standing` is how its session stood when that was asked, until it is used; `checked` tells
    that it was asked once: a session that is over must not wait in vain.
    """

    __slots__ = (
        "_answer", "_askers", "again", "bundle_ids", "busy", "checked", "key", "leaving", "line",
        "looked", "misses", "node_id", "request", "session_id", "slots", "standing", "until",
    )  # fmt: skip

    def __init__(self, key: Key, node_id: UUID, request: ClaimRequest, until: float) -> None:
        self.key = key
        self.node_id = node_id
        self.request = request
        self.session_id = request.session_id.int
        self.slots = request.slots
        self.until = until
        self.bundle_ids: frozenset[int] = frozenset()
        self.standing: Standing | None = None
        self.line: Line | None = None
        self.misses = 0
        self.leaving = False
        self.checked = False
        self.looked = False
        self.busy = False
        self.again = False
        self._askers: list[asyncio.Future[list[Leased]]] = []
        self._answer: list[Leased] | Exception | None = None

    @property
    def is_answered(self) -> bool:
        """Tell whether there is nothing left to wait for."""
        return self._answer is not None

    @property
    def is_asked(self) -> bool:
        """Tell whether somebody still wants the answer."""
        return bool(self._askers)

    def ask(self) -> asyncio.Future[list[Leased]]:
        """Give a future of the answer, for one asker."""
        future: asyncio.Future[list[Leased]] = asyncio.get_running_loop().create_future()
        self._askers.append(future)
        self._tell(future)
        return future

    def forget(self, asker: asyncio.Future[list[Leased]]) -> bool:
        """Let one asker go; tell whether nobody asks any more, who then leaves the line."""
        self._askers.remove(asker)
        if not self._askers and self.line is not None:
            self.line.drop(self)
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
        """Note that others took what was there; False when that happened too often."""
        self.misses += 1
        return self.misses % MISSES != 0


class Line:
    """Hold the waiters whose nodes serve the same classes, the longest waiting first.

    A round takes some of the fresh ones in hand and puts them down again. Each stir makes
    everybody fresh, so that nobody is passed over who was looked at just before work came.
    """

    def __init__(self, class_ids: tuple[int, ...]) -> None:
        self.class_ids = class_ids
        self.waiters: dict[Key, Waiter] = {}
        self.fresh: dict[Key, Waiter] = {}
        self.stirs = 0
        self.shy = 0
        """So many tasks at the head of the list were shy of some nodes lately."""
        self.running: set[asyncio.Task[None]] = set()

    def stand(self, waiter: Waiter) -> None:
        """Let a waiter stand here; one whom another line's round has in hand is fresh later."""
        waiter.line = self
        self.waiters[waiter.key] = waiter
        if not waiter.busy:
            self.fresh[waiter.key] = waiter

    def drop(self, waiter: Waiter) -> None:
        """Let a waiter go out of line."""
        self.waiters.pop(waiter.key, None)
        self.fresh.pop(waiter.key, None)

    def stir(self) -> None:
        """Let everybody be looked at once more."""
        self.stirs += 1
        self.fresh = dict(self.waiters)

    def take(self, most: int) -> list[Waiter]:
        """Take the first of the fresh ones in hand."""
        taken = list(islice(self.fresh.values(), most))
        for one in taken:
            one.busy = True
            del self.fresh[one.key]
        return taken

    def put_down(self, taken: list[Waiter]) -> list[Waiter]:
        """Sort those out who were looked at; give those who stand in another line by now."""
        again: dict[Key, Waiter] = {}
        moved = []
        for one in taken:
            one.busy = False
            if one.is_answered or not one.is_asked:
                (one.line or self).drop(one)
            elif one.line is not self:
                moved.append(one)
            elif one.again:
                again[one.key] = one
            elif one.key not in self.fresh:
                self.looked_at(one)
            one.again = False
        if again:
            self.fresh = {**again, **self.fresh}
        return moved

    def looked_at(self, waiter: Waiter) -> None:
        """Note that there was nothing for a waiter; one whose time is over goes."""
        waiter.looked = True
        if waiter.leaving:
            waiter.give([])
            self.drop(waiter)

    def nothing(self, stirs: int) -> None:
        """Note that nothing waited for anybody in line, when nobody stirred since `stirs`."""
        if stirs == self.stirs:
            for one in [one for one in self.fresh.values() if one.checked]:
                del self.fresh[one.key]
                self.looked_at(one)

    def sees_deeper(self, shy: int) -> bool:
        """Note how many shy tasks a list held; tell whether the next holds more."""
        before, self.shy = self.shy, shy
        return shy > before

    def leave(self, waiter: Waiter) -> None:
        """Let a waiter go: not before somebody looked at it, nor while somebody does."""
        waiter.leaving = True
        if waiter.looked and not waiter.busy:
            self.looked_at(waiter)
