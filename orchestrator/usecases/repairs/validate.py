"""Validate a split job before its export, and act on frames that its export cannot use."""

from __future__ import annotations

from orchestrator.core.frames.repair import Reason
from orchestrator.core.frames.validate import faults
from orchestrator.store.pool import Session
from orchestrator.store.ranges import Spans
from orchestrator.store.render import frames, queue, tasks
from orchestrator.store.render.frames import RecordedFrame
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.queue import Lease
from orchestrator.usecases.repairs.begin import begin
from orchestrator.wire.failures import Failure
from orchestrator.wire.frames import minus, parse
from orchestrator.wire.tasks import ExportSpec


async def sound_frames(
    session: Session, job: LockedJob, expected: Spans
) -> list[RecordedFrame] | None:
    """Give the recorded frames of a job that is validating, each ordered one there once.

    None when some were not: they are made again, or the job has failed.
    """
    recorded = await frames.of_job(session, job.id)
    found = faults(expected, [(one.frame, one.object_key) for one in recorded])
    if found.frames:
        await begin(session, job, expected, found.frames, "missing")
        return None
    return recorded


def bad_frames(lease: Lease, failure: Failure | None) -> Spans:
    """Give the ordered frames that a failed export says it cannot use; none for other failures."""
    if failure is None or lease.kind != ExportSpec.model_fields["kind"].default:
        return ()
    expected = parse(str(lease.spec.get("frames", "")))
    named = parse(failure.frames or "")
    return minus(expected, minus(expected, named))


async def send_back(
    session: Session, lease: Lease, job: LockedJob, bad: Spans, failure: Failure
) -> str:
    """Have frames made again that a held export cannot use; give the task's new state as told."""
    reason: Reason = "missing" if failure.code == "frames_missing" else "corrupt"
    await queue.remove(session, [lease.task_id])
    await tasks.hold_back(session, lease.task_id, "hold_back")
    expected = parse(str(lease.spec.get("frames", "")))
    return "queued" if await begin(session, job, expected, bad, reason) else "failed"
