"""Record finished frames together: the reports that come meanwhile are one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Invalid, LeaseLost
from orchestrator.store.render import frames, settling
from orchestrator.store.render.settling import Claimed
from orchestrator.usecases.batches.gather import Gather
from orchestrator.usecases.tasks.fence import is_of_attempt, object_prefix
from orchestrator.wire.tasks import FrameResult

MOST = 64
FRAMES_MOST = 100
"""A report of more frames than these is worth a transaction of its own."""
PACE_S = 0.04


@dataclass(frozen=True, slots=True)
class Finished:
    """Be frames as one report tells of them."""

    claim: Claimed
    frames: tuple[FrameResult, ...]


async def record(deps: Deps, finished: Finished) -> None:
    """Record frames; repeats change nothing. Raises LeaseLost, and Invalid for foreign keys."""
    if len(finished.frames) <= FRAMES_MOST:
        await deps.shared(desk).ask(finished)
        return
    (refused,) = await _take(deps, [finished])
    if refused is not None:
        raise refused


def desk(deps: Deps) -> Gather[Finished, None]:
    """Make the desk for reports of frames; it raises LeaseLost and Invalid to whom they concern."""
    return Gather(partial(_take, deps), most=MOST, pace_s=PACE_S)


async def _take(deps: Deps, told: Sequence[Finished]) -> list[Exception | None]:
    """Record what holds its lease and is well formed; a refused report changes nothing.

    Two claims of one task cannot both be right; which one is, is found out one after the other.
    """
    first = {one.claim.task_id: one.claim for one in reversed(told)}
    others = [place for place, one in enumerate(told) if one.claim != first[one.claim.task_id]]
    later = {place: (await _take(deps, [told[place]]))[0] for place in others}
    async with deps.db.batch() as session:
        held = await settling.lock(session, list(first.values()))
        owners = await frames.owners(session, sorted(held))
        answers = [
            later[place] if place in later else _refused(one, owners)
            for place, one in enumerate(told)
        ]
        kept = [
            one for place, one in enumerate(told) if answers[place] is None and place not in later
        ]
        if kept:
            await frames.record_many(session, _together(kept))
    return answers


def _together(told: Sequence[Finished]) -> dict[tuple[int, int], list[FrameResult]]:
    """Put the reports of each attempt together; of a frame told twice the first word counts."""
    found: dict[tuple[int, int], dict[int, FrameResult]] = {}
    for one in told:
        own = found.setdefault((one.claim.task_id, one.claim.attempt), {})
        for frame in one.frames:
            own.setdefault(frame.frame, frame)
    return {pair: list(own.values()) for pair, own in found.items()}


def _refused(finished: Finished, owners: Mapping[int, tuple[UUID | None, str]]) -> FarmError | None:
    """Say what is wrong with a report; only leases that are held have owners here."""
    if finished.claim.task_id not in owners:
        return LeaseLost(finished.claim.task_id, finished.claim.attempt)
    job_id, kind = owners[finished.claim.task_id]
    prefix = object_prefix(job_id, finished.claim)
    for frame in finished.frames:
        if not 0 < frame.size_bytes < 2**31:
            return Invalid(
                f"Frame {frame.frame} has {frame.size_bytes} bytes; a frame has some, and "
                "less than 2 GiB.",
                code="frame_size",
            )
        if frame.key is not None and not is_of_attempt(frame.key, prefix):
            return Invalid(
                f"Frame {frame.frame}: objects of this attempt lie below {prefix}.",
                code="foreign_object",
            )
        if frame.key is None and kind == "frames":
            return Invalid(
                f"Frame {frame.frame} has no key; a split job's frames are uploaded.",
                code="not_uploaded",
            )
    return None
