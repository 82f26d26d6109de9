"""Handle pictures of scenes."""

from __future__ import annotations

from aiohttp import web

from orchestrator.api.clients.sending import send_object
from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, Raw, route
from orchestrator.usecases.snapshots import look
from orchestrator.usecases.snapshots.order import cancel_snapshot, order_snapshots
from orchestrator.wire.content.snapshots import (
    Snapshot,
    SnapshotList,
    SnapshotOrder,
    SnapshotPage,
)

READER = KeyScope("template", "render")
PICTURE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
FOR_EVER = "private, max-age=31536000, immutable"


class SnapshotQuery(PageQuery):
    """Hold the query of the list: with `shown` only those that the scenes show now."""

    shown: bool = False


@route(
    "POST",
    "/v1/scene-snapshots/{project_id}",
    summary="Ask for pictures of scenes",
    auth=READER,
    body=SnapshotOrder,
    answer=SnapshotList,
    code=201,
    tags=("snapshots",),
)
async def create_snapshots(call: Call[None], body: SnapshotOrder) -> SnapshotList:
    """Answer what is there at once; what is not is drawn, all of it in one launch."""
    rows = await order_snapshots(call.deps, call.tenant_id, call.params["project_id"], body)
    return SnapshotList(data=look.describe_all(rows))


@route(
    "GET",
    "/v1/scene-snapshots/{project_id}",
    summary="List a project's pictures",
    auth=READER,
    query=SnapshotQuery,
    answer=SnapshotPage,
    tags=("snapshots",),
)
async def list_snapshots(call: Call[SnapshotQuery]) -> SnapshotPage:
    """List them, newest first; `shown=true` gives each scene's own."""
    query = call.query
    found = await look.list_snapshots(
        call.deps,
        call.tenant_id,
        call.params["project_id"],
        place_of(query.cursor),
        query.limit,
        shown=query.shown,
    )
    meta = page_of([(one.created_at, one.id) for one in found], query.limit)
    return SnapshotPage(data=tuple(found), meta=meta)


@route(
    "GET",
    "/v1/scene-snapshots/{project_id}/pictures/{key:str}",
    summary="Get a picture by its permanent address",
    auth=READER,
    answer=Raw("image/png"),
    tags=("snapshots",),
)
async def get_snapshot_picture(call: Call[None]) -> web.StreamResponse:
    """Answer the PNG; what lies at an address never changes."""
    project_id, key = call.params["project_id"], call.params["key"]
    stored = await look.picture_of(call.deps, call.tenant_id, project_id, key)
    return await send_object(
        call.request,
        call.deps.objects,
        stored,
        "",
        headers={**PICTURE_HEADERS, "Cache-Control": FOR_EVER},
    )


@route(
    "GET",
    "/v1/snapshots/{id}",
    summary="Describe a picture",
    auth=READER,
    answer=Snapshot,
    tags=("snapshots",),
)
async def get_snapshot(call: Call[None]) -> Snapshot:
    """Answer its state, its address once it is there, and why nobody draws it yet."""
    return await look.get_snapshot(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    "/v1/snapshots/{id}/cancel",
    summary="Cancel a picture",
    auth=READER,
    answer=Snapshot,
    tags=("snapshots",),
    once=True,
)
async def cancel_snapshot_task(call: Call[None]) -> Snapshot:
    """Cancel the task that draws it, with all that was asked for in the same call."""
    await cancel_snapshot(call.deps, call.tenant_id, call.params["id"])
    return await look.get_snapshot(call.deps, call.tenant_id, call.params["id"])


ROUTES = (
    create_snapshots,
    list_snapshots,
    get_snapshot_picture,
    get_snapshot,
    cancel_snapshot_task,
)
