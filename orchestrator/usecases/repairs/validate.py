"""Validate a split job before its export, and act on frames that its export cannot use."""

from __future__ import annotations

import hashlib

from orchestrator.core.frames.repair import Reason
from orchestrator.core.frames.validate import faults
from orchestrator.store.pool import Session
from orchestrator.store.ranges import Spans
from orchestrator.store.render import frames, queue, tasks
from orchestrator.store.render.frames import RecordedFrame
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.queue import Lease
from orchestrator.usecases.repairs.begin import begin
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.frames import minus, parse
from orchestrator.wire.tasks import ExportSpec, ResultReport


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


async def as_recorded(session: Session, lease: Lease, report: ResultReport) -> Failure | None:
    """Compare the frames that an export hashed as it read them with those that are recorded.

    A node that tells no hash vouches for none: one that began before it could.
    """
    told = report.frames_sha256
    if lease.kind != "export" or lease.job_id is None or told is None:
        return None
    manifest = hashlib.sha256()
    for one in await frames.of_job(session, lease.job_id):
        manifest.update(f"{one.sha256}\n".encode())
    if manifest.hexdigest() == told:
        return None
    return Failure(
        failure_class=FailureClass.UNKNOWN,
        code="hashes_differ",
        message="The export was made of other frames than those that are recorded.",
    )
