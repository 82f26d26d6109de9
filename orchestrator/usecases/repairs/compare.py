"""Compare good frames that a repair drew once more with what is recorded of them."""

from __future__ import annotations

from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.store.render import moves
from orchestrator.store.render.plans import repairs
from orchestrator.wire.frames import from_frames, write
from orchestrator.wire.tasks import ResultReport


async def compare(session: Session, job_id: UUID, task_id: int, report: ResultReport) -> None:
    """Keep whether the neighbours of a repair came out the same; warn when they did not.

    Equal hashes say that the job's nodes draw alike, so that mended frames fit between the others.
    """
    if not report.checked:
        return
    recorded = await repairs.recorded_beside(session, task_id)
    drawn = {one.frame: one.sha256 for one in report.checked if one.frame in recorded}
    if not drawn:
        return
    other = [frame for frame, sha256 in drawn.items() if recorded[frame] != sha256]
    await repairs.note_compared(session, task_id, equal=not other)
    if other:
        told = (
            f"Frames {write(from_frames(other))} came out otherwise when they were drawn again "
            "beside mended ones: these nodes do not draw alike, or the template draws by chance. "
            "Look at the frames there."
        )
        await moves.note_remarks(session, job_id, [told], {})
