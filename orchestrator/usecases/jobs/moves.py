"""Move jobs: the state, its event and its outbox row in the caller's transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog

from orchestrator.core.machines.job import JOB, path
from orchestrator.store.pool import Session
from orchestrator.store.render import moves
from orchestrator.store.render.moves import LockedJob
from orchestrator.wire.failures import Failure

log = structlog.get_logger("jobs")


async def move(
    session: Session, job_id: UUID, event: str, *, failure: Failure | None = None
) -> bool:
    """Move a job by one event of its machine; False, and nothing written, when not allowed.

    The caller has locked the job first (store/render/moves.lock) when it locks anything else.
    """
    moved = await moves.move(session, job_id, event, failure)
    if moved is None:
        return False
    tenant_id, retries = moved
    state = JOB.target(event)
    told = {"code": failure.code, "message": failure.message} if failure else {}
    log.info("job_moves", job=str(job_id), state=state, **told)
    data: dict[str, Any] = {"state": state}
    if failure is not None:
        data["failure"] = failure.model_dump(mode="json", exclude_none=True)
    await moves.append_event(session, tenant_id=tenant_id, job_id=job_id, kind="state", data=data)
    await moves.append_outbox(
        session,
        tenant_id=tenant_id,
        job_id=job_id,
        kind=f"job.{state}",
        dedupe_key=f"{job_id}:{retries}:{state}",
        data={"job_id": str(job_id), **data},
    )
    return True


async def advance(session: Session, job: LockedJob, target: str) -> None:
    """Lead a locked job forward to a state, through every state between; never back."""
    for event in path(job.state, target):
        await move(session, job.id, event)


async def note_task(
    session: Session,
    *,
    tenant_id: UUID,
    job_id: UUID,
    task_id: int,
    attempt: int,
    data: dict[str, Any],
) -> None:
    """Append what happened to one of a job's tasks to the job's stream."""
    log.info("task_moves", job=str(job_id), task=task_id, attempt=attempt, **data)
    await moves.append_event(
        session,
        tenant_id=tenant_id,
        job_id=job_id,
        kind="task",
        data={"task_id": task_id, "attempt": attempt, **data},
        task_id=task_id,
        attempt=attempt,
    )
