"""Hold a tenant to the renders that it may have unfinished at one time."""

from __future__ import annotations

from uuid import UUID

from orchestrator.errors import TooMany
from orchestrator.store.pool import Session
from orchestrator.store.render import jobs
from orchestrator.store.render.jobs import TenantLimits


async def limits_for_one_more(
    session: Session, tenant_id: UUID, most: int, *, own: int = 0
) -> TenantLimits:
    """Give a tenant's limits, if there is room for one job more; `own` are counted already."""
    found = await jobs.limits(session, tenant_id, most + own)
    allowed = min(most, found.active_jobs_max or most)
    if found.active_jobs - own >= allowed:
        raise TooMany(
            f"{allowed} renders are not finished yet, the most at one time. "
            "Wait for some, or cancel them.",
            "quota_jobs",
        )
    return found
