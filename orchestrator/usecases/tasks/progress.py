"""Take an attempt's progress: the first report makes the task run and its job move."""

from __future__ import annotations

from orchestrator.core.machines.job import STAGE_STATE
from orchestrator.deps import Deps
from orchestrator.errors import Invalid
from orchestrator.store.pool import Session
from orchestrator.store.render import attempts, frames, moves, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.queue import Lease
from orchestrator.usecases.jobs import progress as shown
from orchestrator.usecases.jobs.moves import advance
from orchestrator.usecases.tasks.fence import Claimed, hold, is_of_attempt, object_prefix
from orchestrator.wire.tasks import ProgressReport


async def progress(deps: Deps, claim: Claimed, report: ProgressReport) -> None:
    """Keep the stages' counts and show them; raises LeaseLost for a stale report."""
    async with deps.db.transaction() as session:
        lease, job = await hold(session, claim)
        if await tasks.run(session, lease.task_id):
            await attempts.start(session, lease.task_id, lease.attempt)
            await frames.reset(session, lease.task_id, lease.attempt)
        stages = shown.as_document(report.stages)
        await tasks.note_progress(session, lease.task_id, stages)
        if job is None:
            return
        await advance(session, job, _state_of(lease.kind, stages))
        await shown.show(session, job, await tasks.of_job(session, job.id))
        if report.preview_key is not None:
            await _preview(session, lease, job, claim, report)


def _state_of(kind: str, stages: shown.Stages) -> str:
    """Give the state that work of a kind puts its job into; a chunk never ends the rendering."""
    if kind == "render":
        return STAGE_STATE[shown.current_stage(stages)]
    return {"bind": "preparing", "frames": "rendering"}.get(kind, "exporting")


async def _preview(
    session: Session, lease: Lease, job: LockedJob, claim: Claimed, report: ProgressReport
) -> None:
    prefix = object_prefix(job.id, claim)
    if not is_of_attempt(report.preview_key or "", prefix):
        raise Invalid(f"A preview of this attempt lies below {prefix}.", code="foreign_object")
    await moves.append_event(
        session,
        tenant_id=job.tenant_id,
        job_id=job.id,
        kind="preview",
        data={"key": report.preview_key, "frame": report.preview_frame},
        task_id=lease.task_id,
        attempt=lease.attempt,
    )
