"""Take finished frames, in batches, each recorded once with the attempt that it came from."""

from __future__ import annotations

from orchestrator.deps import Deps
from orchestrator.errors import Invalid
from orchestrator.store.render import frames
from orchestrator.usecases.tasks.fence import Claimed, hold_lease, is_of_attempt, object_prefix
from orchestrator.wire.tasks import FramesReport


async def record(deps: Deps, claim: Claimed, report: FramesReport) -> None:
    """Record frames; repeats change nothing. Raises LeaseLost, and Invalid for foreign keys."""
    async with deps.db.transaction() as session:
        lease = await hold_lease(session, claim)
        prefix = object_prefix(lease.job_id, claim)
        for frame in report.frames:
            if not 0 < frame.size_bytes < 2**31:
                raise Invalid(
                    f"Frame {frame.frame} has {frame.size_bytes} bytes; a frame has some, and "
                    "less than 2 GiB.",
                    code="frame_size",
                )
            if frame.key is not None and not is_of_attempt(frame.key, prefix):
                raise Invalid(
                    f"Frame {frame.frame}: objects of this attempt lie below {prefix}.",
                    code="foreign_object",
                )
            if frame.key is None and lease.kind == "frames":
                raise Invalid(
                    f"Frame {frame.frame} has no key; a split job's frames are uploaded.",
                    code="not_uploaded",
                )
        await frames.record(session, claim.task_id, claim.attempt, report.frames)
