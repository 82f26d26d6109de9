"""Tell pages that something changed: one look a second for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from orchestrator.deps import Deps
from orchestrator.errors import Unavailable
from orchestrator.store import marks

LOOK_EVERY_S = 1.0
NODES_EVERY_S = 5.0
"""Nodes tell of themselves all the time: their pages are drawn anew this often."""
Topics = frozenset[str]


class Marks:
    """Look at the farm while somebody watches; shared by all pages of a server (deps.shared)."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._turn = asyncio.Lock()
        self._seen: dict[str, int] = {}
        self._at = -LOOK_EVERY_S

    async def now(self) -> dict[str, int]:
        """Give the marks, at most a second old; raises Unavailable."""
        async with self._turn:
            if time.monotonic() - self._at >= LOOK_EVERY_S:
                row = await marks.read(self._deps.db.session())
                self._at = time.monotonic()
                beat = int(self._at / NODES_EVERY_S)
                self._seen = {"jobs": row["jobs"], "nodes": beat + row["changes"]}
            return self._seen


async def changes(deps: Deps) -> AsyncIterator[Topics]:
    """Give what changed since the last time, once a second; an empty set where nothing did.

    Ends when the server stops. Hundreds of events in a second are one change.
    """
    shared = deps.shared(Marks)
    before: dict[str, int] = {}
    while not deps.stopping.is_set():
        try:
            now = await shared.now()
        except Unavailable:
            now = before
        yield frozenset(name for name, mark in now.items() if before.get(name) != mark)
        before = now
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await deps.stopping.wait()
