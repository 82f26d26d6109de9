"""Look whether the server can work, and how much there is to do."""

from __future__ import annotations

import asyncio
import time

from orchestrator.deps import Deps
from orchestrator.errors import FarmError
from orchestrator.storage.base import ObjectStore
from orchestrator.store import health
from orchestrator.store.migrate import pending
from orchestrator.store.pool import Database

GAUGES_S = 5.0
Depths = dict[str, dict[str, int]]
"""`{gauge: {state: value}}`"""


class Readiness:
    """Tell what is not ready; migrations are asked for until they are all there, once."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._migrated = False

    async def checks(self, db: Database) -> dict[str, str]:
        """Name what is not ready and what to do; empty when all is well."""
        try:
            await health.ping(db.session())
            if not self._migrated:
                missing = await pending(self._dsn)
                self._migrated = not missing
                if missing:
                    names = ", ".join(missing[:3])
                    return {"migrations": f"Missing: {names}. Run: flatrender migrate"}
        except FarmError as error:
            return {"database": error.message}
        return {}


async def storage_checks(objects: ObjectStore) -> dict[str, str]:
    """Say what keeps objects from being stored; empty when all is well."""
    try:
        await objects.check()
    except FarmError as error:
        return {"storage": error.message}
    return {}


async def storage_warnings(objects: ObjectStore) -> dict[str, str]:
    """Say what keeps new objects out while the server works on: a full disk serves downloads."""
    try:
        await objects.check_room()
    except FarmError as error:
        return {"storage": error.message}
    return {}


class Gauges:
    """Measure how much there is to do, every GAUGES_S at most, whoever asks how often."""

    def __init__(self, deps: Deps) -> None:
        self._db = deps.db
        self._turn = asyncio.Lock()
        self._until = 0.0
        self._found: Depths = {}

    async def look(self) -> Depths:
        """Give queue rows, overdue leases, ages in seconds, active jobs and nodes, by state."""
        async with self._turn:
            if time.monotonic() >= self._until:
                found: Depths = {}
                for gauge, state, count in await health.depths(self._db.session()):
                    found.setdefault(gauge, {})[state] = count
                self._found, self._until = found, time.monotonic() + GAUGES_S
            return self._found
