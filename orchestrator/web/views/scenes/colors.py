"""What all scenes share: colours, controls, presets, and the pictures that show them at once."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import Row
from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.content.previews import PreviewRow
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.previews import look
from orchestrator.usecases.projects.look import find_project
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.scene import SVGS, forms, rows_of
from orchestrator.wire.content.previews import SvgPreview, SvgPreviewPatch, SvgQuery

SVG = PROJECTS + "/{id}/svg/{svg}"
SVG_HEADERS = {
    # Our SVG holds paths and fills only; should that ever be wrong, nothing in it may run or load.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@page(PROJECTS + "/{id}/colors")
async def show_colors(visit: Visit) -> web.Response:
    """Show the shared colours, controls and presets, and pictures that take their colours."""
    project_id = uuid(visit.params["id"], "project")
    return await draw_colors(visit, await owner_of(visit.deps, project_id), project_id)


async def draw_colors(visit: Visit, tenant_id: UUID, project_id: UUID) -> web.Response:
    """Draw the page of what all scenes share."""
    deps = visit.deps
    deleted = visit.query.get("deleted") == "1"
    shared = await rows_of(deps, tenant_id, "shared_color", project_id)
    listed = {
        "colors": await rows_of(deps, tenant_id, "shared_color", project_id, deleted=deleted),
        "controls": await rows_of(deps, tenant_id, "control", project_id, deleted=deleted),
        "presets": await rows_of(deps, tenant_id, "preset", project_id, deleted=deleted),
    }
    svgs = await _svgs(deps, tenant_id, project_id)
    scenes = await rows_of(deps, tenant_id, "scene", project_id)
    return visit.draw(
        "pages/colors.html",
        project=await find_project(deps, tenant_id, project_id),
        tenant_id=tenant_id,
        shared=shared,
        colors=forms(visit, listed["colors"], shared),
        controls=forms(visit, listed["controls"], shared),
        presets=forms(visit, listed["presets"], shared),
        scenes=scenes,
        svgs=svgs,
        choices=await _choices(deps, tenant_id, shared, scenes, svgs),
        deleted=deleted,
    )


async def _svgs(deps: Deps, tenant_id: UUID, project_id: UUID) -> list[SvgPreview]:
    found = await look.list_previews(deps, tenant_id, project_id, None, SVGS)
    return [look.describe(one) for one in found]


async def _choices(
    deps: Deps, tenant_id: UUID, shared: list[Row], scenes: list[Row], svgs: list[SvgPreview]
) -> dict[str | None, dict[str, str]]:
    """Give the colours that pictures can show, by the scene that they are of: key to name."""
    found: dict[str | None, dict[str, str]] = {}
    for key in {one.scene_key for one in svgs}:
        scene = next((row for row in scenes if row.key == key), None)
        own = [] if scene is None else await rows_of(deps, tenant_id, "scene_color", scene.id)
        found[key] = {row.key: row.fields["title"] or row.key for row in (*own, *shared)}
    return found


@page(SVG)
async def send_svg(visit: Visit) -> web.Response:
    """Send a traced picture in its own colours; the page's script gives it others."""
    tenant_id, row = await _svg(visit)
    text = await look.picture_of(visit.deps, tenant_id, row.id, SvgQuery())
    return web.Response(text=text, content_type="image/svg+xml", headers=SVG_HEADERS)


@action(SVG)
async def map_svg(visit: Visit) -> web.Response:
    """Say which fill of a picture shows which colour; what was left as it was shown stays."""
    tenant_id, row = await _svg(visit)
    shown = {one.fill: one.key or "" for one in row.fills}
    keys = {
        fill: visit.form[fill] or None
        for fill, key in shown.items()
        if fill in visit.form and visit.form[fill] != visit.form.get(f"seen:{fill}", key)
    }
    await look.map_fills(visit.deps, tenant_id, row.id, SvgPreviewPatch(keys=keys))
    former = tuple((fill, shown[fill]) for fill in keys)
    undo = Undo(f"{PROJECTS}/{row.project_id}/svg/{row.id}", former)
    return visit.done(f"{PROJECTS}/{row.project_id}/colors", "notice.svg_mapped", undo=undo)


@action(SVG + "/delete")
async def delete_svg(visit: Visit) -> web.Response:
    """Delete a traced picture; what it was traced from stays."""
    tenant_id, row = await _svg(visit)
    await look.delete_preview(visit.deps, tenant_id, row.id)
    return visit.done(f"{PROJECTS}/{row.project_id}/colors", "notice.svg_deleted")


async def _svg(visit: Visit) -> tuple[UUID, PreviewRow]:
    project_id, svg_id = uuid(visit.params["id"], "project"), uuid(visit.params["svg"], "picture")
    tenant_id = await owner_of(visit.deps, project_id)
    row = await look.find_preview(visit.deps, tenant_id, svg_id)
    if row.project_id != project_id:
        raise NotFound("picture", svg_id)
    return tenant_id, row


PAGES = (show_colors, send_svg, map_svg, delete_svg)
