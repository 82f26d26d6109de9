"""Look at the settings that can be changed: their values, and where these come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.deps import Deps
from orchestrator.in_force import CHANGEABLE, Group, Source, Value, default_of
from orchestrator.store import settings as store


@dataclass(frozen=True, slots=True)
class Setting:
    """Be one setting as this server has it.

    `changed_at` and `changed_by`, a person's address, tell of the last change even where this
    server was given another value; `is_left_out` says that the change does not fit what it was
    given.
    """

    name: str
    group: Group
    value: Value
    default: Value
    source: Source
    is_left_out: bool
    changed_at: datetime | None
    changed_by: str | None


async def look_at_settings(deps: Deps) -> list[Setting]:
    """Give every setting that can be changed, in the order of the table, as of now."""
    changed = await store.read_all(deps.db.session())
    here = deps.in_force
    here.take({name: one.value for name, one in changed.items()})
    found = []
    for name, group in CHANGEABLE.items():
        row = changed.get(name)
        found.append(
            Setting(
                name,
                group,
                getattr(here.settings, name),
                default_of(name),
                here.source(name),
                name in here.left_out and here.source(name) != "given",
                row.at if row else None,
                row.by if row else None,
            )
        )
    return found
