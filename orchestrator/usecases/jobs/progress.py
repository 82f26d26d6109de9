"""Show how far a job is: stages over all its tasks, seldom enough to be cheap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestrator.core.machines.job import STAGE_STATE
from orchestrator.store.pool import Session
from orchestrator.store.render import moves
from orchestrator.store.render.moves import LockedJob, Shown
from orchestrator.store.render.tasks import JobTask, Outline
from orchestrator.wire.renders import StageProgress

Stages = Mapping[str, Mapping[str, int]]


def as_document(stages: Iterable[StageProgress]) -> dict[str, dict[str, int]]:
    """Write stages as they are kept: `{stage: {done, total}}`."""
    return {stage.stage: {"done": stage.done, "total": stage.total} for stage in stages}


def current_stage(stages: Stages) -> str:
    """Give the first stage, in the order of work, that is not complete; else the last one."""
    known = [stage for stage in STAGE_STATE if stage in stages]
    for stage in known:
        if stages[stage]["done"] < stages[stage]["total"]:
            return stage
    return known[-1] if known else "bind"


def add_up(
    parts: Sequence[Stages], frames_total: int | None, count: int | None = None
) -> dict[str, dict[str, int]]:
    """Add the stages of a job's tasks; chunks that have not begun count by `frames_total`.

    `count` says how many tasks there are, where parts are sums already.
    """
    total: dict[str, dict[str, int]] = {}
    for stage in STAGE_STATE:
        found = [part[stage] for part in parts if stage in part]
        if found:
            total[stage] = {
                "done": sum(one["done"] for one in found),
                "total": sum(one["total"] for one in found),
            }
    if (count or len(parts)) > 1 and frames_total:
        for stage in ("frames", "verify"):
            if stage in total:
                total[stage]["total"] = max(total[stage]["total"], frames_total)
    return total


async def show(
    session: Session, job: LockedJob, own: Sequence[JobTask], *, matters: bool = False
) -> None:
    """Write the progress of a job with these tasks and tell its stream.

    At most twice a second, unless it matters.
    """
    await moves.show(session, job.id, shown(job, own), matters=matters)


def shown(job: LockedJob, own: Sequence[JobTask]) -> Shown:
    """Give the progress of a job with these tasks."""
    return _shown(add_up([task.progress for task in own], job.frames_total))


def outlined(job: LockedJob, outline: Outline) -> Shown:
    """Give the progress of a job of which only the outline is known."""
    return _shown(add_up([outline.stages], job.frames_total, outline.tasks))


def _shown(stages: dict[str, dict[str, int]]) -> Shown:
    return Shown(stages, current_stage(stages), stages.get("frames", {}).get("done", 0))
