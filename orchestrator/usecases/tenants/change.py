"""Make, suspend and limit tenants."""

from __future__ import annotations

import re
from uuid import UUID

from orchestrator.core.audit import Action
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.ids import new_id
from orchestrator.store.audit import note_caller
from orchestrator.store.identity import tenants
from orchestrator.store.pool import Database

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


async def make_tenant(db: Database, slug: str, name: str) -> UUID:
    """Make a tenant. Raises Invalid (`bad_slug`, `no_name`), Conflict (`slug_taken`)."""
    slug, name = slug.strip().lower(), name.strip()[:200]
    if _SLUG.fullmatch(slug) is None:
        raise Invalid(
            "A short name has 1 to 63 small letters, digits and hyphens.", code="bad_slug"
        )
    if not name:
        raise Invalid("Give the tenant a name.", code="no_name")
    tenant_id = new_id()
    async with db.transaction() as session:
        if not await tenants.insert(session, tenant_id, slug, name):
            raise Conflict(f"There is a tenant {slug} already.", "slug_taken")
        await note_caller(session, "tenant.make", ("tenant", tenant_id), tenant_id, slug=slug)
    return tenant_id


async def suspend_tenant(db: Database, tenant_id: UUID, *, back: bool) -> None:
    """Refuse a tenant's keys from now on, or take them again (`back`).

    Raises Conflict (`own_tenant`) for the farm's own tenant and for one that is closed.
    """
    async with db.transaction() as session:
        if not await tenants.set_state(session, tenant_id, "active" if back else "suspended"):
            raise Conflict("This tenant cannot be suspended or resumed.", "own_tenant")
        action: Action = "tenant.resume" if back else "tenant.suspend"
        await note_caller(session, action, ("tenant", tenant_id), tenant_id)


async def limit_tenant(
    db: Database,
    tenant_id: UUID,
    *,
    share: int,
    priority_max: int,
    active_max: int | None,
) -> None:
    """Change a tenant's share of the farm, its highest priority and its jobs under way.

    Raises Invalid (`bad_limit`), NotFound.
    """
    fits = 1 <= share <= 10_000 and 0 <= priority_max <= 100
    if not fits or (active_max is not None and not 1 <= active_max <= 1_000_000):
        raise Invalid(
            "A share is 1 to 10,000, a priority 0 to 100, renders at once 1 to 1,000,000.",
            code="bad_limit",
        )
    async with db.transaction() as session:
        if not await tenants.set_limits(session, tenant_id, share, priority_max, active_max):
            raise NotFound("tenant", tenant_id)
        detail: dict[str, int | None] = {
            "share": share,
            "priority_max": priority_max,
            "active_max": active_max,
        }
        await note_caller(session, "tenant.limit", ("tenant", tenant_id), tenant_id, **detail)
