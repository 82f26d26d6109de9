"""One scene: its fields and colours, its lengths, and which of all that a person edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import MAX_ROWS, TABLES, Kind, Row
from orchestrator.deps import Deps
from orchestrator.errors import FarmError, NotFound
from orchestrator.usecases.files.look import kept_files
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.previews.look import describe as describe_svg
from orchestrator.usecases.previews.look import list_previews
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.renders.offer import able_engines, usual_engine
from orchestrator.usecases.scenes.look import find_row, list_rows
from orchestrator.usecases.snapshots.look import get_snapshot, list_snapshots
from orchestrator.web.page import Visit, page
from orchestrator.web.views.fields import read_cursor, start, uuid, write_cursor
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.entries import Entry, entries, seen
from orchestrator.web.views.scenes.trying import (
    ENGINES,
    Parts,
    Sent,
    Trial,
    files_in,
    needs_files,
    trial_of,
)
from orchestrator.web.views.scenes.typed import retyped
from orchestrator.wire.base import EngineKind
from orchestrator.wire.content.previews import SvgPreview
from orchestrator.wire.content.snapshots import Snapshot

MOST = 200
"""Rows of one list on one page; a person looks at these, orders take more."""
FIELDS = 60
SVGS = 40
FILES = 40
"""Kept files that a field offers, the newest."""


@dataclass(frozen=True, slots=True)
class Form:
    """Be a row with its inputs; `template` is what a reset would bring back, by column."""

    row: Row
    entries: list[Entry]
    seen: dict[str, str]
    template: dict[str, object]
    place: int = 0
    refused: bool = False


def forms(visit: Visit, rows: list[Row], shared: list[Row], first: int = 0) -> list[Form]:
    """Give the forms of rows in their order; `first` is the place of the first one.

    The one that was refused shows what was typed, and what is wrong with it.
    """
    found = []
    for place, row in enumerate(rows, start=first):
        inputs = entries(row, shared)
        shown, refused = inputs, visit.is_refused(path_of(row))
        if refused and visit.refused is not None:
            shown = retyped(inputs, visit.form, visit.refused.problems)
        found.append(Form(row, shown, seen(inputs), _template(row), place, refused))
    return found


def path_of(row: Row) -> str:
    """Give where the form of a row is sent to."""
    return f"{PROJECTS}/{row.project_id}/rows/{row.kind}/{row.id}"


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


@dataclass(frozen=True, slots=True)
class Tried:
    """Be values that were sent to be tried: what of it was wrong, or the picture of it."""

    sent: Sent = field(default_factory=Sent)
    snapshot: Snapshot | None = None
    error: FarmError | None = None


@page(PROJECTS + "/{id}/scenes/{scene}")
async def show_scene(visit: Visit) -> web.Response:
    """Show a scene with everything of it that can be edited."""
    tenant_id, scene = await scene_of(visit)
    tried = Tried(snapshot=await _snapshot(visit, tenant_id))
    if visit.part == "try":
        return visit.draw("parts/try.html", scene=scene, snapshot=tried.snapshot, error=None)
    return await draw_scene(visit, tenant_id, scene, tried=tried)


async def draw_scene(
    visit: Visit,
    tenant_id: UUID,
    scene: Row,
    refused: Row | None = None,
    tried: Tried | None = None,
) -> web.Response:
    """Draw a scene's page, or the part of it where values are tried.

    A row whose form was refused is shown whatever page of fields it is on.
    """
    deps, tried = visit.deps, tried or Tried()
    deleted = visit.query.get("deleted") == "1"
    shared = await rows_of(deps, tenant_id, "shared_color", scene.project_id)
    fields, more = await _fields(visit, tenant_id, scene, deleted=deleted)
    colors = await rows_of(deps, tenant_id, "scene_color", scene.id, deleted=deleted)
    controls = await rows_of(deps, tenant_id, "control", scene.project_id)
    parts = Parts(fields, colors, shared, controls)
    values: dict[str, Any] = {
        "scene": scene,
        "snapshot": tried.snapshot,
        "error": tried.error,
        "trial": await _trial(deps, tenant_id, scene, parts, tried.sent),
        "tenant_id": tenant_id,
        "most": deps.settings.max_file_bytes,
        "engines": ENGINES,
        "deleted": deleted,
    }
    if visit.part:
        code = tried.error.status if tried.error else 200
        return visit.draw("parts/trial.html", code, **values)
    if refused is not None and refused.kind == "element" and refused not in fields:
        fields = [*(one for one in fields if one.id != refused.id), refused]
    scenes = await list_rows(
        deps, tenant_id, "scene", scene.project_id, after=None, limit=MAX_ROWS, deleted=False
    )
    place = next((n for n, one in enumerate(scenes) if one.id == scene.id), None)
    return visit.draw(
        "pages/scene.html",
        **values,
        project=await find_project(deps, tenant_id, scene.project_id),
        form=forms(visit, [scene], shared, place or 0)[0],
        fields=forms(visit, fields, shared, start(visit.query.get("from"))),
        more=more,
        colors=forms(visit, colors, shared),
        before=scenes[place - 1] if place else None,
        after=scenes[place + 1] if place is not None and place + 1 < len(scenes) else None,
        svgs=await _svgs(deps, tenant_id, scene),
    )


async def _fields(
    visit: Visit, tenant_id: UUID, scene: Row, *, deleted: bool
) -> tuple[list[Row], str | None]:
    """Give one page of a scene's fields, and where the next one begins."""
    after = read_cursor(visit.query.get("cursor"))
    fields = await list_rows(
        visit.deps, tenant_id, "element", scene.id, after=after, limit=FIELDS + 1, deleted=deleted
    )
    return fields[:FIELDS], write_cursor(fields[:FIELDS], more=len(fields) > FIELDS)


async def _trial(deps: Deps, tenant_id: UUID, scene: Row, parts: Parts, sent: Sent) -> Trial:
    """Give the form that tries values, as it was sent or as it is at first."""
    files = []
    if needs_files(parts):
        files = await kept_files(deps, tenant_id, FILES, also=files_in(sent.form))
    engine = next((one for one in ENGINES if one == sent.typed("engine")), None)
    engine = engine or await _engine(deps, tenant_id, scene.project_id)
    return trial_of(parts, files, engine, sent)


async def _snapshot(visit: Visit, tenant_id: UUID) -> Snapshot | None:
    text = visit.query.get("try")
    return await get_snapshot(visit.deps, tenant_id, uuid(text, "snapshot")) if text else None


async def _engine(deps: Deps, tenant_id: UUID, project_id: UUID) -> EngineKind:
    """Give the engine that drew the project's newest picture, else what the farm has."""
    newest = await list_snapshots(deps, tenant_id, project_id, None, 1, shown=False)
    return newest[0].engine if newest else usual_engine(await able_engines(deps))


async def _svgs(deps: Deps, tenant_id: UUID, scene: Row) -> list[SvgPreview]:
    found = await list_previews(deps, tenant_id, scene.project_id, None, SVGS)
    return [describe_svg(one) for one in found if one.scene_key == scene.key]


PAGES = (show_scene,)
