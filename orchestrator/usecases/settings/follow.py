"""Let what admins change count on this server: at once where it is heard of, else soon."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from orchestrator.deps import Deps
from orchestrator.store import settings as store

_CHANGED = "settings"
LOOK_S = 5.0
log = structlog.get_logger("settings")


class Following:
    """Read the settings when the listening connection says so, and every LOOK_S in any case."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._heard = asyncio.Event()

    def heard(self, payload: str) -> None:
        """Take what the listening connection heard; all but `settings` is for others."""
        if payload == _CHANGED:
            self._heard.set()

    async def look(self) -> None:
        """Read them once. Raises Unavailable; what was in force stays so then."""
        changed = await store.read_all(self._deps.db.session())
        here = self._deps.in_force
        if not here.take({name: one.value for name, one in changed.items()}):
            return
        log.info("settings_in_force", changed=dict(here.changed))
        if here.left_out:
            log.warning("settings_left_out", names=sorted(here.left_out), why="they do not fit")

    async def look_next(self) -> None:
        """Wait until there is a reason, then read them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._heard.wait()
        self._heard.clear()
        await self.look()
