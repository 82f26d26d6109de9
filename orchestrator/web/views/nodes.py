"""The machines: the list, one node with its history, and what can be done with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp import web

from orchestrator.errors import Invalid
from orchestrator.store.overview.nodes import NodeFilter
from orchestrator.usecases.batches.credentials import NodeCredentials
from orchestrator.usecases.health.look import Gauges
from orchestrator.usecases.nodes import health
from orchestrator.usecases.nodes.enrolments import make_enrolment
from orchestrator.usecases.nodes.moves import Wish
from orchestrator.usecases.nodes.views import get_node
from orchestrator.usecases.overview.nodes import (
    cache_of,
    enrolment_of,
    fonts_of,
    list_nodes,
    move_nodes,
    recent_attempts,
    states_of,
)
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import one_of, read_place, uuid, write_place
from orchestrator.wire.agent import Platform
from orchestrator.wire.base import EngineKind
from orchestrator.wire.resources import EnrolmentCreate, HealthQuery, NodeState

NODES = "/admin/nodes"
PAGE = 50
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LATEST = 10
"""Crashes on a node's own page."""
SCREEN_HEADERS = {
    # A node's picture is a stranger's: it is shown as a picture or not at all.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
}
SPANS = {"day": (timedelta(days=1), 300), "month": (timedelta(days=30), 7200)}
"""How far back a chart goes, and the seconds of one step."""
STATES: tuple[str, ...] = get_args(NodeState)
ENGINES: tuple[str, ...] = get_args(EngineKind)
PLATFORMS: tuple[str, ...] = get_args(Platform)


@page(NODES)
async def show_nodes(visit: Visit) -> web.Response:
    """List nodes with what they do now."""
    query = visit.query
    wanted = NodeFilter(
        state=one_of(query.get("state"), STATES),
        platform=one_of(query.get("platform"), PLATFORMS),
        name=(query.get("q") or "").strip()[:100] or None,
        engine=one_of(query.get("engine"), ENGINES),
    )
    after = uuid(query["cursor"], "node") if query.get("cursor") else None
    found = await list_nodes(visit.deps, wanted, after, PAGE)
    depths = await visit.deps.shared(Gauges).look()
    return visit.draw(
        "parts/nodes.html" if visit.part else "pages/nodes.html",
        nodes=found,
        wanted=wanted,
        counts=depths.get("nodes", {}),
        states=STATES,
        platforms=PLATFORMS,
        engines=ENGINES,
    )


@action(NODES + "/move")
async def move_chosen(visit: Visit) -> web.Response:
    """Drain, resume, quarantine or retire the chosen nodes."""
    wish = visit.form.get("wish", "")
    for known in get_args(Wish):
        if known == wish:
            ids = [uuid(text, "node") for text in visit.form.getall("node", [])]
            # Kept in English and read back on the pages (telling.py), whoever looks.
            reason = visit.form.get("reason", "").strip()[:500] or f"By {visit.person.email}"
            before = await states_of(visit.deps, ids)
            many = await move_nodes(visit.deps, ids, known, reason)
            if known == "retire":
                for one in ids:
                    visit.deps.shared(NodeCredentials).forget(one)
            undo = _way_back(known, many.done, before)
            return visit.done_many(visit.came_from, f"notice.nodes_{known}", many, undo=undo)
    raise Invalid("Choose what to do with the nodes.", code="bad_wish")


def _way_back(wish: Wish, done: tuple[UUID, ...], before: dict[UUID, str]) -> Undo | None:
    """Give the form that puts nodes back to what they were; what is retired stays so.

    Nodes that were in different states before have no one way back.
    """
    were = {before.get(one) for one in done}
    back: Wish | None = "resume" if wish in {"drain", "quarantine"} else None
    if wish == "resume" and were == {"draining"}:
        back = "drain"
    elif wish == "resume" and were == {"quarantined"}:
        back = "quarantine"
    if back is None or not done:
        return None
    return Undo(NODES + "/move", (("wish", back), *(("node", str(one)) for one in done)))


