"""Know who watches the farm: few streams for each session, not too many in all, none orphaned."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from orchestrator.core.accounts import Role
from orchestrator.deps import Deps
from orchestrator.errors import TooMany, Unavailable
from orchestrator.store.identity import sessions
from orchestrator.store.identity.sessions import SessionRow

OF_A_SESSION = 8
"""More than the tabs that a browser can keep open by HTTP/1.1."""
OF_A_PERSON = 64
"""Of all sessions of one person, so that one who signs in often does not take all there are."""
IN_ALL = 1000
LOOK_EVERY_S = 2.0


@dataclass(eq=False, slots=True)
class Watcher:
    """Be one open stream; `pushed_out` when newer ones of its session took its place."""

    session_id: UUID
    user_id: UUID
    role: Role
    since: float = field(default_factory=time.monotonic)
    pushed_out: bool = False


class Watchers:
    """Hold the open streams of a server; one question to the database is for all (deps.shared)."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._open: set[Watcher] = set()
        self._turn = asyncio.Lock()
        self._roles: dict[UUID, Role] = {}
        self._asked = self._heard = -LOOK_EVERY_S

    def __len__(self) -> int:
        """Give how many streams are open."""
        return len(self._open)

    @contextmanager
    def watching(self, row: SessionRow) -> Iterator[Watcher]:
        """Be one of the watchers in this block; the oldest of the same session makes room.

        Raises TooMany (`too_many_streams`) where it cannot.
        """
        own = sorted((one for one in self._open if one.session_id == row.id), key=_age)
        persons = sum(one.user_id == row.user_id for one in self._open)
        is_much = len(own) >= 2 * OF_A_SESSION or persons >= OF_A_PERSON
        if len(self._open) >= IN_ALL or is_much:
            raise TooMany(
                "Too many pages follow the farm at this moment. Close some, or wait a minute.",
                "too_many_streams",
            )
        for old in own[: max(0, len(own) - OF_A_SESSION + 1)]:
            old.pushed_out = True
        watcher = Watcher(row.id, row.user_id, row.role)
        self._open.add(watcher)
        try:
            yield watcher
        finally:
            self._open.discard(watcher)

    async def may_go_on(self, watcher: Watcher) -> bool:
        """Tell whether a stream may go on: its session holds, with the role that it had."""
        async with self._turn:
            if time.monotonic() - self._asked >= LOOK_EVERY_S:
                self._asked = time.monotonic()
                with suppress(Unavailable):  # A database that is away ends nobody's session.
                    self._roles = await sessions.alive(
                        self._deps.db.session(),
                        {one.session_id for one in self._open},
                        self._deps.settings.session_idle_s,
                    )
                    self._heard = self._asked
        if watcher.since > self._heard:
            return not watcher.pushed_out
        return not watcher.pushed_out and self._roles.get(watcher.session_id) == watcher.role


def _age(watcher: Watcher) -> float:
    return watcher.since
