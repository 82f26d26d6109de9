"""Change the priority or the deadline of a job while it waits or is at work."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from orchestrator.core.machines.job import JOB
from orchestrator.core.scheduling import fairness
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.pool import Database, Session
from orchestrator.store.render import jobs, moves, queue, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.plans import changes
from orchestrator.usecases.tasks.plan import LIGHT_COST, deal_credit
from orchestrator.wire.renders import RenderChange


async def change(db: Database, tenant_id: UUID, job_id: UUID, wish: RenderChange) -> None:
    """Give a job another priority, up to the tenant's own limit, or another deadline.

    With a new priority its tasks leave their places and queue up behind the tenant's own work of
    that priority; with a new deadline they move by what it gains them or the old one had gained.
    What is at work goes on. Raises NotFound for another tenant's job, Conflict for one that ended.
    """
    given = wish.model_fields_set
    async with db.transaction() as session:
        job = await moves.lock(session, job_id)
        if job is None or job.tenant_id != tenant_id:
            raise NotFound("render", job_id)
        if job.state not in JOB.active:
            raise Conflict(f"Render {job_id} is {job.state} already; nothing of it waits.")
        priority = None
        if wish.priority is not None:
            limits = await jobs.limits(session, tenant_id, 0)
            priority = fairness.clamp_priority(wish.priority, limits.priority_max)
            row = await jobs.job_get(session, tenant_id, job_id)
            # The priority it has costs it no place in line.
            priority = None if row is None or row.priority == priority else priority
        deadline_at: datetime | None = wish.deadline_at
        before = (await changes.urgency(session, job_id)).credit
        await changes.change_job(
            session,
            job_id,
            priority=priority,
            deadline_at=deadline_at,
            drop_deadline="deadline_at" in given and deadline_at is None,
        )
        credit = before
        if priority is not None or "deadline_at" in given:
            credit = await deal_credit(session, job_id)
        if priority is not None:
            await _line_up(session, job, priority, credit)
        elif credit != before:
            waiting = await changes.open_tasks(session, job_id)
            await queue.lock_many(session, [task.id for task in waiting])
            await changes.shift(session, job_id, before - credit)
        await _note(session, job, wish)


async def _note(session: Session, job: LockedJob, wish: RenderChange) -> None:
    """Tell the audit log what was asked for; what the job has already is told too."""
    detail: dict[str, str | int | None] = {"priority": wish.priority}
    if "deadline_at" in wish.model_fields_set:
        detail["deadline_at"] = wish.deadline_at.isoformat() if wish.deadline_at else "-"
    await note_caller(session, "render.change", ("render", job.id), job.tenant_id, **detail)


async def _line_up(session: Session, job: LockedJob, priority: int, credit: int) -> None:
    """Deal the job's open tasks places in the line of a priority, as if ordered now."""
    waiting = await changes.open_tasks(session, job.id)
    if not waiting:
        return
    await queue.lock_many(session, [task.id for task in waiting])
    last = await tasks.lock_share(session, job.tenant_id, priority)
    heads = await queue.heads(session, sorted({task.class_id for task in waiting}), priority)
    idle = await tasks.last_finish(session, job.tenant_id, priority)
    starts = {}
    for task in waiting:
        cost = task.frames or LIGHT_COST
        share = fairness.tag(heads.get(task.class_id, idle), last, cost, credit=credit)
        starts[task.id], last = share.start, share.finish
    await tasks.set_share(session, job.tenant_id, priority, last)
    await changes.deal(session, priority, starts)
