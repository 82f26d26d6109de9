"""Pictures of scenes: of all scenes at once, and of one with values that are tried."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import get_args

from aiohttp import web
from pydantic import ValidationError

from orchestrator.core.importing.rows import Row
from orchestrator.errors import Conflict, FarmError, Invalid, NotFound
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.snapshots.look import describe, list_snapshots, picture_of
from orchestrator.usecases.snapshots.order import cancel_snapshot, order_snapshots
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.entries import default_of
from orchestrator.web.views.scenes.scene import MOST, rows_of, scene_of
from orchestrator.wire.base import EngineKind
from orchestrator.wire.content.snapshots import SnapshotOrder, SnapshotScene
from orchestrator.wire.renders import OrderColor, OrderValue

_KEY = re.compile(r"[0-9a-f]{64}")
VALUE, COLOR = "value:", "color:"
SIDE = 960


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
    """Draw a scene with the values of the form; they are not kept."""
    tenant_id, scene = await scene_of(visit)
    try:
        shared = await rows_of(visit.deps, tenant_id, "shared_color", scene.project_id)
        fields = await rows_of(visit.deps, tenant_id, "element", scene.id)
        order = _order(visit, scene, fields, shared)
        (row,) = await order_snapshots(visit.deps, tenant_id, scene.project_id, order)
    except FarmError as error:
        if not visit.part:
            raise
        return visit.draw("parts/try.html", error.status, scene=scene, snapshot=None, error=error)
    if visit.part:
        return visit.draw("parts/try.html", scene=scene, snapshot=describe(row), error=None)
    return visit.go(f"{PROJECTS}/{scene.project_id}/scenes/{scene.id}?try={row.id}#try")


def _order(visit: Visit, scene: Row, fields: list[Row], shared: list[Row]) -> SnapshotOrder:
    """Give only what differs from the template, so that equal pictures are drawn once."""
    form = visit.form
    values, colors = [], []
    try:
        for row in fields:
            text = form.get(VALUE + row.key)
            plain = (text or "").replace("\r\n", "\n")
            if text is not None and plain != default_of(row).shown:
                values.append(OrderValue(key=row.key, value=_value(row, plain)))
        for row in shared:
            color = form.get(COLOR + row.key, row.fields["value"]).lower()
            if color != row.fields["value"].lower():
                colors.append(OrderColor(key=row.key, value=color))
        return SnapshotOrder(
            scenes=(SnapshotScene(key=scene.key, values=tuple(values)),),
            colors=tuple(colors),
            max_side=SIDE,
            engine=_engine(visit),
        )
    except (ValidationError, ValueError) as error:
        raise Invalid(
            "One of the values is none that its field takes.", code="bad_value"
        ) from error


def _value(row: Row, text: str) -> str | int | float | bool:
    kind = row.fields["kind"]
    if kind == "checkbox":
        return text == "true"
    if kind == "dropdown" and text.isdecimal():
        return int(text[:9])
    if kind == "number":
        return float(text)
    return text


def _engine(visit: Visit) -> EngineKind:
    for known in get_args(EngineKind):
        if known == visit.form.get("engine"):
            found: EngineKind = known
            return found
    raise Invalid("Choose an engine.", code="bad_engine")


PAGES = (send_picture, draw_all, stop_drawing, try_values)
