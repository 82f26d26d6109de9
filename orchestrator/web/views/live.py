"""What the pages' scripts ask for: what changed, and what a refused call was refused with."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from orchestrator.usecases.accounts.sessions import find_session
from orchestrator.usecases.events.marks import changes
from orchestrator.web import cookies, telling
from orchestrator.web.page import Visit, page

BEAT_EVERY_S = 15.0
LONGEST_S = 3600.0
WRITE_TIMEOUT_S = 30.0
MOST_OF_A_SENTENCE = 1000
FAMILIES = ("error fault", *["fault error"] * 5)
"""The error first, then the first of its problems."""


@page("/admin/words")
async def say_refusal(visit: Visit) -> web.Response:
    """Say an error of the API, and what is wrong in its request, in the person's language."""
    codes, messages = visit.query.getall("code", []), visit.query.getall("message", [])
    told = [
        telling.plain(visit.locale, families, code[:100], message[:MOST_OF_A_SENTENCE])
        for families, code, message in zip(FAMILIES, codes, messages, strict=False)
    ]
    return web.Response(text=" ".join(told), content_type="text/plain")


@page("/admin/live")
async def follow_changes(visit: Visit) -> web.StreamResponse:
    """Stream the names of what changed, at most once a second, for an hour at most."""
    answer = web.StreamResponse(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
    answer.content_type = "text/event-stream"
    answer.charset = "utf-8"
    await answer.prepare(visit.request)
    began = beat = time.monotonic()
    await _send(answer, b"retry: 2000\n\n")
    async for topics in changes(visit.deps):
        now = time.monotonic()
        if now - beat > BEAT_EVERY_S:
            if not await _still_here(visit):
                break
            beat = now
            await _send(answer, b": still here\n\n")
        if topics:
            await _send(answer, f"event: changed\ndata: {' '.join(sorted(topics))}\n\n".encode())
        if now - began > LONGEST_S:
            break
    return answer


async def _still_here(visit: Visit) -> bool:
    """Look at the session again: who was signed out hears no more."""
    token = cookies.session_token(visit.deps.settings, visit.request)
    session = await find_session(visit.deps, token)
    return session is not None and session.whole


async def _send(answer: web.StreamResponse, text: bytes) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await answer.write(text)


PAGES = (follow_changes, say_refusal)
