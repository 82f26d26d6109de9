"""Describe tenants to the farm's own people."""

from __future__ import annotations

from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.identity import tenants
from orchestrator.store.pool import Record
from orchestrator.wire.resources import UsageDay


async def list_tenants(deps: Deps, name: str | None) -> list[Record]:
    """List tenants by name with their use of the last thirty days."""
    return await tenants.lines(deps.db.session(), name)


async def get_tenant(deps: Deps, tenant_id: UUID) -> Record:
    """Describe one tenant; raises NotFound."""
    row = await tenants.get(deps.db.session(), tenant_id)
    if row is None:
        raise NotFound("tenant", tenant_id)
    return row


async def usage_of(deps: Deps, tenant_id: UUID, days: int) -> list[UsageDay]:
    """Give what a tenant used, day by day, the newest first; days without anything are left out."""
    rows = await tenants.usage(deps.db.session(), tenant_id, days)
    return [
        UsageDay(
            day=row["day"],
            jobs_done=row["jobs_done"],
            jobs_failed=row["jobs_failed"],
            frames=row["frames"],
            output_s=row["output_ms"] / 1000,
            output_bytes=row["output_bytes"],
            node_s=row["node_ms"] / 1000,
            cost_units=row["cost_units"],
        )
        for row in rows
    ]
