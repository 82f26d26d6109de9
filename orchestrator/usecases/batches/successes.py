"""Take plain successes together: chunks that are whole, of jobs that go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog

from orchestrator.deps import Deps
from orchestrator.errors import Unavailable
from orchestrator.store.pool import Session
from orchestrator.store.render import frames, moves, nodes, settling, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.settling import Claimed
from orchestrator.usecases.batches.gather import Gather
from orchestrator.usecases.jobs import progress
from orchestrator.usecases.repairs.compare import compare
from orchestrator.usecases.tasks import check, completing
from orchestrator.wire.tasks import ResultReport

MOST = 256
AT_ONCE = 2
PACE_S = 0.04
log = structlog.get_logger("results")


@dataclass(frozen=True, slots=True)
class Success:
    """Be a success as reported, of a task of this job."""

    claim: Claimed
    job_id: UUID
    report: ResultReport


def successes(deps: Deps) -> Gather[Success, bool]:
    """Make the desk for plain successes; it answers whether a success was taken.

    What is not taken, for whatever reason, changed nothing: it is to be judged by itself.
    """
    return Gather(partial(_take, deps), most=MOST, at_once=AT_ONCE, pace_s=PACE_S)


async def _take(deps: Deps, asked: Sequence[Success]) -> list[bool | Exception]:
    try:
        async with deps.db.batch() as session:
            taken = await _settle(session, asked)
    except Unavailable:
        raise
    except Exception:
        # One bad report must not refuse those beside it.
        log.warning("batch_of_results_failed", results=len(asked), exc_info=True)
        return [False] * len(asked)
    well = sorted({one.claim.node_id for one in asked if one.claim in taken})
    if well:
        await nodes.reset_failures(deps.db.session(), well)
    return [one.claim in taken for one in asked]


async def _settle(session: Session, asked: Sequence[Success]) -> set[Claimed]:
    """End what is whole, held and of a locked job. Locks as everyone does: jobs, then leases.

    Chunks are looked at before their leases are locked: what a holder recorded stays, and who is
    no holder any more does not pass the fence afterwards.
    """
    jobs = await moves.lock_many(session, {one.job_id for one in asked})
    once = {one.claim.task_id: one for one in asked if one.job_id in jobs}
    ordered = await frames.of_tasks(session, sorted(once))
    whole = [
        once[task_id]
        for task_id, chunk in ordered.items()
        if check.chunk(once[task_id].report, chunk) is None
    ]
    if not whole:
        return set()
    ended = await settling.succeed(session, [(one.claim, one.report) for one in whole])
    plain = [one for one in whole if one.claim.task_id in ended]
    for one in plain:
        await moves.note_remarks(session, one.job_id, *check.remarks(one.report))
        await compare(session, one.job_id, one.claim.task_id, one.report)
    await _go_on(session, [jobs[job_id] for job_id in sorted({one.job_id for one in plain})])
    return {one.claim for one in plain}


async def _go_on(session: Session, jobs: Sequence[LockedJob]) -> None:
    """Show how far jobs are now, and let what waited for their chunks begin."""
    outlines = await tasks.outlines(session, [job.id for job in jobs])
    shown = {job.id: progress.outlined(job, outlines[job.id]) for job in jobs}
    await moves.show_many(session, shown)
    going = [job for job in jobs if outlines[job.id].goes_on]
    own = await tasks.of_jobs(session, [job.id for job in going]) if going else {}
    for job in going:
        await completing.go_on(session, job, own[job.id])
