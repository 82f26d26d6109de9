"""Handle manifests, and renders that are made again."""

from __future__ import annotations

from orchestrator.api.route import Call, KeyScope, route
from orchestrator.usecases.renders import look
from orchestrator.usecases.renders.again import render_again
from orchestrator.usecases.renders.manifest import get_manifest
from orchestrator.wire.media.manifest import Manifest
from orchestrator.wire.renders import Render

CLIENT = KeyScope("render")


@route(
    "GET",
    "/v1/renders/{id}/manifest",
    summary="Tell what a video was made of",
    auth=CLIENT,
    answer=Manifest,
    tags=("renders",),
)
async def get_render_manifest(call: Call[None]) -> Manifest:
    """Answer bundle, order, files, engine, attempts and frame hashes; 409 until it is done."""
    return await get_manifest(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    "/v1/renders/{id}/again",
    summary="Make a render again",
    auth=CLIENT,
    answer=Render,
    code=201,
    tags=("renders",),
)
async def create_render_again(call: Call[None]) -> Render:
    """Queue the same order on the same bundle and engine class; its manifest compares the two."""
    key_id = call.key.key_id
    await render_again(call.deps, call.tenant_id, key_id, call.params["id"], call.new_id)
    return await look.get_render(call.deps, call.tenant_id, call.new_id)


ROUTES = (get_render_manifest, create_render_again)
