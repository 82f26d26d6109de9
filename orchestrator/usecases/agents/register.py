"""Open an agent's session; its earlier session ends, and what it still holds moves along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from orchestrator.core.machines.task import TASK
from orchestrator.deps import Deps
from orchestrator.errors import Forbidden
from orchestrator.store.pool import Session
from orchestrator.store.render import farm, health, nodes, queue, sessions
from orchestrator.store.render.queue import Leased
from orchestrator.usecases.agents.presence import appear
from orchestrator.usecases.agents.tempo import Tempo
from orchestrator.usecases.tasks.ending import take_back
from orchestrator.usecases.tasks.fence import Claimed, to_bytes
from orchestrator.wire.agent import HeldLease, LeaseRef, RegisterAnswer, RegisterRequest


@dataclass(frozen=True, slots=True)
class _Handover:
    """Say which offered leases go on, and which of the old session nobody offered."""

    kept: set[tuple[int, int]]
    dropped: tuple[Leased, ...]


async def register(deps: Deps, node_id: UUID, request: RegisterRequest) -> RegisterAnswer:
    """Start a session. Leases of an earlier one that the agent does not offer are queued at once.

    Offered leases are kept when they are still this node's, or when nobody leased the task since
    they were lost. Raises Forbidden for a retired node.
    """
    async with deps.db.transaction() as session:
        node = await nodes.lock(session, node_id)
        if node is None or node["state"] == "retired":
            raise Forbidden("This node is retired. Enrol it again to use it.", "node_retired")
        await nodes.describe(
            session,
            node_id,
            platform=request.platform,
            agent_version=request.agent_version,
            capabilities=request.capabilities,
            slots=request.slots,
        )
        await nodes.forget_cache(session, node_id)
        epoch = await farm.hold_epoch(session)
        # One look for both: a session must last for as long as its agent is told.
        times = deps.shared(Tempo).times
        new = await _next_session(session, node_id, epoch, request, times.lease_ttl_s)
        handover = await _hand_over(session, node_id, new, request.held)
        drain_requested = node["drain_requested_at"] is not None
        state = await appear(session, node_id, node["state"], drain_requested=drain_requested)
    for lease in handover.dropped:
        await take_back(
            deps.db, Claimed(node_id, lease.task_id, lease.attempt, lease.token), "dropped"
        )
    offered = [(lease.task_id, lease.attempt) for lease in request.held]
    return RegisterAnswer(
        session_id=UUID(int=new),
        epoch=str(epoch),
        lease_ttl_s=times.lease_ttl_s,
        heartbeat_s=times.heartbeat_s,
        server_time=datetime.now(UTC),
        kept=_refs(pair for pair in offered if pair in handover.kept),
        lost=_refs(pair for pair in offered if pair not in handover.kept),
        drain=state == "draining",
    )


async def _next_session(
    session: Session, node_id: UUID, epoch: int, request: RegisterRequest, ttl_s: float
) -> int:
    """Close the node's open session, if there is one, and open the next."""
    old = await sessions.current(session, node_id)
    if old is not None:
        if request.held:
            await health.note_agent_death(
                session,
                old,
                str(request.instance_id),
                (request.held[0].task_id, request.held[0].attempt),
                f"The agent died while it held {len(request.held)} leases, and began anew.",
            )
        await sessions.close(session, old, "superseded")
    return await sessions.open_new(
        session,
        node_id=node_id,
        epoch=epoch,
        instance=str(request.instance_id),
        agent_version=request.agent_version,
        ttl_s=ttl_s,
    )


async def _hand_over(
    session: Session, node_id: UUID, new: int, offered: Sequence[HeldLease]
) -> _Handover:
    """Move offered leases to the new session, and take lost ones back that are still free."""
    tokens = {(one.task_id, one.attempt): to_bytes(one.token) for one in offered}
    held = await queue.held_by_node(session, node_id)
    kept = {
        (lease.task_id, lease.attempt)
        for lease in held
        if tokens.get((lease.task_id, lease.attempt)) == lease.token
    }
    if kept:
        await queue.move(session, [task_id for task_id, _ in kept], new)
    for (task_id, attempt), token in tokens.items():
        if token is None or (task_id, attempt) in kept:
            continue
        if await queue.reclaim(
            session,
            Leased(task_id, attempt, token),
            session_id=new,
            node_id=node_id,
            sources=TASK.sources("lease"),
        ):
            kept.add((task_id, attempt))
    dropped = tuple(lease for lease in held if (lease.task_id, lease.attempt) not in kept)
    return _Handover(kept, dropped)


def _refs(pairs: Iterable[tuple[int, int]]) -> tuple[LeaseRef, ...]:
    return tuple(LeaseRef(task_id=task_id, attempt=attempt) for task_id, attempt in pairs)
