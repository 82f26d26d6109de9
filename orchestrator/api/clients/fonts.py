"""Handle the fonts of tenants, and what nodes tell of them."""

from __future__ import annotations

from orchestrator.api.clients.uploads import received
from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, NodeSigned, Upload, route
from orchestrator.usecases.fonts import keep
from orchestrator.wire.base import Empty
from orchestrator.wire.content.fonts import Font, FontNodes, FontPage, NodeFontsReport

AUTHOR = KeyScope("template")
READER = KeyScope("template", "render")
MAX_FONT_BYTES = 64 * 2**20
TAGS = ("fonts",)


@route(
    "POST",
    "/v1/fonts",
    summary="Send a font (TTF, OTF, TTC)",
    auth=AUTHOR,
    body=Upload("file"),
    answer=Font,
    code=201,
    tags=TAGS,
)
async def create_font(call: Call[None]) -> Font:
    """Read the font's names and keep it; nodes install it for the tasks that need it."""
    most = min(MAX_FONT_BYTES, call.deps.settings.max_file_bytes)
    async with received(call, "file", most) as file:
        return await keep.keep_font(
            call.deps,
            call.tenant_id,
            call.new_id,
            file.path,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
        )


@route(
    "GET",
    "/v1/fonts",
    summary="List fonts",
    auth=READER,
    query=PageQuery,
    answer=FontPage,
    tags=TAGS,
)
async def list_fonts(call: Call[PageQuery]) -> FontPage:
    """List the tenant's fonts, newest first."""
    limit = call.query.limit
    found = await keep.list_fonts(call.deps, call.tenant_id, place_of(call.query.cursor), limit)
    return FontPage(
        data=tuple(found), meta=page_of([(one.created_at, one.id) for one in found], limit)
    )


@route("GET", "/v1/fonts/{id}", summary="Describe a font", auth=READER, answer=Font, tags=TAGS)
async def get_font(call: Call[None]) -> Font:
    """Answer the font's names."""
    return await keep.get_font(call.deps, call.tenant_id, call.params["id"])


@route(
    "GET",
    "/v1/fonts/{id}/nodes",
    summary="Say which nodes have a font",
    auth=READER,
    answer=FontNodes,
    tags=TAGS,
)
async def list_font_nodes(call: Call[None]) -> FontNodes:
    """Answer node by node: pending, installed or failed with its reason."""
    return await keep.nodes_of_font(call.deps, call.tenant_id, call.params["id"])


@route("DELETE", "/v1/fonts/{id}", summary="Delete a font", auth=AUTHOR, answer=Empty, tags=TAGS)
async def delete_font(call: Call[None]) -> Empty:
    """Delete; renders that were ordered before keep it."""
    await keep.delete_font(call.deps, call.tenant_id, call.params["id"])
    return Empty()


@route(
    "POST",
    "/v1/agent/fonts",
    summary="Tell what became of fonts on a node",
    auth=NodeSigned(),
    body=NodeFontsReport,
    answer=Empty,
    tags=("agents",),
)
async def tell_fonts(call: Call[None], body: NodeFontsReport) -> Empty:
    """Note which fonts the node has installed, or why it could not."""
    await keep.note_of_node(call.deps, call.node.node_id, body)
    return Empty()


ROUTES = (create_font, list_fonts, get_font, list_font_nodes, delete_font, tell_fonts)
