"""Bound a run of the janitor: batch after batch while there is time, whatever a storage refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from orchestrator.deps import Deps
from orchestrator.errors import FarmError

AT_ONCE = 50
RUN_S = 120.0
LATE_S = 2 * 86_400.0
"""Addresses that nodes and clients may still have are over by then."""
log = structlog.get_logger("janitor")


@dataclass(frozen=True, slots=True)
class Run:
    """Be one run: what it works with, and the loop's time at which it begins nothing new."""

    deps: Deps
    until: float

    @classmethod
    def begin(cls, deps: Deps) -> Run:
        """Begin a run."""
        return cls(deps, asyncio.get_running_loop().time() + RUN_S)

    @property
    def late_s(self) -> float:
        """Give after how long nothing signed before can come any more."""
        return max(LATE_S, self.deps.settings.url_ttl_s + 86_400)

    async def batches(self, one: Callable[[], Awaitable[tuple[int, int]]]) -> int:
        """Do batches while they are full, bring something and there is time; give the sum.

        `one` gives how many it was given to do and how many it did.
        """
        total = 0
        while True:
            given, done = await one()
            total += done
            late = asyncio.get_running_loop().time() >= self.until
            if given < AT_ONCE or done == 0 or late:
                return total

    async def clear(self, prefix: str, keep: frozenset[str]) -> bool:
        """Delete objects below a prefix; false when the storage refuses it now."""
        return await self._try(self.deps.objects.clear(prefix, keep), prefix)

    async def delete(self, key: str) -> bool:
        """Delete one object; false when the storage refuses it now."""
        return await self._try(self.deps.objects.delete(key), key)

    async def _try(self, work: Awaitable[object], what: str) -> bool:
        """What a storage refuses stays with its row, and a later run tries again."""
        try:
            await work
        except FarmError as error:
            log.warning("objects_stay", of=what, reason=error.message)
            return False
        return True
