"""The audit list: who did what to which thing, with filters that the address keeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from aiohttp import web

from orchestrator.core.audit import ACTIONS
from orchestrator.core.calendars import read_day
from orchestrator.errors import BadRequest
from orchestrator.store.audit import NoteFilter, NoteLine
from orchestrator.usecases.audit.look import list_actors, list_notes
from orchestrator.usecases.overview.jobs import tenants
from orchestrator.web.page import Visit, page
from orchestrator.web.views.fields import one_of

AUDIT = "/admin/audit"
PAGE = 50
KINDS = ("user", "api_key", "node", "system", "cli", "nobody")
"""Kinds of actors; one of them is named by its kind and id."""
ZONE_MAX_MIN = 14 * 60
_NAMED = re.compile(r"([a-z_]{1,20}):([0-9A-Za-z-]{1,60})")
_PLACE = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_PAGES = {
    "render": "/admin/jobs/{id}",
    "node": "/admin/nodes/{id}",
    "project": "/admin/projects/{id}",
    "scan": "/admin/scans/{id}",
    "tenant": "/admin/tenants/{id}",
    "api_key": "/admin/tenants/{tenant}",
    "webhook": "/admin/tenants/{tenant}/webhooks/{id}",
    "user": "/admin/people",
    "settings": "/admin/settings",
}
"""Where the pages show a thing of each kind."""


@page(AUDIT, "admin")
async def show_audit(visit: Visit) -> web.Response:
    """List what was changed, the newest first."""
    query, deps = visit.query, visit.deps
    day, tenant = query.get("day", "").strip(), query.get("tenant", "")
    who = query.get("who", "")
    span = _span(day, query.get("zone", ""))
    kind, actor_id = _named(who) or (one_of(who, KINDS), None)
    wanted = NoteFilter(
        actor_kind=kind,
        actor_id=actor_id,
        action=one_of(query.get("action"), ACTIONS),
        target=_named(query.get("thing", "")),
        tenant_id=_uuid(tenant),
        since=span[0] if span else None,
        to=span[1] if span else None,
    )
    found = await list_notes(deps, wanted, _place(query.get("cursor")), PAGE)
    return visit.draw(
        "pages/audit.html",
        notes=found.lines,
        more=None if found.more is None else _written(found.more),
        wanted=wanted,
        who=who,
        day=day,
        misread=bool(day) and span is None,
        people=await list_actors(deps),
        tenants=await tenants(deps),
        actions=ACTIONS,
        kinds=KINDS,
        page_of=page_of,
    )


def page_of(note: NoteLine) -> str | None:
    """Give the page that shows what a note is about; None where there is none."""
    pattern = _PAGES.get(note.target_kind or "")
    if pattern is None or ("{tenant}" in pattern and note.tenant_id is None):
        return None
    return pattern.format(id=note.target_id, tenant=note.tenant_id)


def _span(day: str, zone: str) -> tuple[datetime, datetime] | None:
    """Give a day's begin and end where the person is: `zone` is minutes east of Greenwich."""
    found = read_day(day)
    if found is None or not 1970 < found.year < 9999:
        return None
    east = int(zone) if re.fullmatch(r"-?[0-9]{1,3}", zone, re.ASCII) else 0
    east = max(-ZONE_MAX_MIN, min(ZONE_MAX_MIN, east))
    begin = datetime.combine(found, time(), UTC) - timedelta(minutes=east)
    return begin, begin + timedelta(days=1)


def _named(text: str) -> tuple[str, str] | None:
    """Read a kind and an id, such as render:01a2...; None for anything else."""
    match = _NAMED.fullmatch(text)
    return None if match is None else (match[1], match[2])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _written(place: tuple[datetime, int]) -> str:
    """Write a place for the address: microseconds since 1970, and the note's number."""
    since = place[0] - datetime.fromtimestamp(0, UTC)
    return f"{since // timedelta(microseconds=1)}-{place[1]}"


def _place(text: str | None) -> tuple[datetime, int] | None:
    if not text:
        return None
    match = _PLACE.fullmatch(text)
    if match is None:
        raise BadRequest("This page of the list is unknown. Begin at its first.", "bad_cursor")
    since = timedelta(microseconds=int(match[1]))
    return datetime.fromtimestamp(0, UTC) + since, int(match[2])


PAGES = (show_audit,)
