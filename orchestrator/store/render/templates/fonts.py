"""Write and read the fonts of tenants and bundles, and what nodes tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.wire.content.fonts import FontFormat, FontNode, NodeFont


@dataclass(frozen=True, slots=True)
class FontRow:
    """Be one font file of a tenant; `names` are those of all its faces."""

    id: UUID
    postscript_name: str
    names: list[str]
    family: str
    style: str
    format: FontFormat
    object_key: str
    sha256: str
    size_bytes: int
    created_at: datetime


async def insert(session: Session, tenant_id: UUID, font: FontRow) -> FontRow | None:
    """Write a stored font; None when the id exists already. Raises faults.Duplicate by name."""
    row = await session.fetchrow(
        "font_insert",
        *(font.id, tenant_id, font.postscript_name, font.names, font.family, font.style),
        *(font.format, font.object_key, font.sha256, font.size_bytes),
    )
    return FontRow(**row) if row else None


async def get(session: Session, tenant_id: UUID, font_id: UUID) -> FontRow | None:
    """Give one font of a tenant."""
    row = await session.fetchrow("font_get", tenant_id, font_id)
    return FontRow(**row) if row else None


async def page(
    session: Session, tenant_id: UUID, place: tuple[datetime, UUID] | None, limit: int
) -> list[FontRow]:
    """Give a tenant's fonts, newest first."""
    at, last = place or (None, None)
    rows = await session.fetch("font_list", tenant_id, at, last, limit)
    return [FontRow(**row) for row in rows]


async def of_names(session: Session, tenant_id: UUID, names: Iterable[str]) -> list[FontRow]:
    """Give a tenant's fonts that hold any of these names."""
    rows = await session.fetch("font_of_names", tenant_id, sorted(set(names)))
    return [FontRow(**row) for row in rows]


async def names(session: Session, tenant_id: UUID) -> frozenset[str]:
    """Give every PostScript name of a tenant's fonts."""
    rows = await session.fetch("font_names", tenant_id)
    return frozenset(row["name"] for row in rows)


async def delete(session: Session, tenant_id: UUID, font_id: UUID) -> int | None:
    """Delete a font; give its size, None when there is none."""
    size: int | None = await session.fetchval("font_delete", tenant_id, font_id)
    return size


async def nodes(session: Session, name: str, sha256: str) -> list[FontNode]:
    """Give every node with what it has of this font, by name."""
    rows = await session.fetch("font_nodes", name, sha256)
    return [FontNode.model_validate(dict(row)) for row in rows]


async def put_of_node(session: Session, node_id: UUID, told: Sequence[NodeFont]) -> None:
    """Note what a node tells of fonts."""
    await session.execute(
        "node_font_put",
        node_id,
        [font.sha256 for font in told],
        [font.state for font in told],
        [font.message for font in told],
    )


async def set_bundle_names(session: Session, bundle_id: int, found: Sequence[str]) -> None:
    """Note the names of the fonts that a bundle brings."""
    await session.execute("bundle_set_font_names", bundle_id, list(found))


async def bundle_names(session: Session, bundle_id: int) -> frozenset[str]:
    """Give the names of the fonts that a bundle brings."""
    return frozenset(await session.fetchval("bundle_font_names", bundle_id) or ())
