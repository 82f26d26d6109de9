"""What the pages' scripts ask for: what changed, and what a refused call was refused with."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from aiohttp import web

from orchestrator.usecases.events.marks import changes
from orchestrator.usecases.events.watchers import Watcher, Watchers
from orchestrator.web import telling
from orchestrator.web.page import Visit, page

BEAT_EVERY_S = 15.0
LONGEST_S = 3600.0
WRITE_TIMEOUT_S = 30.0
MOST_OF_A_SENTENCE = 1000
MOST_OF_A_PLACE = 200
MOST_SAID = 6


@page("/admin/words")
async def say_refusal(visit: Visit) -> web.Response:
    """Say an error of the API, and then what is wrong in its request, in the person's language.

    What is wrong in several places is said once, with the places behind it.
    """
    asked = [visit.query.getall(name, [])[:MOST_SAID] for name in ("code", "place", "message")]
    told: dict[str, list[str]] = {}
    for code, place, message in zip(*asked, strict=False):
        families = "fault error" if told else "error fault"
        words = telling.plain(visit.locale, families, code[:100], message[:MOST_OF_A_SENTENCE])
        told.setdefault(words, []).extend([place[:MOST_OF_A_PLACE]] if place else [])
    shown = (
        f"{words} ({', '.join(places)})" if places else words for words, places in told.items()
    )
    return web.Response(text=" ".join(shown), content_type="text/plain")


@page("/admin/live")
async def follow_changes(visit: Visit) -> web.StreamResponse:
    """Stream the names of what changed, at most once a second, for an hour at most.

    Who was signed out, or has another role now, hears no more within seconds.
    """
    watchers = visit.deps.shared(Watchers)
    with watchers.watching(visit.person) as watcher:
        return await _stream(visit, watchers, watcher)


async def _stream(visit: Visit, watchers: Watchers, watcher: Watcher) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
    answer.content_type = "text/event-stream"
    answer.charset = "utf-8"
    await answer.prepare(visit.request)
    if visit.request.method == "HEAD":
        return answer
    with suppress(ConnectionError):  # Whoever leaves the page is no fault of it.
        await _tell(visit, answer, watchers, watcher)
    return answer


async def _tell(
    visit: Visit, answer: web.StreamResponse, watchers: Watchers, watcher: Watcher
) -> None:
    began = beat = time.monotonic()
    await _send(answer, b"retry: 2000\n\n")
    async for topics in changes(visit.deps):
        now = time.monotonic()
        if not await watchers.may_go_on(watcher):
            await _send(answer, b"retry: 30000\n\n" if watcher.pushed_out else b": over\n\n")
            break
        if now - beat > BEAT_EVERY_S:
            beat = now
            await _send(answer, b": still here\n\n")
        if topics:
            await _send(answer, f"event: changed\ndata: {' '.join(sorted(topics))}\n\n".encode())
        if now - began > LONGEST_S:
            break


async def _send(answer: web.StreamResponse, text: bytes) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await answer.write(text)


PAGES = (follow_changes, say_refusal)
