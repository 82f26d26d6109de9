"""Change rows of the editor: edit, reset, move, delete, restore; add scenes and presets."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import TABLES, Kind, Row
from orchestrator.deps import Deps
from orchestrator.errors import Invalid, NotFound
from orchestrator.ids import new_id
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.scans.kept import kept_or_new_scan
from orchestrator.usecases.scenes import change
from orchestrator.usecases.scenes.look import find_row
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.entries import COLOR, changed, checked
from orchestrator.web.views.scenes.scene import rows_of
from orchestrator.wire.scan import ScanComp

ROWS = PROJECTS + "/{id}/rows/{kind}/{row}"
COMPS = 500


@action(ROWS)
async def edit_row(visit: Visit) -> web.Response:
    """Keep what a person changed of a row; it is theirs from now on."""
    tenant_id, row = await _row(visit)
    shared = []
    if row.kind in ("scene_color", "preset"):
        shared = await rows_of(visit.deps, tenant_id, "shared_color", row.project_id)
    given = changed(row, visit.form, shared)
    if given:
        row = await change.edit_row(visit.deps, tenant_id, row.kind, row.id, given)
    return _back(visit, row, "notice.row_kept" if given else "notice.row_same")


@action(ROWS + "/reset")
async def reset_row(visit: Visit) -> web.Response:
    """Give one column of a row back to the template."""
    tenant_id, row = await _row(visit)
    name = visit.form.get("field", "")[:100]
    await change.reset_row(visit.deps, tenant_id, row.kind, row.id, (name,))
    return _back(visit, row, "notice.row_reset")


@action(ROWS + "/move")
async def move_row(visit: Visit) -> web.Response:
    """Put a row at another place of its list."""
    tenant_id, row = await _row(visit)
    text = visit.form.get("place", "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid("A place is a number, from 0 on.", code="bad_place")
    await change.edit_row(visit.deps, tenant_id, row.kind, row.id, {"position": int(text)})
    return _back(visit, row, "notice.row_moved")


@action(ROWS + "/delete")
async def delete_row(visit: Visit) -> web.Response:
    """Delete a row softly; it can be restored."""
    tenant_id, row = await _row(visit)
    await change.delete_row(visit.deps, tenant_id, row.kind, row.id)
    return _back(visit, row, "notice.row_deleted")


@action(ROWS + "/restore")
async def restore_row(visit: Visit) -> web.Response:
    """Bring a deleted row back."""
    tenant_id, row = await _row(visit)
    await change.restore_row(visit.deps, tenant_id, row.kind, row.id)
    return _back(visit, row, "notice.row_restored")


def _back(visit: Visit, row: Row, key: str) -> web.Response:
    """Go back to the form of the row, which may be far down its page."""
    anchor = "" if row.kind == "scene" else f"#row-{row.id}"
    name = row.fields["title"] or row.key
    return visit.done(visit.came_from + anchor, key, name=name)


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


@page(PROJECTS + "/{id}/add-scene", "operator")
async def show_comps(visit: Visit) -> web.Response:
    """Offer the comps of the scan to make a scene of."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    project = await find_project(visit.deps, tenant_id, project_id)
    taken = {
        row.fields["comp"] for row in await rows_of(visit.deps, tenant_id, "scene", project_id)
    }
    comps = await _comps(visit.deps, tenant_id, project_id) if project.bundle else ()
    free = [one for one in comps if one.name not in taken]
    return visit.draw("pages/add_scene.html", project=project, comps=free[:COMPS])


@action(PROJECTS + "/{id}/add-scene")
async def add_scene(visit: Visit) -> web.Response:
    """Make a scene of a comp: what the form leaves empty comes from the comp."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    name = visit.form.get("comp", "")
    comp = next(
        (c for c in await _comps(visit.deps, tenant_id, project_id) if c.name == name), None
    )
    if comp is None:
        raise Invalid("Choose a composition of the template.", code="no_comp")
    given = {
        "title": visit.form.get("title", "").strip() or name,
        "duration_s": visit.form.get("duration_s", "").strip() or comp.duration_s or None,
    }
    values = checked("scene", given)
    key = visit.form.get("key", "").strip()[:500] or name
    row = await change.make_row(
        visit.deps, tenant_id, "scene", project_id, new_id(), {**values, "key": key, "comp": name}
    )
    path = f"{PROJECTS}/{project_id}/scenes/{row.id}"
    return visit.done(path, "notice.scene_made", name=row.fields["title"])


@action(PROJECTS + "/{id}/add-preset")
async def add_preset(visit: Visit) -> web.Response:
    """Make a preset of the colours that the form shows."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    colors = {k[len(COLOR) :]: v.lower() for k, v in visit.form.items() if k.startswith(COLOR)}
    values = checked("preset", {"title": visit.form.get("title", "").strip(), "colors": colors})
    await change.make_row(visit.deps, tenant_id, "preset", project_id, new_id(), values)
    path = f"{PROJECTS}/{project_id}/colors"
    return visit.done(path, "notice.preset_made", name=values["title"])


async def _comps(deps: Deps, tenant_id: UUID, project_id: UUID) -> tuple[ScanComp, ...]:
    """Give the comps that can be rendered."""
    scan = await kept_or_new_scan(deps, tenant_id, project_id)
    return tuple(one for one in scan.comps if one.width and one.height)


PAGES = (
    edit_row,
    reset_row,
    move_row,
    delete_row,
    restore_row,
    show_comps,
    add_scene,
    add_preset,
)
