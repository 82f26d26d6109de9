"""Make the first key of the default tenant, for whoever runs the server."""

from __future__ import annotations

from orchestrator.store.pool import Database
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from orchestrator.wire.resources import KeyCreated

__all__ = ["DEFAULT_TENANT", "make_first_key", "make_key"]


async def make_first_key(db: Database, name: str = "first admin") -> KeyCreated:
    """Make an admin key of the default tenant; the caller proved itself by its local access."""
    return await make_key(db, DEFAULT_TENANT, name, ("admin",))
