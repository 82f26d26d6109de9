"""What every handler, use case and loop is given, in one frozen bundle."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID
from weakref import WeakValueDictionary

from orchestrator.errors import Unavailable
from orchestrator.in_force import InForce
from orchestrator.secrets import Secrets
from orchestrator.settings import Settings
from orchestrator.storage.base import ObjectStore
from orchestrator.store.pool import Database

TURN_S = 60.0
T = TypeVar("T")


class Wakeups(Protocol):
    """Wake those who wait for work."""

    @property
    def count(self) -> int:
        """Give how many wake-ups were heard: read it before looking for work."""

    async def wait(self, timeout_s: float, *, since: int | None = None) -> None:
        """Return when there may be new work since `count` was read, at the latest in time."""

    def wake(self) -> None:
        """Wake everybody who waits now."""

    async def listen(self, heard: Callable[[str], None] | None = None) -> None:
        """Hear wake-ups, and give `heard` what came, until the connection breaks: Unavailable."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Hold what the composition root made; `stopping` is set when the server begins to end."""

    in_force: InForce
    db: Database
    objects: ObjectStore
    secrets: Secrets
    wakeups: Wakeups
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    turns: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(max(2, min(8, (os.cpu_count() or 2) // 2)))
    )

    _lines: WeakValueDictionary[UUID, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, repr=False
    )
    _shared: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def settings(self) -> Settings:
        """Give the settings in force now: ask each time, for admins change some at any moment."""
        return self.in_force.settings

    def shared(self, make: Callable[[Deps], T]) -> T:
        """Give what `make` makes of these dependencies: once, and the same to all who ask."""
        if make not in self._shared:
            self._shared[make] = make(self)
        return cast("T", self._shared[make])

    @asynccontextmanager
    async def heavy_turn(self, tenant_id: UUID) -> AsyncIterator[None]:
        """Wait for a turn to run a costly child process: many uploads must not fill the memory.

        One of each tenant waits in front, the others behind it: who sends a hundred large ones
        keeps nobody else waiting for them. Raises Unavailable (`server_busy`) when none comes
        within TURN_S.
        """
        line = self._lines.setdefault(tenant_id, asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_S), line:
                await self.turns.acquire()
        except TimeoutError as error:
            raise Unavailable(
                "The server is busy with other uploads. Try again in a minute.", "server_busy"
            ) from error
        try:
            yield
        finally:
            self.turns.release()
