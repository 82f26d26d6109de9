"""Keep After Effects' own disk cache within bounds, only while no engine runs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path

import structlog

from node_agent.host.disk_cache import cut_back, engine_runs

EVERY_S = 600.0
LOG = structlog.get_logger("disk_cache")


class DiskCache:
    """Cut the cache back before a task begins; tasks that begin meanwhile wait for it."""

    def __init__(self, folders: tuple[Path, ...], runs: Callable[[], bool] = engine_runs) -> None:
        self._folders = folders
        self._runs = runs
        self._turn = asyncio.Lock()
        self._looked_at = -math.inf

    async def keep_within(self, max_bytes: int, *, alone: bool) -> None:
        """Cut back to so many bytes, every ten minutes at most and only when `alone` and idle."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if not alone or not self._folders or now - self._looked_at < EVERY_S:
                return
            freed = await asyncio.to_thread(self._cut_back, max_bytes)
            if freed is not None:
                self._looked_at = now
            if freed:
                LOG.info("After Effects' disk cache was cut back", freed_bytes=freed)

    def _cut_back(self, max_bytes: int) -> int | None:
        """Give the bytes freed; None while an engine runs."""
        return None if self._runs() else cut_back(self._folders, max_bytes)
