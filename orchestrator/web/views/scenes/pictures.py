"""Pictures of scenes: of all scenes at once, and of one with values that are tried."""

from __future__ import annotations

import re
from contextlib import suppress
from uuid import UUID

from aiohttp import web

from orchestrator.core.importing.rows import MAX_ROWS, Row
from orchestrator.errors import Conflict, FarmError, Invalid, NotFound
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.scenes.look import list_rows
from orchestrator.usecases.snapshots.look import (
    describe,
    get_snapshot,
    list_snapshots,
    picture_of,
)
from orchestrator.usecases.snapshots.order import cancel_snapshot, order_snapshots
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.scene import MOST, Tried, draw_scene, rows_of, scene_of
from orchestrator.web.views.scenes.trying import ENGINES, Parts, Reading, Sent, read_order
from orchestrator.wire.base import EngineKind
from orchestrator.wire.content.snapshots import SnapshotOrder

_KEY = re.compile(r"[0-9a-f]{64}")


@page(PROJECTS + "/{id}/pictures/{key}")
async def send_picture(visit: Visit) -> web.Response:
    """Send the browser to a picture in the storage."""
    project_id, key = uuid(visit.params["id"], "project"), visit.params["key"]
    tenant_id = await owner_of(visit.deps, project_id)
    if not _KEY.fullmatch(key):
        raise NotFound("picture", repr(key[:80]))
    stored = await picture_of(visit.deps, tenant_id, project_id, key)
    return visit.go(visit.deps.objects.sign_get(stored.key, visit.deps.settings.url_ttl_s))


@action(PROJECTS + "/{id}/pictures")
async def draw_all(visit: Visit) -> web.Response:
    """Ask for a picture of every scene: one launch of the engine."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    order = SnapshotOrder(engine=_engine(visit))
    found = await order_snapshots(visit.deps, tenant_id, project_id, order)
    return visit.done(f"{PROJECTS}/{project_id}", "notice.pictures", count=len(found))


@action(PROJECTS + "/{id}/stop-pictures")
async def stop_drawing(visit: Visit) -> web.Response:
    """Cancel the pictures of a project that are not there yet."""
    deps, project_id = visit.deps, uuid(visit.params["id"], "project")
    tenant_id = await owner_of(deps, project_id)
    drawn = await list_snapshots(deps, tenant_id, project_id, None, MOST, shown=False)
    for one in drawn:
        if one.state in ("queued", "running"):
            # One that was drawn meanwhile is no fault: nothing is left to cancel.
            with suppress(Conflict):
                await cancel_snapshot(deps, tenant_id, one.id)
    return visit.done(f"{PROJECTS}/{project_id}", "notice.pictures_stopped")


@action(PROJECTS + "/{id}/scenes/{scene}/try")
async def try_values(visit: Visit) -> web.Response:
    """Draw a scene with the values of the form; they are not kept, but stay in the form."""
    deps = visit.deps
    tenant_id, scene = await scene_of(visit)
    reading = Reading(visit.form)
    parts = Parts(
        await _fields(visit, tenant_id, scene),
        await rows_of(deps, tenant_id, "scene_color", scene.id),
        await rows_of(deps, tenant_id, "shared_color", scene.project_id),
        await rows_of(deps, tenant_id, "control", scene.project_id),
    )
    try:
        order = read_order(scene, parts, reading)
        (row,) = await order_snapshots(deps, tenant_id, scene.project_id, order)
        tried = Tried(Sent(visit.form), describe(row))
    except FarmError as error:
        placed = reading.placed(error)
        tried = Tried(Sent(visit.form, placed.problems), error=placed)
    return await draw_scene(visit, tenant_id, scene, tried=tried)


async def _fields(visit: Visit, tenant_id: UUID, scene: Row) -> list[Row]:
    """Give the fields of the scene that the form has, which may be one page of many."""
    every = await list_rows(
        visit.deps, tenant_id, "element", scene.id, after=None, limit=MAX_ROWS, deleted=False
    )
    return [row for row in every if f"value:{row.key}" in visit.form]


@action(PROJECTS + "/{id}/scenes/{scene}/stop-try")
async def stop_try(visit: Visit) -> web.Response:
    """Cancel the picture of values that are tried."""
    tenant_id, scene = await scene_of(visit)
    snapshot_id = uuid(visit.form.get("snapshot", ""), "snapshot")
    with suppress(Conflict):
        await cancel_snapshot(visit.deps, tenant_id, snapshot_id)
    if visit.part:
        found = await get_snapshot(visit.deps, tenant_id, snapshot_id)
        return visit.draw("parts/try.html", scene=scene, snapshot=found, error=None)
    path = f"{PROJECTS}/{scene.project_id}/scenes/{scene.id}?try={snapshot_id}#try"
    return visit.go(path)


def _engine(visit: Visit) -> EngineKind:
    for known in ENGINES:
        if known == visit.form.get("engine"):
            return known
    raise Invalid("Choose an engine.", code="bad_engine")


PAGES = (send_picture, draw_all, stop_drawing, try_values, stop_try)
