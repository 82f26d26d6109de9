"""Take a sign of life: renew every lease of the session, tell what was cancelled or lost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict
from orchestrator.store.pool import Session
from orchestrator.store.render import nodes, queue, sessions
from orchestrator.usecases.agents.presence import appear
from orchestrator.usecases.tasks.ending import take_back
from orchestrator.usecases.tasks.fence import Claimed, to_bytes
from orchestrator.wire.agent import HeartbeatAnswer, HeartbeatRequest, LeaseRef

_OVER = "This session is over. Register again and offer your leases."


async def heartbeat(
    deps: Deps, node_id: UUID, request: HeartbeatRequest, now: datetime
) -> HeartbeatAnswer:
    """Renew a session; raises Conflict (`session_lost`) when it is over.

    A lease that the session holds but the agent does not list for a TTL was lost on its way to
    the agent: it is queued again. `now` is the server's clock, for the agent's offset.
    """
    ttl_s = deps.settings.lease_ttl_s
    number = request.session_id.int
    async with deps.db.transaction() as session:
        row = await nodes.beat(
            session,
            node_id,
            request.sample,
            agent_version=request.agent_version,
            clock_offset_ms=round((request.clock - now).total_seconds() * 1000),
            conditions=request.conditions,
            leases=len(request.leases),
        )
        renewed = await sessions.renew(session, number, node_id, ttl_s) if number < 2**63 else None
        if row is None or renewed is None:
            raise Conflict(_OVER, "session_lost")
        drain_requested = row["drain_requested_at"] is not None
        state = await appear(session, node_id, row["state"], drain_requested=drain_requested)
        await nodes.note_cache(session, node_id, request.cache_added, request.cache_removed)
        cancelled, lost, dropped = await _compare(session, node_id, number, request, ttl_s)
    for claim in dropped:
        await take_back(deps.db, claim)
    epoch, server_time = renewed
    return HeartbeatAnswer(
        epoch=str(epoch),
        lease_ttl_s=ttl_s,
        heartbeat_s=deps.settings.heartbeat_s,
        server_time=server_time,
        cancelled=cancelled,
        lost=lost,
        drain=state == "draining",
        settings=row["settings"],
    )


async def _compare(
    session: Session, node_id: UUID, number: int, request: HeartbeatRequest, ttl_s: float
) -> tuple[tuple[LeaseRef, ...], tuple[LeaseRef, ...], list[Claimed]]:
    """Compare the leases listed with those held: (cancelled, lost, held but not listed)."""
    held = await queue.held(session, number, ttl_s)
    tokens = {(lease.task_id, lease.attempt): lease.token for lease in held}
    listed = {(one.task_id, one.attempt): to_bytes(one.token) for one in request.leases}
    stale = [pair for pair, token in listed.items() if tokens.get(pair) != token]
    fates = await queue.fates(session, stale, node_id) if stale else {}
    cancelled = [pair for pair in stale if fates.get(pair) == "cancelled"]
    dropped = [
        Claimed(node_id, lease.task_id, lease.attempt, lease.token)
        for lease in held
        if lease.is_old and (lease.task_id, lease.attempt) not in listed
    ]
    return (
        tuple(LeaseRef(task_id=task, attempt=attempt) for task, attempt in cancelled),
        tuple(
            LeaseRef(task_id=task, attempt=attempt)
            for task, attempt in stale
            if (task, attempt) not in cancelled
        ),
        dropped,
    )
