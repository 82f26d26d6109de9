"""Look at the audit log."""

from __future__ import annotations

from orchestrator.deps import Deps
from orchestrator.store import audit
from orchestrator.store.pool import Record


async def list_notes(deps: Deps, before: int | None, limit: int) -> list[Record]:
    """Give the newest notes, those before an id: who did what to which thing, and when."""
    return await audit.page(deps.db.session(), before, limit)
