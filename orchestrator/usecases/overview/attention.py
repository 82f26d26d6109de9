"""Gather what a person should look at now: a few of each kind, and whether there are more."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.deps import Deps
from orchestrator.store.overview import attention
from orchestrator.store.pool import Record

SHOWN = 4
"""Rows of one kind; a list with a filter shows the rest."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Be what needs a look, at most SHOWN + 1 of each kind: the last tells that more follow."""

    nodes: list[Record]
    failed: list[Record]
    webhooks: list[Record]
    tenants: list[Record]

    @property
    def shown(self) -> int:
        """Give how many of a kind are shown."""
        return SHOWN

    def __bool__(self) -> bool:
        """Tell whether anything needs a look."""
        return bool(self.nodes or self.failed or self.webhooks or self.tenants)


async def attention_of(deps: Deps) -> Attention:
    """Read what needs a look, over all tenants."""
    session, limit = deps.db.session(), SHOWN + 1
    return Attention(
        nodes=await attention.nodes(session, limit),
        failed=await attention.failed(session, limit),
        webhooks=await attention.webhooks(session, limit),
        tenants=await attention.tenants(session, limit, deps.settings.quota_active_jobs),
    )
