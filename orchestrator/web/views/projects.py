"""The templates: the list, one template with its file and scans, and new ones."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from aiohttp import web

from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.store.overview.projects import ProjectFilter
from orchestrator.usecases.overview import jobs as overview
from orchestrator.usecases.overview.projects import list_projects, owner_of
from orchestrator.usecases.projects import edit, look
from orchestrator.usecases.renders.offer import able_engines, usual_engine
from orchestrator.usecases.scans.look import list_scans
from orchestrator.usecases.scenes.look import list_rows
from orchestrator.usecases.snapshots.look import get_snapshot, list_snapshots
from orchestrator.usecases.tenants.look import get_tenant
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import (
    one_of,
    read_cursor,
    read_place,
    start,
    uuid,
    write_cursor,
    write_place,
)
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import Mode
from orchestrator.wire.content.projects import ProjectPatch
from orchestrator.wire.resources import ProjectCreate, ProjectState

PROJECTS = "/admin/projects"
PAGE = 40
SCANS = 10
SCENES = 100
STATES: tuple[str, ...] = get_args(ProjectState)
MODES: tuple[str, ...] = get_args(Mode)


@page(PROJECTS)
async def show_projects(visit: Visit) -> web.Response:
    """List templates, the newest first."""
    query = visit.query
    tenant = query.get("tenant")
    wanted = ProjectFilter(
        tenant_id=uuid(tenant, "tenant") if tenant else None,
        state=one_of(query.get("state"), STATES),
        name=(query.get("q") or "").strip()[:100] or None,
    )
    found = await list_projects(visit.deps, wanted, read_place(query.get("cursor")), PAGE)
    return visit.draw(
        "pages/projects.html",
        projects=found.lines,
        more=write_place(found.more),
        wanted=wanted,
        states=STATES,
        tenants=await overview.tenants(visit.deps),
    )


@action(PROJECTS, again=show_projects.view)
async def make_project(visit: Visit) -> web.Response:
    """Make an empty template; its file is uploaded on its page."""
    name = visit.form.get("name", "").strip()[:200]
    if not name:
        raise _no_name()
    tenant_id = uuid(visit.form.get("tenant", ""), "tenant")
    await get_tenant(visit.deps, tenant_id)
    made = await look.make_project(visit.deps, tenant_id, new_id(), ProjectCreate(name=name))
    undo = Undo(f"{PROJECTS}/{made.id}/edit", (("state", "archived"),))
    return visit.done(f"{PROJECTS}/{made.id}", "notice.project_made", undo=undo)


@page(PROJECTS + "/{id}")
async def show_project(visit: Visit) -> web.Response:
    """Show a template: its file, what a scan found, its scans and its scenes."""
    deps, project_id = visit.deps, uuid(visit.params["id"], "project")
    tenant_id = await owner_of(deps, project_id)
    row = await look.find_project(deps, tenant_id, project_id)
    pictures = await _pictures(visit, tenant_id, project_id)
    pictures["project"] = look.describe(row)
    if visit.part == "scenes":
        return visit.draw("parts/scenes.html", **pictures)
    return visit.draw(
        "pages/project.html",
        **pictures,
        tenant_id=tenant_id,
        scans=await list_scans(deps, tenant_id, project_id, None, SCANS),
        modes=MODES,
        max_bytes=deps.settings.max_bundle_bytes,
    )


async def _pictures(visit: Visit, tenant_id: UUID, project_id: UUID) -> dict[str, Any]:
    """Give the scenes, and how far their pictures are: the newest of each without values."""
    deps, deleted = visit.deps, visit.query.get("deleted") == "1"
    after = read_cursor(visit.query.get("cursor"))
    scenes = await list_rows(
        deps, tenant_id, "scene", project_id, after=after, limit=SCENES + 1, deleted=deleted
    )
    more = write_cursor(scenes[:SCENES], more=len(scenes) > SCENES)
    drawn = await list_snapshots(deps, tenant_id, project_id, None, SCENES, shown=False)
    plain = {one.scene: one for one in reversed(drawn) if one.plain}
    drawing = [one for one in plain.values() if one.state in ("queued", "running")]
    first = await get_snapshot(deps, tenant_id, drawing[0].id) if drawing else None
    return {
        "scenes": scenes[:SCENES],
        "more": more,
        "from": start(visit.query.get("from")),
        "deleted": deleted,
        "drawing": len(drawing),
        "waits_for": first.waits_for if first else None,
        "failures": [one for one in plain.values() if one.failure][:5],
        "engine": drawn[0].engine if drawn else usual_engine(await able_engines(deps)),
    }


def _no_name() -> Invalid:
    told = FieldProblem(code="no_name", place="name", message="write a name")
    return Invalid("Give the template a name.", [told], "no_name")


@action(PROJECTS + "/{id}/edit", again=show_project.view)
async def edit_project(visit: Visit) -> web.Response:
    """Rename, publish or archive a template; a name that was not seen is not written over."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    name = visit.form.get("name", "").strip()[:200] or None
    if name is None and "name" in visit.form:
        raise _no_name()
    state = one_of(visit.form.get("state"), STATES)
    patch = ProjectPatch.model_validate({"name": name, "state": state})
    before = await look.find_project(visit.deps, tenant_id, project_id)
    seen = visit.form.get("seen") if name else None
    await edit.edit_project(visit.deps, tenant_id, project_id, patch, seen)
    former = (("name", before.name),) if name else (("state", before.state),) if state else ()
    undo = Undo(f"{PROJECTS}/{project_id}/edit", former) if former else None
    return visit.done(f"{PROJECTS}/{project_id}", "notice.project_changed", undo=undo)


PAGES = (show_projects, make_project, show_project, edit_project)
