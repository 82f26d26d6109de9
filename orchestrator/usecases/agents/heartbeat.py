"""Take a sign of life: renew every lease of the session, tell what was cancelled or lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.store.pool import Session
from orchestrator.store.render import queue
from orchestrator.store.render.queue import HeldLease
from orchestrator.usecases.agents.tempo import Tempo
from orchestrator.usecases.batches.beats import Sign, beats
from orchestrator.usecases.tasks.ending import take_back
from orchestrator.usecases.tasks.fence import Claimed, to_bytes
from orchestrator.wire.agent import HeartbeatAnswer, HeartbeatRequest, LeaseRef


async def heartbeat(
    deps: Deps, node_id: UUID, request: HeartbeatRequest, now: datetime
) -> HeartbeatAnswer:
    """Renew a session; raises Conflict (`session_lost`) when it is over.

    A lease that the session holds but the agent does not list for a TTL was lost on its way to
    the agent: it is queued again. `now` is the server's clock, for the agent's offset.
    """
    began = time.monotonic()
    found = await deps.shared(beats).ask(Sign(node_id, request, now))
    deps.shared(Tempo).heard(time.monotonic() - began)
    cancelled, lost = await _compare(deps.db.session(), node_id, found.held, request)
    listed = {(one.task_id, one.attempt) for one in request.leases}
    for lease in found.held:
        if lease.is_old and (lease.task_id, lease.attempt) not in listed:
            await take_back(
                deps.db, Claimed(node_id, lease.task_id, lease.attempt, lease.token), "dropped"
            )
    return HeartbeatAnswer(
        epoch=str(found.epoch),
        lease_ttl_s=found.times.lease_ttl_s,
        heartbeat_s=found.times.heartbeat_s,
        report_s=found.times.report_s,
        server_time=found.server_time,
        cancelled=cancelled,
        lost=lost,
        drain=found.state == "draining",
        settings=found.settings,
    )


async def _compare(
    session: Session, node_id: UUID, held: Sequence[HeldLease], request: HeartbeatRequest
) -> tuple[tuple[LeaseRef, ...], tuple[LeaseRef, ...]]:
    """Tell which of the leases listed are not held: (cancelled, lost)."""
    tokens = {(lease.task_id, lease.attempt): lease.token for lease in held}
    listed = {(one.task_id, one.attempt): to_bytes(one.token) for one in request.leases}
    stale = [pair for pair, token in listed.items() if tokens.get(pair) != token]
    fates = await queue.fates(session, stale, node_id) if stale else {}
    cancelled = [pair for pair in stale if fates.get(pair) == "cancelled"]
    return (
        tuple(LeaseRef(task_id=task, attempt=attempt) for task, attempt in cancelled),
        tuple(
            LeaseRef(task_id=task, attempt=attempt)
            for task, attempt in stale
            if (task, attempt) not in cancelled
        ),
    )
