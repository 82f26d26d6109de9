"""Read and write the editor's rows: scenes, their fields and colours, shared values, presets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.core.importing.rows import CHILDREN, TABLES, Kind, Row
from orchestrator.store.pool import Record, Session

_WRITES: tuple[tuple[Kind, str], ...] = (
    ("scene", "editor_scenes_write"),
    ("shared_color", "editor_shared_colors_write"),
    ("control", "editor_controls_write"),
    ("element", "editor_elements_write"),
    ("scene_color", "editor_scene_colors_write"),
    ("preset", "editor_presets_write"),
)

_FLOATS = frozenset({"duration_s", "min_s", "max_s", "overlap_s", "font_size"})


@dataclass(frozen=True, slots=True)
class KeptScan:
    """Be a kept scan as JSON data; `current` says that it is of the project's bundle of today."""

    scan: Any
    engine: str
    scanned_at: datetime
    current: bool


async def lock(session: Session, tenant_id: UUID, project_id: UUID) -> bool:
    """Take the project's turn until the transaction ends; false when there is no such project."""
    return await session.fetchval("editor_lock", tenant_id, project_id) is not None


async def touch(session: Session, tenant_id: UUID, project_id: UUID) -> None:
    """Count the project's version up."""
    await session.execute("editor_touch", tenant_id, project_id)


async def read_all(session: Session, tenant_id: UUID, project_id: UUID) -> list[Row]:
    """Read every row of a project, deleted ones too."""
    return [_row(one) for one in await session.fetch("editor_rows", tenant_id, project_id)]


async def read_one(session: Session, tenant_id: UUID, kind: Kind, row_id: UUID) -> Row | None:
    """Read one row, also a deleted one."""
    found = await session.fetchrow("editor_row_get", tenant_id, kind, row_id)
    return None if found is None else _row(found)


async def read_page(
    session: Session,
    tenant_id: UUID,
    kind: Kind,
    holder: UUID,
    *,
    after: tuple[int, UUID] | None,
    limit: int,
    deleted: bool,
) -> list[Row]:
    """Read rows of one project or scene (`holder`) by their order, those after the given place."""
    position, last = after or (None, None)
    args = (tenant_id, kind, holder, position, last, limit, deleted)
    return [_row(one) for one in await session.fetch("editor_row_page", *args)]


async def write(session: Session, tenant_id: UUID, project_id: UUID, rows: Iterable[Row]) -> None:
    """Write whole rows of one project, scenes first; raises faults.Duplicate for a known key."""
    every = list(rows)
    for kind, statement in _WRITES:
        made = [_data(row) for row in every if row.kind == kind]
        if made:
            await session.execute(statement, tenant_id, project_id, made)


async def kept_scan(
    session: Session, tenant_id: UUID, project_id: UUID, scan_id: UUID | None
) -> KeptScan | None:
    """Read a finished full scan by its id, or the project's latest scan."""
    if scan_id is None:
        found = await session.fetchrow("editor_scan_get", tenant_id, project_id)
    else:
        found = await session.fetchrow("editor_scan_job_get", tenant_id, project_id, scan_id)
    return None if found is None else KeptScan(**dict(found))


async def marks(
    session: Session, tenant_id: UUID, project_id: UUID, scan_id: UUID | None
) -> tuple[object, ...] | None:
    """Give what changes whenever a comparison of the project with a scan would; None without it."""
    found = await session.fetchrow("editor_marks", tenant_id, project_id, scan_id)
    return None if found is None else tuple(found.values())


def _row(record: Record) -> Row:
    kind, data = record["kind"], record["data"]
    return Row(
        kind=kind,
        id=UUID(data["id"]),
        project_id=record["project_id"],
        key=data.get("key", ""),
        fields={name: _value(name, data[name]) for name in TABLES[kind].start},
        parent=UUID(data["scene_id"]) if kind in CHILDREN else None,
        edited=frozenset(data.get("edited_fields", ())),
        scanned=data.get("scanned"),
        deleted=data["deleted_at"] is not None,
        snapshot_key=data.get("snapshot_key"),
    )


def _value(name: str, value: Any) -> Any:
    """Read 4 s as 4.0: JSON made by the database knows no difference, a hash of it does."""
    return float(value) if name in _FLOATS and value is not None else value


def _data(row: Row) -> dict[str, Any]:
    return {
        **row.fields,
        "id": str(row.id),
        "parent": None if row.parent is None else str(row.parent),
        "key": row.key,
        "edited_fields": sorted(row.edited),
        "scanned": None if row.scanned is None else dict(row.scanned),
        "deleted": row.deleted,
    }
