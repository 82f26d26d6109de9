"""Stream a job's events as server-sent events, resumable by Last-Event-ID."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from uuid import UUID

from aiohttp import web

from orchestrator.api.callers.authenticate import authenticate
from orchestrator.api.route import Call, KeyScope, Raw, route
from orchestrator.errors import BadRequest, FarmError
from orchestrator.usecases.events.follow import Followers, follow, must_exist
from orchestrator.wire.renders import JobEvent

CLIENT = KeyScope("render")
BEAT_EVERY_S = 15.0
LONGEST_S = 3600.0
WRITE_TIMEOUT_S = 30.0
_MAX_ID = 2**63 - 1


@route(
    "GET",
    "/v1/renders/{id}/events",
    summary="Follow a render's events",
    auth=CLIENT,
    answer=Raw("text/event-stream"),
    tags=("renders",),
)
async def get_render_events(call: Call[None]) -> web.StreamResponse:
    """Stream the events after Last-Event-ID; ends with the job, or after an hour: come again."""
    job_id, after = call.params["id"], _after(call.request)
    await must_exist(call.deps, call.tenant_id, job_id)
    with call.deps.shared(Followers).following(call.tenant_id):
        return await _stream(call, job_id, after)


async def _stream(call: Call[None], job_id: UUID, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    response.charset = "utf-8"
    await response.prepare(call.request)
    if call.request.method == "HEAD":
        return response
    await _send(response, b"retry: 1000\n\n")
    began = beat = time.monotonic()
    async for events in follow(call.deps, call.tenant_id, job_id, after):
        now = time.monotonic()
        is_due = now - beat > BEAT_EVERY_S
        if is_due and not await _still_allowed(call):
            break
        text = b"".join(_lines(events))
        if text or is_due:
            await _send(response, text or b": still here\n\n")
        beat = now if is_due else beat
        if now - began > LONGEST_S or call.request.transport is None:
            break
    await response.write_eof()
    return response


async def _still_allowed(call: Call[None]) -> bool:
    """Check the key again: a revoked one must not go on listening."""
    try:
        await authenticate(CLIENT, call.deps, call.request, b"")
    except FarmError:
        return False
    return True


async def _send(response: web.StreamResponse, text: bytes) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await response.write(text)


def _lines(events: list[JobEvent]) -> Iterator[bytes]:
    """Write events; of those that share an id only the last one names it.

    Who is cut off among them resumes before the first of them, and misses none.
    """
    for place, event in enumerate(events, 1):
        is_last = place == len(events) or events[place].id != event.id
        name = f"id: {event.id}\n" if is_last else ""
        yield f"{name}event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()


def _after(request: web.Request) -> int:
    text = request.headers.get("Last-Event-ID", "") or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > _MAX_ID:
        raise BadRequest("Last-Event-ID must be the id of an event.", "bad_event_id")
    return int(text)


ROUTES = (get_render_events,)
