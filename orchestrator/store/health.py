"""Read what health checks and metrics show."""

from __future__ import annotations

from orchestrator.store.pool import Session


async def ping(session: Session) -> None:
    """Ask the database for a sign of life."""
    await session.fetchval("database_ping")


async def depths(session: Session) -> list[tuple[str, str, int]]:
    """Give (gauge, state, value) of the queue, overdue leases, ages, active jobs and nodes."""
    rows = await session.fetch("depths_count")
    return [(row["gauge"], row["state"], row["count"]) for row in rows]
