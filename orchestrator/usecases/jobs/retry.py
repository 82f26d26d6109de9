"""Bring a failed job back by a person's wish."""

from __future__ import annotations

from uuid import UUID

from orchestrator.core.machines.job import JOB
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.render import moves, queue, tasks
from orchestrator.store.render.plans import repairs
from orchestrator.usecases.jobs.moves import move
from orchestrator.usecases.jobs.quota import limits_for_one_more


async def retry(deps: Deps, tenant_id: UUID, job_id: UUID, *, is_again: bool = False) -> None:
    """Queue what a failed job still lacks; what succeeded, and uploaded frames, are kept.

    The first plan stage that is not complete becomes ready, later ones wait for it again.
    Raises NotFound for another tenant's job, Conflict for one that has not failed, and Conflict
    (`retry_too_late`) for one whose finished parts, or all of whose tasks, were cleared away,
    (`retry_later`) for one that is being cleared just now, TooMany (`quota_jobs`).
    """
    async with deps.db.transaction() as session:
        # What brings jobs back takes turns with orders, or together they would pass the quota.
        await tasks.take_turn(session, tenant_id)
        job = await moves.lock(session, job_id)
        if job is None or job.tenant_id != tenant_id:
            raise NotFound("render", job_id)
        if not await move(session, job_id, "retry"):
            if is_again and job.state in JOB.active:
                return
            raise Conflict(f"Render {job_id} is {job.state}; only a failed one can be tried again.")
        await limits_for_one_more(session, tenant_id, deps.settings.quota_active_jobs, own=1)
        own = await tasks.of_job(session, job_id)
        open_tasks = [task for task in own if task.state != "succeeded"]
        lacks_parts = job.frames_dropped_at is not None and len(open_tasks) < len(own)
        if lacks_parts or not open_tasks:
            raise Conflict(
                f"Render {job_id} failed so long ago that what it had made was cleared away. "
                "Order it again.",
                "retry_too_late",
            )
        if job.frames_dropped_at is not None and job.objects_dropped_at is None:
            raise Conflict(
                f"What render {job_id} left behind is being cleared away just now. "
                "Try again in half an hour.",
                "retry_later",
            )
        first = min((task.stage for task in open_tasks), default=0)
        ready = [task.id for task in open_tasks if task.stage == first]
        later = [task.id for task in open_tasks if task.stage > first]
        await tasks.revive(session, later, "revive_blocked")
        await tasks.revive(session, ready, "revive")
        await repairs.spare(session, job_id)
        await queue.put(session, ready)
        await note_caller(session, "render.retry", ("render", job_id), tenant_id)
