"""Take turns at sending: one server at a time sends to one webhook, and only it writes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.core.webhooks import ROTATION_S
from orchestrator.store.pool import Session

TURN_S = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Be the right to send to one webhook; another server may take it TURN_S after its last use."""

    id: UUID
    tenant_id: UUID
    turn: UUID


@dataclass(frozen=True, slots=True)
class Due:
    """Be what is to be sent now, and to where; `tries` and `failures` are those before."""

    id: UUID
    outbox_id: int
    type: str
    created_at: datetime
    payload: dict[str, Any]
    tries: int
    url: str
    failures: int
    secret_version: int
    is_rotating: bool
    now_s: int


@dataclass(frozen=True, slots=True)
class Tried:
    """Be how a try ended: the delivery's state after it, and what its log shows."""

    state: str
    next_s: int | None
    code: int | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Held:
    """Be a webhook that is locked: failures in a row with one more, seconds since the first."""

    id: UUID
    tenant_id: UUID
    failures: int
    failing_s: float


async def dispatch(session: Session, limit: int) -> int:
    """Make deliveries of the oldest events, in a transaction; give how many events it were.

    0 also when another server is at it.
    """
    if not await session.fetchval("outbox_turn"):
        return 0
    return await session.execute("outbox_dispatch", limit)


async def claim(session: Session, limit: int, *, tenant_most: int) -> list[Turn]:
    """Take turns with webhooks that have something due, at most so many of one tenant at once."""
    rows = await session.fetch("webhook_claim", limit, TURN_S, tenant_most)
    return [Turn(**row) for row in rows]


async def next_due(session: Session, turn: Turn) -> Due | None:
    """Give the next delivery; None when none is due or the turn was lost."""
    row = await session.fetchrow("delivery_next", turn.id, turn.turn, TURN_S, float(ROTATION_S))
    return None if row is None else Due(**row)


async def hold(session: Session, turn: Turn) -> Held | None:
    """Lock the webhook; None when the turn was lost."""
    row = await session.fetchrow("webhook_hold", turn.id, turn.turn)
    return None if row is None else Held(**row)


async def note(session: Session, held: Held, delivery_id: UUID, tried: Tried) -> None:
    """Write down a try, for who holds the webhook."""
    await session.execute(
        "delivery_tried",
        delivery_id,
        held.id,
        tried.state,
        tried.next_s,
        tried.code,
        tried.error,
        tried.duration_ms,
    )
    await session.execute("webhook_tried", held.id, tried.state == "delivered")


async def give_up_all(session: Session, held: Held, error: str) -> None:
    """Give up whatever waits for a webhook."""
    await session.execute("delivery_give_up_all", held.tenant_id, held.id, error)


async def rest(session: Session, held: Held, rest_s: float) -> None:
    """End the turn; nothing is sent for so long."""
    await session.execute("webhook_rest", held.id, rest_s)
