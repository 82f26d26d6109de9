"""Take finished frames, in batches, each recorded once with the attempt that it came from."""

from __future__ import annotations

from orchestrator.deps import Deps
from orchestrator.usecases.batches import recorded
from orchestrator.usecases.tasks.fence import Claimed
from orchestrator.wire.tasks import FramesReport


async def record(deps: Deps, claim: Claimed, report: FramesReport) -> None:
    """Record frames; repeats change nothing. Raises LeaseLost, and Invalid for foreign keys."""
    await recorded.record(deps, recorded.Finished(claim, report.frames))
