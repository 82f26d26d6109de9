"""Compositions of the kept scan: a scene is made of one, or shows another one from now on."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import MAX_ROWS, Row
from orchestrator.deps import Deps
from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.scans.kept import kept_scan
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.usecases.scenes import change
from orchestrator.usecases.scenes.look import list_rows
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.scene import path_of, scene_of
from orchestrator.web.views.scenes.typed import CREATES, checked, number_of
from orchestrator.web.waiting import while_waited_for
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.scan import ScanComp

COMPS = 500


@page(PROJECTS + "/{id}/add-scene", "operator")
async def show_comps(visit: Visit) -> web.Response:
    """Offer the comps of the kept scan to make a scene of."""
    project_id = uuid(visit.params["id"], "project")
    return await _drawn(visit, await owner_of(visit.deps, project_id), project_id, None)


@action(PROJECTS + "/{id}/add-scene", again=show_comps.view)
async def add_scene(visit: Visit) -> web.Response:
    """Make a scene of a comp: what the form leaves empty comes from the comp."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    comp = await _chosen(visit, tenant_id, project_id)
    key = visit.form.get("key", "").strip() or comp.name
    values = checked("scene", {**_given(visit, comp), "key": key, "comp": comp.name}, CREATES)
    row = await change.make_row(visit.deps, tenant_id, "scene", project_id, new_id(), values)
    path = f"{PROJECTS}/{project_id}/scenes/{row.id}"
    undo = Undo(f"{path_of(row)}/delete", ())
    return visit.done(path, "notice.scene_made", undo=undo, name=row.fields["title"])


@page(PROJECTS + "/{id}/scenes/{scene}/comp", "operator")
async def show_other_comps(visit: Visit) -> web.Response:
    """Offer the comps of the kept scan to a scene that is there."""
    tenant_id, scene = await scene_of(visit)
    return await _drawn(visit, tenant_id, scene.project_id, scene)


@action(PROJECTS + "/{id}/scenes/{scene}/comp", again=show_other_comps.view)
async def change_comp(visit: Visit) -> web.Response:
    """Let a scene show another comp, with its title and length where the form says so."""
    tenant_id, scene = await scene_of(visit)
    comp = await _chosen(visit, tenant_id, scene.project_id)
    values = checked("scene", {**_given(visit, comp), "comp": comp.name})
    row = await change.edit_row(visit.deps, tenant_id, "scene", scene.id, values)
    path = f"{PROJECTS}/{scene.project_id}/scenes/{scene.id}"
    was = [(name, scene.fields[name]) for name in ("comp", "title", "duration_s")]
    undo = Undo(f"{path}/comp", tuple((name, f"{value}") for name, value in was if value))
    name = row.fields["title"] or row.key
    return visit.done(path, "notice.comp_changed", undo=undo, name=name, comp=comp.name)


@action(PROJECTS + "/{id}/scan-comps")
async def scan_comps(visit: Visit) -> web.Response:
    """Scan the file at once, for a page that needs what is in it."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    await while_waited_for(visit, quick_scan(visit.deps, tenant_id, project_id, None))
    return visit.done(visit.came_from, "notice.scan_kept")


async def _drawn(
    visit: Visit, tenant_id: UUID, project_id: UUID, scene: Row | None
) -> web.Response:
    project = await find_project(visit.deps, tenant_id, project_id)
    comps = await _comps(visit.deps, tenant_id, project_id)
    rows = await list_rows(
        visit.deps, tenant_id, "scene", project_id, after=None, limit=MAX_ROWS, deleted=False
    )
    taken = {row.fields["comp"] for row in rows}
    return visit.draw(
        "pages/pick_comp.html",
        project=project,
        scene=scene,
        comps=None if comps is None else [c for c in comps if c.name not in taken][:COMPS],
    )


async def _chosen(visit: Visit, tenant_id: UUID, project_id: UUID) -> ScanComp:
    name = visit.form.get("comp", "")
    comps = await _comps(visit.deps, tenant_id, project_id)
    found = next((one for one in comps or () if one.name == name), None)
    if found is None:
        message = "choose one of the list"
        told = FieldProblem(code="no_comp", place="comp", message=message)
        raise Invalid("Choose a composition of the template.", [told], "no_comp")
    return found


def _given(visit: Visit, comp: ScanComp) -> dict[str, object]:
    """Give title and length: the form's, else the comp's."""
    text = visit.form.get("duration_s", "").strip()
    length = number_of("duration_s", text) if text else comp.duration_s or None
    return {"title": visit.form.get("title", "").strip() or comp.name, "duration_s": length}


async def _comps(deps: Deps, tenant_id: UUID, project_id: UUID) -> tuple[ScanComp, ...] | None:
    """Give the comps that can be rendered; None where no scan is kept."""
    scan = await kept_scan(deps, tenant_id, project_id)
    return None if scan is None else tuple(c for c in scan.comps if c.width and c.height)


PAGES = (show_comps, add_scene, show_other_comps, change_comp, scan_comps)
