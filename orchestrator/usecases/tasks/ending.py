"""What becomes of a task whose attempt did not succeed: back to the queue, or the end of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from orchestrator.core.scheduling import blame
from orchestrator.errors import LeaseLost
from orchestrator.store.pool import Database, Session
from orchestrator.store.render import attempts, queue, sessions, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.queue import Lease
from orchestrator.usecases.jobs.ending import end_job
from orchestrator.usecases.jobs.moves import note_task
from orchestrator.usecases.loose.made import give_up
from orchestrator.usecases.nodes.trust import give_way
from orchestrator.usecases.tasks.fence import Claimed, hold
from orchestrator.wire.failures import Failure, FailureClass

Loss = Literal["silent", "died", "dropped"]
LOSSES: Mapping[Loss, Failure] = MappingProxyType(
    {
        "silent": Failure(
            failure_class=FailureClass.NODE,
            code="node_silent",
            message="Nothing was heard of the node any more, so the work went back to the queue. "
            "Look at the node, its network and its agent's log.",
        ),
        "died": Failure(
            failure_class=FailureClass.UNKNOWN,
            code="agent_died",
            message="The agent ended while it worked on this, and began anew. Its log and the "
            "node's crashes say more.",
        ),
        "dropped": Failure(
            failure_class=FailureClass.NODE,
            code="lease_dropped",
            message="The agent no longer knew of this work, so it went back to the queue. Its log "
            "says more.",
        ),
    }
)


async def requeue(
    session: Session,
    lease: Lease,
    *,
    rest_s: float = 0,
    failures: int = 0,
    interruptions: int = 0,
    shy_of: Sequence[UUID] | None = None,
    shy_s: float = 0,
) -> None:
    """Put a held task back: frames that it uploaded are kept; for `shy_s` others go first."""
    await tasks.requeue(
        session,
        lease.task_id,
        rest_s=rest_s,
        failures=failures,
        interruptions=interruptions,
        shy_of=shy_of,
        shy_s=shy_s,
    )
    if rest_s > 0:
        await queue.remove(session, [lease.task_id])
    else:
        await queue.release(session, [lease.task_id])


async def judge_failure(
    session: Session, lease: Lease, job: LockedJob | None, failure: Failure, *, counted: bool
) -> str:
    """Act on a failed attempt that is recorded already; give the task's new state."""
    history = await attempts.history(session, lease.task_id)
    verdict = blame.after_failure(failure.failure_class, history, lease.failures_max)
    if verdict.event == "requeue":
        shy_of = await give_way(session, lease.task_id, lease.class_id)
        await requeue(
            session,
            lease,
            rest_s=verdict.rest_s,
            failures=int(counted),
            shy_of=shy_of,
            shy_s=blame.OTHERS_FIRST_S,
        )
        await _tell(session, lease, "queued", failure)
        return "queued"
    return await _give_up(session, lease, job, verdict.event, failure, failures=int(counted))


async def lose(
    session: Session, lease: Lease, job: LockedJob | None, why: Loss, *, rest_s: float = 0
) -> str:
    """Take a lease back from a node that does not work on it; give the task's new state."""
    await attempts.close(session, [lease.task_id], "lost", LOSSES[why])
    history = await attempts.history(session, lease.task_id)
    verdict = blame.after_loss(history, lease.failures_max)
    if verdict.event == "requeue":
        shy_of = await give_way(session, lease.task_id, lease.class_id)
        shy_s = blame.OTHERS_FIRST_AFTER_LOSS_S
        await requeue(session, lease, rest_s=rest_s, shy_of=shy_of, shy_s=shy_s)
        await _tell(session, lease, "queued", None)
        return "queued"
    reason = Failure(
        failure_class=FailureClass.UNKNOWN,
        code="poison",
        message=f"Task {lease.task_id} was lost with {history.nodes} nodes, {history.setbacks} "
        "times in all. Look at the nodes' crashes, then retry the render.",
    )
    return await _give_up(session, lease, job, verdict.event, reason, failures=0)


async def take_back(
    db: Database, claim: Claimed, why: Loss, *, overdue_session: int | None = None
) -> bool:
    """Requeue one lease at once; False when it ended meanwhile.

    With `overdue_session` only while that session is past its deadline: an agent that renews
    before this transaction locks the session keeps its work.
    """
    try:
        async with db.transaction() as session:
            if overdue_session is not None and not await sessions.lock_overdue(
                session, overdue_session
            ):
                return False
            lease, job = await hold(session, claim)
            await lose(session, lease, job, why)
    except LeaseLost:
        return False
    return True


async def _give_up(
    session: Session,
    lease: Lease,
    job: LockedJob | None,
    event: str,
    failure: Failure,
    *,
    failures: int,
) -> str:
    """End the task, and its job with the same reason."""
    reason = (failure.code, failure.failure_class.value, failure.message)
    await queue.remove(session, [lease.task_id])
    await tasks.end(session, lease.task_id, event, failures=failures, reason=reason)
    state = "failed" if event == "fail" else "quarantined"
    await _tell(session, lease, state, failure)
    if job is not None:
        await end_job(session, job, "fail", failure=failure)
    else:
        await give_up(session, lease.task_id, lease.kind, state, failure)
    return state


async def _tell(session: Session, lease: Lease, state: str, failure: Failure | None) -> None:
    if lease.job_id is None:
        return
    data = {"kind": lease.kind, "state": state}
    if failure is not None:
        data |= {"code": failure.code, "message": failure.message}
    await note_task(
        session,
        tenant_id=lease.tenant_id,
        job_id=lease.job_id,
        task_id=lease.task_id,
        attempt=lease.attempt,
        data=data,
    )
