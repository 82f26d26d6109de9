"""Show a node's health over time, its crashes and its cache to admins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import BadRequest, NotFound
from orchestrator.store.pool import Database, Session
from orchestrator.store.render import health, nodes
from orchestrator.wire.resources import (
    HealthPoint,
    HealthQuery,
    HealthSeries,
    NodeBundle,
    NodeCrash,
)

USUAL = timedelta(hours=6)
POINTS_MAX = 2000
SCREENSHOT_MAX_BYTES = 16 * 2**20
_JPEG = b"\xff\xd8\xff"
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_CRASH = 2**63
Place = tuple[datetime, UUID]


async def series(db: Database, node_id: UUID, asked: HealthQuery) -> HealthSeries:
    """Give a stretch of a node's health; raises NotFound, BadRequest (`bad_range`)."""
    end = min(asked.end or datetime.now(UTC), datetime.now(UTC) + USUAL)
    begin = max(asked.begin or end - min(USUAL, end - _FIRST), _FIRST)
    if begin >= end:
        raise BadRequest("`from` must lie before `to`, and not in the future.", "bad_range")
    if (end - begin).total_seconds() > asked.step * POINTS_MAX:
        raise BadRequest(
            f"This asks for more than {POINTS_MAX} points. Take a larger step or less time.",
            "bad_range",
        )
    session = await _of_node(db, node_id)
    rows = await health.series(session, node_id, begin, end, asked.step)
    points = tuple(HealthPoint.model_validate(dict(row)) for row in rows)
    return HealthSeries(step_s=asked.step, data=points)


async def crashes(
    db: Database,
    node_id: UUID,
    place: Place | None,
    limit: int,
    sign: Callable[[str], str] = lambda _: "",
) -> tuple[NodeCrash, ...]:
    """Give crashes of a node, newest first; raises NotFound, BadRequest (`bad_cursor`).

    `sign` makes the addresses of screenshots.
    """
    if place is not None and place[1].int >= _LAST_CRASH:
        raise BadRequest(
            "The cursor is not one of ours. Use next_cursor as given, or none.", "bad_cursor"
        )
    session = await _of_node(db, node_id)
    before = (place[0], place[1].int) if place else None
    found = []
    for row in await health.crashes(session, node_id, before, limit):
        told = dict(row)
        lines = tuple((told.pop("log_tail") or "").split("\n"))
        key = told.pop("screenshot_key")
        url = (sign(key) or None) if key else None
        shown = {**told, "last_lines": lines, "screenshot_url": url}
        found.append(NodeCrash.model_validate(shown))
    return tuple(found)


async def screenshot(deps: Deps, node_id: UUID, crash_id: int) -> bytes:
    """Give the picture (JPEG) of a node's screen that came with a crash.

    It is a stranger's: what does not begin as a JPEG, or is too large for one, is not given.
    Raises NotFound, also where it was cleared away with its job.
    """
    key = await health.screenshot(deps.db.session(), node_id, crash_id)
    if key is None:
        raise NotFound("screenshot of crash", crash_id)
    stored = await deps.objects.stat(key)
    if stored is None or stored.size_bytes > SCREENSHOT_MAX_BYTES:
        raise NotFound("screenshot of crash", crash_id)
    content = b"".join([block async for block in deps.objects.open(key)])
    if not content.startswith(_JPEG):
        raise NotFound("screenshot of crash", crash_id)
    return content


async def cached(
    db: Database, node_id: UUID, place: Place | None, limit: int
) -> tuple[NodeBundle, ...]:
    """Give bundles that a node keeps, the last used first; raises NotFound."""
    session = await _of_node(db, node_id)
    before = (place[0], place[1].hex) if place else None
    return tuple(
        NodeBundle(
            md5=row["bundle_md5"],
            size_bytes=row["size_bytes"],
            cached_at=row["cached_at"],
            last_used_at=row["last_used_at"],
        )
        for row in await health.cached(session, node_id, before, limit)
    )


async def _of_node(db: Database, node_id: UUID) -> Session:
    session = db.session()
    if await nodes.get(session, node_id) is None:
        raise NotFound("node", node_id)
    return session
