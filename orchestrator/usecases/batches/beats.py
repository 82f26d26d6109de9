"""Take signs of life together: one transaction renews the leases of all that came meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict
from orchestrator.store.pool import Record, Session
from orchestrator.store.render import nodes, queue, sessions
from orchestrator.store.render.nodes import Beat
from orchestrator.store.render.queue import HeldLease
from orchestrator.usecases.agents.presence import appear
from orchestrator.usecases.agents.tempo import Tempo, Times
from orchestrator.usecases.batches.gather import Gather
from orchestrator.wire.agent import HeartbeatRequest

MOST = 500
PACE_S = 0.06
"""How far apart batches begin: agents do other things meanwhile, and few batches are cheap."""
_OVER = "This session is over. Register again and offer your leases."


@dataclass(frozen=True, slots=True)
class Sign:
    """Be one sign of life as it came."""

    node_id: UUID
    request: HeartbeatRequest
    now: datetime

    @property
    def beat(self) -> Beat:
        """Give what is kept of it."""
        told = self.request
        return Beat(
            self.node_id,
            told.session_id.int,
            told.sample,
            told.agent_version,
            round((told.clock - self.now).total_seconds() * 1000),
            told.conditions,
            len(told.leases),
        )

    @property
    def changes_cache(self) -> bool:
        """Tell whether it carries what is told only once."""
        return bool(self.request.cache_added or self.request.cache_removed)


@dataclass(frozen=True, slots=True)
class Renewed:
    """Be what a sign of life found: the session renewed, and every lease that it holds."""

    epoch: int
    server_time: datetime
    state: str
    settings: dict[str, str | int | float | bool]
    held: list[HeldLease]
    times: Times


def beats(deps: Deps) -> Gather[Sign, Renewed]:
    """Make the desk for signs of life; it raises Conflict (`session_lost`) where one is over."""
    return Gather(partial(_take, deps), most=MOST, pace_s=PACE_S)


async def _take(deps: Deps, signs: Sequence[Sign]) -> list[Renewed | Exception]:
    times = deps.shared(Tempo).times
    ttl_s = times.lease_ttl_s
    known = [sign for sign in signs if sign.request.session_id.int < 2**63]
    async with deps.db.batch() as session:
        lasting = any(sign.changes_cache for sign in known)
        rows = await nodes.beat(session, [one.beat for one in known], lasting=lasting)
        named = [(one.request.session_id.int, one.node_id) for one in known if one.node_id in rows]
        renewed = await sessions.renew(session, named, ttl_s)
        held = await queue.held(session, list(renewed), ttl_s)
        states = {
            sign.node_id: await _appear(session, sign, rows[sign.node_id])
            for sign in known
            if sign.request.session_id.int in renewed
        }
    return [_answer(sign, rows, states, renewed, held, times) for sign in signs]


async def _appear(session: Session, sign: Sign, row: Record) -> str:
    """Bring its node online, note what its cache gained and lost, and give the node's state."""
    told = sign.request
    await nodes.note_cache(session, sign.node_id, told.cache_added, told.cache_removed)
    drain_requested = row["drain_requested_at"] is not None
    return await appear(session, sign.node_id, row["state"], drain_requested=drain_requested)


def _answer(
    sign: Sign,
    rows: dict[UUID, Record],
    states: dict[UUID, str],
    renewed: dict[int, tuple[int, datetime]],
    held: dict[int, list[HeldLease]],
    times: Times,
) -> Renewed | Exception:
    number = sign.request.session_id.int
    if sign.node_id not in rows or number not in renewed:
        return Conflict(_OVER, "session_lost")
    epoch, server_time = renewed[number]
    row = rows[sign.node_id]
    return Renewed(epoch, server_time, states[sign.node_id], row["settings"], held[number], times)
