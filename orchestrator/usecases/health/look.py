"""Look whether the server can work, and how much there is to do."""

from __future__ import annotations

from orchestrator.errors import FarmError
from orchestrator.storage.base import ObjectStore
from orchestrator.store import health
from orchestrator.store.migrate import pending
from orchestrator.store.pool import Database


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


async def gauges(db: Database) -> dict[str, dict[str, int]]:
    """Count queue rows, active jobs and nodes by state: `{gauge: {state: count}}`."""
    found: dict[str, dict[str, int]] = {"queue": {}, "jobs": {}, "nodes": {}}
    for gauge, state, count in await health.depths(db.session()):
        found[gauge][state] = count
    return found
