"""Wake those who wait for work: one LISTEN connection for the whole process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.store.pool import Database

CHANNEL = "flatrender_work"


class Wakeups:
    """Count the wake-ups heard, so that none is missed between looking and waiting."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._count = 0
        self._heard = asyncio.Event()

    @property
    def count(self) -> int:
        """Give how many wake-ups were heard: read it before looking for work."""
        return self._count

    async def wait(self, timeout_s: float, *, since: int | None = None) -> None:
        """Return at the next wake-up, at once when one was heard after `since`, or in time."""
        if since is not None and since != self._count:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._heard.wait()
        except TimeoutError:
            return

    def wake(self) -> None:
        """Wake everybody who waits now."""
        self._count += 1
        heard, self._heard = self._heard, asyncio.Event()
        heard.set()

    async def listen(self, heard: Callable[[str], None] | None = None) -> None:
        """Listen until the connection breaks; raises Unavailable then.

        `heard` is given every payload: the empty one, which also comes as soon as listening has
        begun, tells of work and wakes; the others tell of what changed.
        """

        def hear(payload: str) -> None:
            if heard is not None:
                heard(payload)
            if not payload:
                self.wake()

        await self._db.listen(CHANNEL, hear)
