"""Handle pictures that are traced to SVG."""

from __future__ import annotations

from aiohttp import web

from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, Raw, route
from orchestrator.usecases.previews import look
from orchestrator.usecases.previews.trace import trace_picture
from orchestrator.wire.content.previews import (
    SvgPreview,
    SvgPreviewCreate,
    SvgPreviewPage,
    SvgPreviewPatch,
    SvgQuery,
)

AUTHOR = KeyScope("template")
READER = KeyScope("template", "render")
SVG_HEADERS = {
    # Our SVG holds paths and fills only; should that ever be wrong, nothing in it may run or load.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": 'inline; filename="preview.svg"',
}


@route(
    "POST",
    "/v1/projects/{id}/svg-previews",
    summary="Trace a picture to SVG",
    auth=AUTHOR,
    body=SvgPreviewCreate,
    answer=SvgPreview,
    code=201,
    tags=("previews",),
)
async def create_svg_preview(call: Call[None], body: SvgPreviewCreate) -> SvgPreview:
    """Reduce the picture to a few colours, trace it, and map them to the shared colours."""
    return await trace_picture(call.deps, call.tenant_id, call.params["id"], call.new_id, body)


@route(
    "GET",
    "/v1/projects/{id}/svg-previews",
    summary="List a project's SVG previews",
    auth=READER,
    query=PageQuery,
    answer=SvgPreviewPage,
    tags=("previews",),
)
async def list_svg_previews(call: Call[PageQuery]) -> SvgPreviewPage:
    """List them, newest first."""
    limit, before = call.query.limit, place_of(call.query.cursor)
    rows = await look.list_previews(call.deps, call.tenant_id, call.params["id"], before, limit)
    meta = page_of([(row.created_at, row.id) for row in rows], limit)
    return SvgPreviewPage(data=tuple(look.describe(row) for row in rows), meta=meta)


@route(
    "GET",
    "/v1/svg-previews/{id}",
    summary="Describe an SVG preview",
    auth=READER,
    answer=SvgPreview,
    tags=("previews",),
)
async def get_svg_preview(call: Call[None]) -> SvgPreview:
    """Answer its fills and the keys they show."""
    return look.describe(await look.find_preview(call.deps, call.tenant_id, call.params["id"]))


@route(
    "PATCH",
    "/v1/svg-previews/{id}",
    summary="Say which fill shows which colour",
    auth=AUTHOR,
    body=SvgPreviewPatch,
    answer=SvgPreview,
    tags=("previews",),
)
async def edit_svg_preview(call: Call[None], body: SvgPreviewPatch) -> SvgPreview:
    """Map fills to keys of shared colours."""
    return await look.map_fills(call.deps, call.tenant_id, call.params["id"], body)


@route(
    "DELETE",
    "/v1/svg-previews/{id}",
    summary="Delete an SVG preview",
    auth=AUTHOR,
    code=204,
    tags=("previews",),
)
async def delete_svg_preview(call: Call[None]) -> None:
    """Delete it; its source picture stays."""
    await look.delete_preview(call.deps, call.tenant_id, call.params["id"])


@route(
    "GET",
    "/v1/svg-previews/{id}/picture",
    summary="Get the SVG, in any colours",
    auth=READER,
    query=SvgQuery,
    answer=Raw("image/svg+xml"),
    tags=("previews",),
)
async def get_svg_picture(call: Call[SvgQuery]) -> web.Response:
    """Answer the picture with the colours of a preset, or those given."""
    svg = await look.picture_of(call.deps, call.tenant_id, call.params["id"], call.query)
    return web.Response(
        text=svg, content_type="image/svg+xml", charset="utf-8", headers=SVG_HEADERS
    )


ROUTES = (
    create_svg_preview,
    list_svg_previews,
    get_svg_preview,
    edit_svg_preview,
    delete_svg_preview,
    get_svg_picture,
)
