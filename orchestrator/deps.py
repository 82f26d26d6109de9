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

    async def wait(self, timeout_s: float) -> None:
        """Return when there may be new work, at the latest after `timeout_s`."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Hold what the composition root made; `stopping` is set when the server begins to end."""

    settings: Settings
    db: Database
    objects: ObjectStore
    secrets: Secrets
    wakeups: Wakeups
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
