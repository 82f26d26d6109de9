"""Have frames of a finished render made again by a person's wish, and its video cut anew."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from orchestrator.core.machines.job import JOB
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.render import moves, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.plans import repairs
from orchestrator.store.render.plans.repairs import Kept
from orchestrator.usecases.jobs.moves import move
from orchestrator.usecases.jobs.quota import limits_for_one_more
from orchestrator.usecases.repairs.begin import begin
from orchestrator.wire.frames import minus, parse, write
from orchestrator.wire.renders import RepairOrder


async def repair(
    deps: Deps, tenant_id: UUID, job_id: UUID, order: RepairOrder, *, is_again: bool = False
) -> None:
    """Render frames of a done split job again; what was published stays until the new video is.

    Raises NotFound for another tenant's job, Invalid for frames that it does not have, Conflict
    for one that is not done, (`repair_single_plan`) whose frames never left their node,
    (`repair_too_late`) whose frames were cleared away, TooMany (`quota_jobs`).
    """
    async with deps.db.transaction() as session:
        await tasks.take_turn(session, tenant_id)
        job = await moves.lock(session, job_id)
        found = await repairs.kept(session, tenant_id, job_id)
        if job is None or found is None:
            raise NotFound("render", job_id)
        if is_again and job.state in JOB.active:
            return
        _check(job, found)
        wanted = parse(order.frames)
        outside = minus(wanted, found.frames)
        if outside:
            raise Invalid(
                f"Render {job_id} has the frames {write(found.frames)}; {write(outside)[:300]} "
                "lies outside.",
                code="frames_outside",
            )
        await move(session, job_id, "reopen")
        await limits_for_one_more(session, tenant_id, deps.settings.quota_active_jobs, own=1)
        for task in await tasks.of_job(session, job_id):
            if task.kind == "export":
                await tasks.hold_back(session, task.id, "reopen")
        reopened = replace(job, state=JOB.target("reopen"), repair_rounds=0)
        await begin(session, reopened, found.frames, wanted, "asked")
        about = ("render", job_id)
        await note_caller(session, "render.repair", about, tenant_id, frames=write(wanted)[:300])


def _check(job: LockedJob, found: Kept) -> None:
    if found.plan != "split":
        raise Conflict(
            f"Render {job.id} was done whole on one node, where its frames stayed. "
            "Order it again, or with plan split.",
            "repair_single_plan",
        )
    if job.state not in JOB.move("reopen").sources:
        raise Conflict(
            f"Render {job.id} is {job.state}; only frames of a done one can be repaired. "
            "A failed one is tried again instead (retry)."
        )
    if not found.kept:
        raise Conflict(
            f"The frames of render {job.id} were cleared away in the meantime. Order it again.",
            "repair_too_late",
        )
