"""Change rows of the editor: edit, reset, move, delete, restore."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import MAX_ROWS, TABLES, Kind, Row
from orchestrator.errors import Invalid, NotFound
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.scenes import change
from orchestrator.usecases.scenes.look import find_row, list_rows
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.colors import draw_colors
from orchestrator.web.views.scenes.scene import draw_scene, path_of, rows_of
from orchestrator.web.views.scenes.typed import changed, require_fresh, way_back

ROWS = PROJECTS + "/{id}/rows/{kind}/{row}"


async def draw_again(visit: Visit) -> web.Response:
    """Draw the page of a row whose form was refused."""
    tenant_id, row = await _row(visit)
    if row.kind == "scene":
        return await draw_scene(visit, tenant_id, row)
    if row.parent is not None:
        session = visit.deps.db.session()
        scene = await find_row(session, tenant_id, "scene", row.parent)
        return await draw_scene(visit, tenant_id, scene, row)
    return await draw_colors(visit, tenant_id, row.project_id)


@page(ROWS)
async def find_form(visit: Visit) -> web.Response:
    """Go to the page that has the form of a row."""
    _, row = await _row(visit)
    base = f"{PROJECTS}/{row.project_id}"
    scene = row.id if row.kind == "scene" else row.parent
    page_of = f"{base}/scenes/{scene}" if scene is not None else f"{base}/colors"
    return visit.go(page_of if row.kind == "scene" else f"{page_of}#row-{row.id}")


@action(ROWS, again=draw_again)
async def edit_row(visit: Visit) -> web.Response:
    """Keep what a person changed of a row; it is theirs from now on."""
    tenant_id, row = await _row(visit)
    shared = []
    if row.kind in ("scene_color", "preset"):
        shared = await rows_of(visit.deps, tenant_id, "shared_color", row.project_id)
    require_fresh(row, visit.form, shared)
    given = changed(row, visit.form, shared)
    if not given:
        return _back(visit, row, "notice.row_same")
    after = await change.edit_row(visit.deps, tenant_id, row.kind, row.id, given, row)
    undo = Undo(path_of(row), way_back(row, after, shared))
    return _back(visit, after, "notice.row_kept", undo)


@action(ROWS + "/reset")
async def reset_row(visit: Visit) -> web.Response:
    """Give one column of a row back to the template."""
    tenant_id, row = await _row(visit)
    name = visit.form.get("field", "")[:100]
    after = await change.reset_row(visit.deps, tenant_id, row.kind, row.id, (name,))
    undo = Undo(path_of(row), way_back(row, after))
    return _back(visit, row, "notice.row_reset", undo if undo.fields else None)


@action(ROWS + "/move")
async def move_row(visit: Visit) -> web.Response:
    """Put a row at another place of its list."""
    tenant_id, row = await _row(visit)
    text = visit.form.get("place", "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid("A place is a number, from 0 on.", code="bad_place")
    place = await _place(visit, tenant_id, row)
    await change.edit_row(visit.deps, tenant_id, row.kind, row.id, {"position": int(text)})
    undo = None if place is None else Undo(f"{path_of(row)}/move", (("place", str(place)),))
    return _back(visit, row, "notice.row_moved", undo)


async def _place(visit: Visit, tenant_id: UUID, row: Row) -> int | None:
    """Give where a row stands in its list, from 0 on."""
    holder = row.project_id if row.parent is None else row.parent
    rows = await list_rows(
        visit.deps, tenant_id, row.kind, holder, after=None, limit=MAX_ROWS, deleted=False
    )
    return next((place for place, one in enumerate(rows) if one.id == row.id), None)


@action(ROWS + "/delete")
async def delete_row(visit: Visit) -> web.Response:
    """Delete a row softly; it can be restored."""
    tenant_id, row = await _row(visit)
    await change.delete_row(visit.deps, tenant_id, row.kind, row.id)
    return _back(visit, row, "notice.row_deleted", Undo(f"{path_of(row)}/restore", ()))


@action(ROWS + "/restore")
async def restore_row(visit: Visit) -> web.Response:
    """Bring a deleted row back."""
    tenant_id, row = await _row(visit)
    await change.restore_row(visit.deps, tenant_id, row.kind, row.id)
    return _back(visit, row, "notice.row_restored", Undo(f"{path_of(row)}/delete", ()))


def _back(visit: Visit, row: Row, key: str, undo: Undo | None = None) -> web.Response:
    """Go back to the form of the row, which may be far down its page."""
    anchor = "" if row.kind == "scene" else f"#row-{row.id}"
    name = row.fields["title"] or row.key
    return visit.done(visit.came_from + anchor, key, undo=undo, name=name)


async def _row(visit: Visit) -> tuple[UUID, Row]:
    """Give whose row the address names, and the row; raises NotFound."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    kind = _kind(visit.params["kind"])
    row_id = uuid(visit.params["row"], "row")
    row = await find_row(visit.deps.db.session(), tenant_id, kind, row_id)
    if row.project_id != project_id:
        raise NotFound("row", row_id)
    return tenant_id, row


def _kind(text: str) -> Kind:
    for known in TABLES:
        if known == text:
            return known
    raise NotFound("kind of rows", repr(text[:60]))


PAGES = (find_form, edit_row, reset_row, move_row, delete_row, restore_row)
