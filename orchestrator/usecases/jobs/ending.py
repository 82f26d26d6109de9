"""End a job before its work is done: everything else of it is cancelled with it."""

from __future__ import annotations

from orchestrator.store.pool import Session
from orchestrator.store.render import attempts, queue, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.plans import repairs
from orchestrator.usecases.jobs.moves import move
from orchestrator.wire.failures import Failure


async def end_job(
    session: Session, job: LockedJob, event: str, *, failure: Failure | None = None
) -> bool:
    """Fail or cancel a locked job, its waiting and its leased tasks with it.

    Agents hear of it by heartbeat, and by 409 on whatever they report. False when the job has
    ended already; nothing is changed then.
    """
    if not await move(session, job.id, event, failure=failure):
        return False
    own = [task.id for task in await tasks.of_job(session, job.id)]
    await queue.lock_many(session, own)
    await queue.remove(session, own)
    cancelled = await tasks.cancel_of_job(session, job.id)
    await attempts.close(session, cancelled, "interrupted")
    if job.repair_rounds:
        await repairs.finish(session, job.id, "cancelled" if event == "cancel" else "failed")
    return True
