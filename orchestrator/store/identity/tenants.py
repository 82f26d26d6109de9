"""Read and write tenants: what they are, their limits, what they used."""

from __future__ import annotations

from uuid import UUID

from orchestrator.store.pool import Record, Session


async def lines(session: Session, name: str | None) -> list[Record]:
    """List tenants by name with their use of the last thirty days; 500 at most."""
    return await session.fetch("overview_tenant_lines", name)


async def get(session: Session, tenant_id: UUID) -> Record | None:
    """Read one tenant."""
    return await session.fetchrow("overview_tenant", tenant_id)


async def usage(session: Session, tenant_id: UUID, days: int) -> list[Record]:
    """Read what a tenant used, day by day, the newest first."""
    return await session.fetch("overview_tenant_usage", tenant_id, days)


async def insert(session: Session, tenant_id: UUID, slug: str, name: str) -> bool:
    """Write a tenant; false when the slug is taken."""
    return await session.fetchval("tenant_insert", tenant_id, slug, name) is not None


async def set_state(session: Session, tenant_id: UUID, state: str) -> bool:
    """Suspend a tenant or let it go on; false for the farm's own and for closed ones."""
    return await session.fetchval("tenant_set_state", tenant_id, state) is not None


async def set_limits(
    session: Session, tenant_id: UUID, share: int, priority_max: int, active_max: int | None
) -> bool:
    """Change a tenant's share, its highest priority and how many jobs it may have under way."""
    row = await session.fetchval("tenant_set_limits", tenant_id, share, priority_max, active_max)
    return row is not None
