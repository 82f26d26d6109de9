"""Show traced pictures, in other colours too, and say which fill shows which colour."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from orchestrator.core.importing.rows import Row
from orchestrator.core.importing.svg import recolored
from orchestrator.deps import Deps
from orchestrator.errors import Invalid, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.content import previews, rows
from orchestrator.store.content.previews import PreviewRow
from orchestrator.usecases.projects.look import find_project
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.content.previews import SvgFill, SvgPreview, SvgPreviewPatch, SvgQuery

_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})")


def describe(row: PreviewRow) -> SvgPreview:
    """Describe a traced picture."""
    return SvgPreview(
        id=row.id,
        project_id=row.project_id,
        scene_key=row.scene_key,
        source_file_id=row.source_file_id,
        fills=tuple(SvgFill(fill=f.fill, share=f.share, key=f.key) for f in row.fills),
        created_at=row.created_at,
    )


def colors_of(rows: Iterable[Row], scene_key: str | None) -> dict[str, str]:
    """Give the colours that a picture can show, by key: shared ones, and those of its scene.

    Where both have a key, it is the shared one.
    """
    live = [row for row in rows if not row.deleted]
    shared = {row.key: row for row in live if row.kind == "shared_color"}
    by_id = {str(row.id): row for row in shared.values()}
    scene = next((row for row in live if row.kind == "scene" and row.key == scene_key), None)
    own = {
        row.key: by_id.get(str(row.fields["shared_color_id"]), row)
        for row in live
        if row.kind == "scene_color" and scene is not None and row.parent == scene.id
    }
    return {key: str(row.fields["value"]) for key, row in {**own, **shared}.items()}


async def find_preview(deps: Deps, tenant_id: UUID, preview_id: UUID) -> PreviewRow:
    """Read a traced picture of the tenant; raises NotFound."""
    row = await previews.get(deps.db.session(), tenant_id, preview_id)
    if row is None:
        raise NotFound("SVG preview", preview_id)
    return row


async def list_previews(
    deps: Deps, tenant_id: UUID, project_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[PreviewRow]:
    """Give a project's traced pictures, newest first; raises NotFound."""
    await find_project(deps, tenant_id, project_id)
    return await previews.page(deps.db.session(), tenant_id, project_id, before, limit)


async def map_fills(
    deps: Deps, tenant_id: UUID, preview_id: UUID, wanted: SvgPreviewPatch
) -> SvgPreview:
    """Say which fill shows which colour; raises NotFound, Invalid with every problem."""
    row = await find_preview(deps, tenant_id, preview_id)
    session = deps.db.session()
    known = await rows.read_all(session, tenant_id, row.project_id)
    shared = sorted(colors_of(known, row.scene_key))
    fills = {one.fill for one in row.fills}
    wanted_keys = {fill.lower(): key for fill, key in wanted.keys.items()}
    found = [
        _problem("unknown_fill", f"keys.{fill}", f"the picture has no fill {fill}; it has:"
                 f" {', '.join(sorted(fills))}")
        for fill in wanted_keys
        if fill not in fills
    ]  # fmt: skip
    found += [
        _problem("unknown_color", f"keys.{fill}", f"there is no shared colour {key!r}; the project"
                 f" has: {', '.join(shared[:30]) or 'none'}")
        for fill, key in wanted_keys.items()
        if key is not None and key not in shared
    ]  # fmt: skip
    if found:
        raise Invalid("Some fills cannot be mapped; see problems.", found, "bad_mapping")
    changed = [replace(one, key=wanted_keys.get(one.fill, one.key)) for one in row.fills]
    async with deps.db.transaction() as session:
        kept = await previews.set_fills(session, tenant_id, preview_id, changed)
        if kept is None:
            raise NotFound("SVG preview", preview_id)
        await note_caller(session, "svg.map", ("project", row.project_id), tenant_id)
    return describe(kept)


async def picture_of(deps: Deps, tenant_id: UUID, preview_id: UUID, query: SvgQuery) -> str:
    """Give the SVG, its fills in the colours asked for; as traced where nothing is asked.

    Raises NotFound (preview, preset), Invalid (`bad_colors`) with every problem.
    """
    row = await find_preview(deps, tenant_id, preview_id)
    session = deps.db.session()
    colors: dict[str, str] = {}
    if query.preset_id is not None:
        preset = await rows.read_one(session, tenant_id, "preset", query.preset_id)
        if preset is None or preset.deleted or preset.project_id != row.project_id:
            raise NotFound("colour preset of this project", query.preset_id)
        colors.update(preset.fields["colors"])
    colors.update(_colors(query.colors))
    svg = await previews.svg_of(session, tenant_id, preview_id)
    if svg is None:
        raise NotFound("SVG preview", preview_id)
    return recolored(svg, row.fills, colors)


async def delete_preview(deps: Deps, tenant_id: UUID, preview_id: UUID) -> None:
    """Delete a traced picture; raises NotFound."""
    row = await find_preview(deps, tenant_id, preview_id)
    async with deps.db.transaction() as session:
        if not await previews.delete(session, tenant_id, preview_id):
            raise NotFound("SVG preview", preview_id)
        await note_caller(session, "svg.delete", ("project", row.project_id), tenant_id)


def _colors(text: str | None) -> dict[str, str]:
    """Read `key:rrggbb,key:rrggbb`; a key that no fill shows changes nothing."""
    found: dict[str, str] = {}
    wrong = []
    for number, part in enumerate((text or "").split(",") if text else ()):
        key, _, color = part.rpartition(":")
        match = _COLOR.fullmatch(color)
        if not key or match is None:
            message = f"{part[:60]!r} is no colour of a key; write key:rrggbb"
            wrong.append(_problem("bad_color", f"colors[{number}]", message))
        else:
            found[key] = f"#{match[1].lower()}"
    if wrong:
        raise Invalid(f"Not every colour can be read: {wrong[0].message}.", wrong, "bad_colors")
    return found


def _problem(code: str, place: str, message: str) -> FieldProblem:
    return FieldProblem(code=code, place=place, message=message)
