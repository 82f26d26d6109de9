"""Write and read pictures that were traced to SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.core.importing.svg import Fill
from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """Be one traced picture without its text; without `scene_key` it shows the whole project."""

    id: UUID
    project_id: UUID
    scene_key: str | None
    source_file_id: UUID
    fills: tuple[Fill, ...]
    created_at: datetime


async def put(
    session: Session,
    tenant_id: UUID,
    project_id: UUID,
    preview_id: UUID,
    *,
    scene_key: str | None,
    source_file_id: UUID,
    source_sha256: str,
    svg: str,
    fills: Sequence[Fill],
) -> PreviewRow | None:
    """Keep a traced picture, in place of an earlier trace of it; None without such a project."""
    args = (preview_id, scene_key, source_file_id, source_sha256, svg, len(fills))
    found = await session.fetchrow(
        "svg_preview_put", tenant_id, project_id, *args, [asdict(one) for one in fills]
    )
    return None if found is None else _row(found)


async def get(session: Session, tenant_id: UUID, preview_id: UUID) -> PreviewRow | None:
    """Read one traced picture."""
    found = await session.fetchrow("svg_preview_get", tenant_id, preview_id)
    return None if found is None else _row(found)


async def svg_of(session: Session, tenant_id: UUID, preview_id: UUID) -> str | None:
    """Read the text of one traced picture."""
    found: str | None = await session.fetchval("svg_preview_svg_get", tenant_id, preview_id)
    return found


async def page(
    session: Session,
    tenant_id: UUID,
    project_id: UUID,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[PreviewRow]:
    """Read a project's traced pictures, newest first, those before the given place."""
    at, last = before or (None, None)
    args = (tenant_id, project_id, at, last, limit)
    return [_row(one) for one in await session.fetch("svg_preview_page", *args)]


async def set_fills(
    session: Session, tenant_id: UUID, preview_id: UUID, fills: Sequence[Fill]
) -> PreviewRow | None:
    """Write which fill shows which shared colour."""
    data = [asdict(one) for one in fills]
    found = await session.fetchrow("svg_preview_set_fills", tenant_id, preview_id, data)
    return None if found is None else _row(found)


async def delete(session: Session, tenant_id: UUID, preview_id: UUID) -> bool:
    """Delete one traced picture; false when there is none."""
    return await session.execute("svg_preview_delete", tenant_id, preview_id) > 0


def _row(record: Record) -> PreviewRow:
    found = dict(record)
    return PreviewRow(**{**found, "fills": tuple(Fill(**one) for one in found["fills"])})
