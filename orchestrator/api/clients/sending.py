"""Send an object's bytes: whole, one range, or the head only."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from orchestrator.errors import FarmError
from orchestrator.storage.base import ObjectStore, Stored
from orchestrator.storage.types import content_type

WRITE_TIMEOUT_S = 60.0
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def send_object(
    request: web.Request,
    objects: ObjectStore,
    stored: Stored,
    filename: str,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Answer 200, or 206 for a single Range, 416 for one outside; a HEAD gets no bytes.

    Who has the bytes already, by their ETag, is told so (304). `headers` go over ours.
    """
    span = _span(request, stored)
    start, end = span if span is not None else (0, stored.size_bytes)
    response = web.StreamResponse(status=200 if span is None else 206)
    response.content_type = content_type(filename or stored.key)
    response.content_length = end - start
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = f'"{stored.sha256}"'
    response.headers["Cache-Control"] = "private, no-transform, max-age=3600"
    response.headers.update(headers or {})
    if span is not None:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size_bytes}"
    if filename:
        response.headers["Content-Disposition"] = (
            f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        )
    if request.headers.get("If-None-Match") == response.headers["ETag"]:
        return web.Response(
            status=304, headers={name: response.headers[name] for name in ("ETag", "Cache-Control")}
        )
    await response.prepare(request)
    if request.method != "HEAD":
        await _write(response, objects, stored.key, start, end)
    return response


async def _write(
    response: web.StreamResponse, objects: ObjectStore, key: str, start: int, end: int
) -> None:
    """Write the bytes; a reader that takes none for WRITE_TIMEOUT_S is cut off."""
    async for block in objects.open(key, start, end):
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await response.write(block)
    await response.write_eof()


def _span(request: web.Request, stored: Stored) -> tuple[int, int] | None:
    """Read the Range header as (start, end past the last byte); None asks for the whole.

    A header that is malformed, lists several ranges, or comes with an If-Range of other bytes is
    ignored, as RFC 9110 allows. Raises FarmError 416 for a range outside.
    """
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or (not match[1] and not match[2]):
        return None
    if request.headers.get("If-Range", f'"{stored.sha256}"') != f'"{stored.sha256}"':
        return None
    size = stored.size_bytes
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size or start >= end:
        raise FarmError(
            "range_outside", 416, f"The range lies outside: the object has {size} bytes."
        )
    return start, end
