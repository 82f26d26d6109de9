"""What a person's edit does to rows: which columns become theirs, how lists get their order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from orchestrator.core.importing.rows import TABLES, Kind, Row

Origin = Literal["scanned", "edited"]


def made(
    kind: Kind,
    row_id: UUID,
    project_id: UUID,
    *,
    key: str,
    parent: UUID | None,
    given: Mapping[str, Any],
) -> Row:
    """Make a row of a person's: what they gave is theirs, whatever a scan says later."""
    table = TABLES[kind]
    return Row(
        kind=kind,
        id=row_id,
        project_id=project_id,
        key=key,
        fields={**table.start, **given},
        parent=parent,
        edited=_theirs(kind, given),
    )


def edited(row: Row, given: Mapping[str, Any]) -> Row:
    """Write a person's values; each column given is theirs from now on."""
    return replace(
        row, fields={**row.fields, **given}, edited=row.edited | _theirs(row.kind, given)
    )


def reset(row: Row, names: Collection[str]) -> Row:
    """Give columns back to the template: its latest scanned values, or those of a new row."""
    scanned = row.scanned or {}
    start = TABLES[row.kind].start
    values = {name: scanned.get(name, start[name]) for name in names}
    return replace(row, fields={**row.fields, **values}, edited=row.edited - set(names))


def moved(row: Row, siblings: Iterable[Row], position: int) -> tuple[Row, ...]:
    """Put a row at a place of its list, from 0 on; give every row whose place changes.

    The order of the list is a person's then: an import keeps it.
    """
    others = sorted((one for one in siblings if one.id != row.id), key=lambda one: one.order)
    place = min(position, len(others))
    ordered = [*others[:place], row, *others[place:]]
    return tuple(
        edited(one, {"position": number})
        for number, one in enumerate(ordered)
        if one.fields["position"] != number or one.id == row.id
    )


def origins(row: Row) -> dict[str, Origin]:
    """Say of each column that a scan or a person filled whose value it is."""
    found: dict[str, Origin] = dict.fromkeys(row.scanned or {}, "scanned")
    found.update(dict.fromkeys(row.edited, "edited"))
    return dict(sorted(found.items()))


def template_values(row: Row) -> dict[str, Any]:
    """Give what the template says of the columns that a person edited."""
    scanned = row.scanned or {}
    return {name: scanned[name] for name in sorted(row.edited) if name in scanned}


def _theirs(kind: Kind, given: Mapping[str, Any]) -> frozenset[str]:
    return frozenset() if kind == "preset" else frozenset(given) & set(TABLES[kind].edited)
