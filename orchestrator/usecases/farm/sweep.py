"""Sweep once: leases whose holder fell silent go back to the queue, unless the fault is ours."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.frames.repair import LIFT_S
from orchestrator.core.scheduling.expiry import Ruling, rule
from orchestrator.deps import Deps
from orchestrator.store.render import farm, nodes, queue, sessions
from orchestrator.store.render.plans import repairs
from orchestrator.store.render.queue import Overdue
from orchestrator.usecases.nodes.trust import probe
from orchestrator.usecases.tasks.ending import take_back
from orchestrator.usecases.tasks.fence import Claimed

SLICE_MAX = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """Tell what a sweep did."""

    action: str
    alarm: str | None
    expired: int
    silent: int


async def sweep(deps: Deps) -> Swept:
    """Expire what the ruling allows, note nodes that fell silent, wake tasks whose rest is over.

    Time is the database's. One sweep at a time rules; taking back happens lease by lease, each
    in its own transaction, and an agent that renews in between keeps its work.
    """
    await queue.put_due(deps.db.session())
    await repairs.lift(deps.db.session(), LIFT_S)
    ruling, overdue = await _rule(deps)
    expired = 0
    for lease in overdue:
        claim = Claimed(lease.node_id, lease.task_id, lease.attempt, lease.token)
        expired += await take_back(deps.db, claim, "silent", overdue_session=lease.session_id)
    silent = await _note_silence(deps) if ruling.action == "expire" else 0
    await probe(deps.db)
    return Swept(ruling.action, _alarm(ruling), expired, silent)


async def _rule(deps: Deps) -> tuple[Ruling, list[Overdue]]:
    # On the pinned lane: a plan made while the tables were empty would walk all sessions per lease.
    async with deps.db.batch() as session:
        now, last = await farm.lock_sweep(session)
        census = await farm.census(session)
        ruling = rule(now, last, census, deps.settings.lease_ttl_s)
        limit = min(ruling.limit, SLICE_MAX)
        overdue = await queue.overdue(session, limit) if limit else []
        await farm.note_sweep(session, ruling, len(overdue), _alarm(ruling))
    return ruling, overdue


async def _note_silence(deps: Deps) -> int:
    """Close overdue sessions that hold nothing, and mark their nodes offline."""
    session = deps.db.session()
    for session_id, _ in await sessions.idle_overdue(session):
        await sessions.expire(session, session_id)
    silent = await nodes.silent(session, deps.settings.lease_ttl_s)
    return sum([await nodes.move(session, node_id, "fall_silent") for node_id in silent])


def _alarm(ruling: Ruling) -> str | None:
    if not ruling.alarm:
        return None
    return (
        "More than half of all leases would expire at once. The network or this server is the "
        "likelier cause: look there first."
    )
