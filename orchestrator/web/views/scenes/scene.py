"""One scene: its fields and colours, its lengths, and which of all that a person edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import TABLES, Kind, Row
from orchestrator.deps import Deps
from orchestrator.errors import BadRequest, NotFound
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.previews.look import describe as describe_svg
from orchestrator.usecases.previews.look import list_previews
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.scenes.look import find_row, list_rows
from orchestrator.usecases.snapshots.look import get_snapshot, list_snapshots
from orchestrator.web.page import Visit, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.entries import Entry, default_of, entries, seen
from orchestrator.wire.base import EngineKind
from orchestrator.wire.content.previews import SvgPreview
from orchestrator.wire.content.snapshots import Snapshot

MOST = 200
"""Rows of one list on one page; a person looks at these, orders take more."""
FIELDS = 60
SVGS = 40


@dataclass(frozen=True, slots=True)
class Form:
    """Be a row with its inputs; `template` is what a reset would bring back, by column."""

    row: Row
    entries: list[Entry]
    seen: dict[str, str]
    template: dict[str, object]
    place: int = 0


def forms(rows: list[Row], shared: list[Row], first: int = 0) -> list[Form]:
    """Give the forms of rows in their order; `first` is the place of the first one."""
    found = []
    for place, row in enumerate(rows, start=first):
        inputs = entries(row, shared)
        found.append(Form(row, inputs, seen(inputs), _template(row), place))
    return found


def _template(row: Row) -> dict[str, object]:
    """Give what a reset of each edited column would bring; nothing for a row of a person's own."""
    if row.scanned is None:
        return {}
    start = TABLES[row.kind].start
    return {name: row.scanned.get(name, start[name]) for name in sorted(row.edited)}


async def rows_of(
    deps: Deps, tenant_id: UUID, kind: Kind, holder: UUID, *, deleted: bool = False
) -> list[Row]:
    """Give the first rows of one list."""
    return await list_rows(deps, tenant_id, kind, holder, after=None, limit=MOST, deleted=deleted)


async def scene_of(visit: Visit) -> tuple[UUID, Row]:
    """Give whose scene the address names, and the scene; raises NotFound."""
    project_id = uuid(visit.params["id"], "project")
    scene_id = uuid(visit.params["scene"], "scene")
    tenant_id = await owner_of(visit.deps, project_id)
    row = await find_row(visit.deps.db.session(), tenant_id, "scene", scene_id)
    if row.project_id != project_id:
        raise NotFound("scene", scene_id)
    return tenant_id, row


@page(PROJECTS + "/{id}/scenes/{scene}")
async def show_scene(visit: Visit) -> web.Response:
    """Show a scene with everything of it that can be edited."""
    deps = visit.deps
    tenant_id, scene = await scene_of(visit)
    picture = await _tried(visit, tenant_id)
    if visit.part == "try":
        return visit.draw("parts/try.html", scene=scene, snapshot=picture, error=None)
    shared = await rows_of(deps, tenant_id, "shared_color", scene.project_id)
    scenes = await rows_of(deps, tenant_id, "scene", scene.project_id)
    deleted = visit.query.get("deleted") == "1"
    after = _place(visit.query.get("cursor"))
    fields = await list_rows(
        deps, tenant_id, "element", scene.id, after=after, limit=FIELDS + 1, deleted=deleted
    )
    colors = await rows_of(deps, tenant_id, "scene_color", scene.id, deleted=deleted)
    shown = fields[:FIELDS]
    place = next((n for n, one in enumerate(scenes) if one.id == scene.id), None)
    return visit.draw(
        "pages/scene.html",
        project=await find_project(deps, tenant_id, scene.project_id),
        scene=scene,
        form=forms([scene], shared, place or 0)[0],
        fields=forms(shown, shared, _number(visit.query.get("from"))),
        more=_cursor(shown, more=len(fields) > FIELDS),
        colors=forms(colors, shared),
        shared=shared,
        values=[_to_try(row) for row in shown if _can_try(row)],
        before=scenes[place - 1] if place else None,
        after=scenes[place + 1] if place is not None and place + 1 < len(scenes) else None,
        deleted=deleted,
        svgs=await _svgs(deps, tenant_id, scene),
        snapshot=picture,
        engine=await _engine(deps, tenant_id, scene.project_id),
        error=None,
    )


async def _tried(visit: Visit, tenant_id: UUID) -> Snapshot | None:
    text = visit.query.get("try")
    return await get_snapshot(visit.deps, tenant_id, uuid(text, "snapshot")) if text else None


async def _engine(deps: Deps, tenant_id: UUID, project_id: UUID) -> EngineKind:
    """Give the engine that drew the project's newest picture."""
    newest = await list_snapshots(deps, tenant_id, project_id, None, 1, shown=False)
    return newest[0].engine if newest else "aftereffects"


async def _svgs(deps: Deps, tenant_id: UUID, scene: Row) -> list[SvgPreview]:
    found = await list_previews(deps, tenant_id, scene.project_id, None, SVGS)
    return [describe_svg(one) for one in found if one.scene_key == scene.key]


def _to_try(row: Row) -> tuple[Row, Entry]:
    return row, replace(default_of(row), label=row.fields["title"] or row.key)


def _can_try(row: Row) -> bool:
    return not row.deleted and row.fields["kind"] not in ("media", "audio")


def _place(text: str | None) -> tuple[int, UUID] | None:
    """Read the last row of the page before. Raises BadRequest (`bad_cursor`)."""
    if not text:
        return None
    position, _, name = text.partition(".")
    try:
        return int(position), UUID(name)
    except ValueError as error:
        raise BadRequest("This page is unknown. Begin at its first.", "bad_cursor") from error


def _cursor(shown: list[Row], *, more: bool) -> str | None:
    return f"{shown[-1].order[0]}.{shown[-1].id}" if more else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


PAGES = (show_scene,)
