"""What every handler, use case and loop is given, in one frozen bundle."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from orchestrator.secrets import Secrets
from orchestrator.settings import Settings
from orchestrator.storage.base import ObjectStore
from orchestrator.store.pool import Database


class Wakeups(Protocol):
    """Wake those who wait for work."""

    @property
    def count(self) -> int:
        """Give how many wake-ups were heard: read it before looking for work."""

    async def wait(self, timeout_s: float, *, since: int | None = None) -> None:
        """Return when there may be new work since `count` was read, at the latest in time."""

    async def listen(self) -> None:
        """Hear wake-ups until the connection breaks; raises Unavailable then."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Hold what the composition root made; `stopping` is set when the server begins to end."""

    settings: Settings
    db: Database
    objects: ObjectStore
    secrets: Secrets
    wakeups: Wakeups
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