@action(NODES + "/enrol", fresh=True)
async def enrol(visit: Visit) -> web.Response:
    """Make a token for a new node and show it, this once."""
    created_by = f"user:{visit.person.user_id}"
    made = await make_enrolment(visit.deps.db, created_by, EnrolmentCreate())
    address = visit.deps.settings.public_url or f"{visit.request.scheme}://{visit.request.host}"
    only_here = urlsplit(address).hostname in LOOPBACK
    return visit.draw("pages/enrolment.html", made=made, address=address, only_here=only_here)


@page(NODES + "/{id}")
async def show_node(visit: Visit) -> web.Response:
    """Show one node: what it is, what it does, its charts, crashes, cache and fonts."""
    node_id = uuid(visit.params["id"], "node")
    node = await get_node(visit.deps.db, node_id)
    if visit.part == "head":
        enrolled = await enrolment_of(visit.deps, node_id)
        return visit.draw("parts/node_head.html", node=node, enrolled=enrolled)
    crashes = await health.crashes(visit.deps.db, node_id, None, LATEST, _has_screen)
    attempts = await recent_attempts(visit.deps, node_id)
    if visit.part == "work":
        return visit.draw("parts/node_work.html", node=node, attempts=attempts, crashes=crashes)
    span = one_of(visit.query.get("span"), tuple(SPANS)) or "day"
    return visit.draw(
        "pages/node.html",
        node=node,
        enrolled=await enrolment_of(visit.deps, node_id),
        span=span,
        spans=tuple(SPANS),
        attempts=attempts,
        crashes=crashes,
        cached=await cache_of(visit.deps, node_id),
        fonts=await fonts_of(visit.deps, node_id),
    )


@page(NODES + "/{id}/crashes")
async def show_crashes(visit: Visit) -> web.Response:
    """List every crash of a node, the newest first."""
    node_id = uuid(visit.params["id"], "node")
    node = await get_node(visit.deps.db, node_id)
    place = read_place(visit.query.get("cursor"))
    found = await health.crashes(visit.deps.db, node_id, place, PAGE + 1, _has_screen)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return visit.draw(
        "pages/crashes.html",
        node=node,
        crashes=found[:PAGE],
        more=write_place((last.at, UUID(int=last.id)) if last else None),
    )


@page(NODES + "/{id}/crashes/{crash}/screen")
async def send_screen(visit: Visit) -> web.Response:
    """Send the picture of the screen that a crash came with."""
    node_id, text = uuid(visit.params["id"], "node"), visit.params["crash"]
    crash_id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    content = await health.screenshot(visit.deps, node_id, crash_id)
    return web.Response(body=content, content_type="image/jpeg", headers=SCREEN_HEADERS)


def _has_screen(key: str) -> str:
    """Say that there is a picture; its address here goes through the session."""
    return key


@page(NODES + "/{id}/health.json")
async def give_health(visit: Visit) -> web.Response:
    """Give a chart's span and points: times, CPU in percent, memory and free disk in GB, tasks."""
    back, step = SPANS[one_of(visit.query.get("span"), tuple(SPANS)) or "day"]
    end = datetime.now(UTC)
    asked = HealthQuery.model_validate({"from": end - back, "to": end, "step": step})
    series = await health.series(visit.deps.db, uuid(visit.params["id"], "node"), asked)
    points = series.data
    return web.json_response(
        {
            "from": int((end - back).timestamp()),
            "to": int(end.timestamp()),
            "step_s": step,
            "at": [int(one.at.timestamp()) for one in points],
            "cpu": [one.cpu_percent for one in points],
            "memory": [_gb(one.memory_used_bytes) for one in points],
            "disk": [_gb(one.disk_free_bytes) for one in points],
            "tasks": [one.tasks_running for one in points],
        }
    )


def _gb(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else round(size_bytes / 1e9, 2)


PAGES = (show_nodes, move_chosen, enrol, show_node, show_crashes, send_screen, give_health)
