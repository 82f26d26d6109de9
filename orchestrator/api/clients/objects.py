"""Serve the signed addresses of the local object store: GET with ranges, and PUT."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from orchestrator.api.clients.sending import send_object
from orchestrator.api.route import Call, Raw, SignedUrl, route
from orchestrator.errors import BadRequest, FarmError, NotFound
from orchestrator.storage import signing
from orchestrator.wire.base import Empty

BYTES = Raw("application/octet-stream")
READ_TIMEOUT_S = 60.0
BLOCK = 1 << 20


@route(
    "GET",
    "/v1/objects/{key:path}",
    summary="Get an object by its signed address",
    auth=SignedUrl(),
    answer=BYTES,
    tags=("objects",),
)
async def get_object(call: Call[None]) -> web.StreamResponse:
    """Answer the bytes, or one range of them."""
    key = signing.check_key(call.params["key"])
    grant = signing.check(call.deps.secrets.url_key, "get", key, call.request.query)
    stored = await call.deps.objects.stat(key)
    if stored is None:
        raise NotFound("object", key)
    return await send_object(call.request, call.deps.objects, stored, grant.name)


@route(
    "PUT",
    "/v1/objects/{key:path}",
    summary="Put an object by its signed address",
    auth=SignedUrl(),
    body=BYTES,
    answer=Empty,
    tags=("objects",),
)
async def put_object(call: Call[None]) -> Empty:
    """Take exactly the announced bytes; the same bytes again are fine, others are refused."""
    key = signing.check_key(call.params["key"])
    grant = signing.check(call.deps.secrets.url_key, "put", key, call.request.query)
    length = call.request.content_length
    if length is not None and length != grant.size_bytes:
        raise BadRequest(
            f"Content-Length is {length}, announced were {grant.size_bytes} bytes.",
            "size_mismatch",
        )
    await call.deps.objects.put(
        key,
        chunks(call.request),
        max_bytes=grant.size_bytes,
        sha256=grant.sha256,
        size_bytes=grant.size_bytes,
    )
    return Empty()


async def chunks(request: web.Request) -> AsyncIterator[bytes]:
    """Give the body in blocks; a sender that stalls for READ_TIMEOUT_S is refused."""
    while True:
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                block = await request.content.read(BLOCK)
        except TimeoutError as error:
            raise FarmError(
                "body_timeout", 408, f"No bytes came for {READ_TIMEOUT_S:.0f} s. Send it again."
            ) from error
        if not block:
            return
        yield block


ROUTES = (get_object, put_object)
