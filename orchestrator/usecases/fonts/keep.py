"""Keep, list and delete the fonts of a tenant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, FarmError, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.faults import Duplicate
from orchestrator.store.render.templates import fonts
from orchestrator.store.render.templates.fonts import FontRow
from orchestrator.usecases.fonts.read import read_font
from orchestrator.usecases.uploads.quotas import require_room, take
from orchestrator.wire.content.fonts import Font, FontNodes, NodeFontsReport


async def keep_font(
    deps: Deps, tenant_id: UUID, font_id: UUID, received: Path, *, sha256: str, size_bytes: int
) -> Font:
    """Keep a received font file; the same id again gives what it is.

    Raises Invalid (`bad_font`), Conflict (`font_exists`), TooLarge, TooMany (quotas).
    """
    async with deps.heavy_turn(tenant_id):
        read = await read_font(received)
    await require_room(deps.db.session(), tenant_id, size_bytes, files=1)
    stored = await deps.objects.put_file(f"fonts/{tenant_id}/{font_id}", received)
    first = read.faces[0]
    row = FontRow(
        id=font_id,
        postscript_name=first.name,
        names=[face.name for face in read.faces],
        family=first.family,
        style=first.style,
        format=read.format,
        object_key=stored.key,
        sha256=sha256,
        size_bytes=size_bytes,
        created_at=datetime.now(UTC),
    )
    try:
        async with deps.db.transaction() as session:
            kept = await fonts.insert(session, tenant_id, row)
            if kept is not None:
                await take(session, tenant_id, size_bytes, files=1)
                about = ("font", font_id)
                await note_caller(session, "font.keep", about, tenant_id, name=first.name)
    except (FarmError, Duplicate) as error:
        # Nobody would know of it, nor count it.
        await deps.objects.delete(stored.key)
        if isinstance(error, FarmError):
            raise
        raise Conflict(
            f"The font {first.name} is there already. Delete it first to replace it.",
            "font_exists",
        ) from error
    return described(kept) if kept is not None else await get_font(deps, tenant_id, font_id)


async def get_font(deps: Deps, tenant_id: UUID, font_id: UUID) -> Font:
    """Describe a font of the tenant; raises NotFound."""
    return described(await _find(deps, tenant_id, font_id))


async def list_fonts(
    deps: Deps, tenant_id: UUID, place: tuple[datetime, UUID] | None, limit: int
) -> list[Font]:
    """List the tenant's fonts, newest first."""
    rows = await fonts.page(deps.db.session(), tenant_id, place, limit)
    return [described(row) for row in rows]


async def delete_font(deps: Deps, tenant_id: UUID, font_id: UUID) -> None:
    """Delete a font; renders that were ordered keep it. Raises NotFound."""
    async with deps.db.transaction() as session:
        size = await fonts.delete(session, tenant_id, font_id)
        if size is None:
            raise NotFound("font", font_id)
        await take(session, tenant_id, -size, files=-1)
        await note_caller(session, "font.delete", ("font", font_id), tenant_id)


async def nodes_of_font(deps: Deps, tenant_id: UUID, font_id: UUID) -> FontNodes:
    """Say which nodes have a font; raises NotFound."""
    row = await _find(deps, tenant_id, font_id)
    found = await fonts.nodes(deps.db.session(), row.postscript_name, row.sha256)
    return FontNodes(data=tuple(found))


async def note_of_node(deps: Deps, node_id: UUID, report: NodeFontsReport) -> None:
    """Note what became of fonts on a node."""
    await fonts.put_of_node(deps.db.session(), node_id, report.fonts)


async def _find(deps: Deps, tenant_id: UUID, font_id: UUID) -> FontRow:
    row = await fonts.get(deps.db.session(), tenant_id, font_id)
    if row is None:
        raise NotFound("font", font_id)
    return row


def described(row: FontRow) -> Font:
    """Describe a font as clients see it."""
    return Font(
        id=row.id,
        postscript_name=row.postscript_name,
        names=tuple(row.names),
        family=row.family,
        style=row.style,
        format=row.format,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        created_at=row.created_at,
    )
