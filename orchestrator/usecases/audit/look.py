"""Look at the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.deps import Deps
from orchestrator.store import audit
from orchestrator.store.audit import NoteFilter, NoteLine
from orchestrator.store.pool import Record


@dataclass(frozen=True, slots=True)
class Notes:
    """Be one page of notes; `more` is the last one's place when others follow."""

    lines: list[NoteLine]
    more: tuple[datetime, int] | None


async def list_notes(
    deps: Deps, wanted: NoteFilter, before: tuple[datetime, int] | None, limit: int
) -> Notes:
    """Give a page of notes, the newest first: who did what to which thing, and when."""
    found = await audit.page(deps.db.session(), wanted, before, limit + 1)
    shown = found[:limit]
    more = (shown[-1].at, shown[-1].id) if len(found) > limit else None
    return Notes(shown, more)


async def list_actors(deps: Deps) -> list[Record]:
    """List the people who may have notes, by address."""
    return await audit.actors(deps.db.session())
