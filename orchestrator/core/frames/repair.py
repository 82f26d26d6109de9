"""Decide who makes bad frames again, and beside which good ones, for how many rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.frames import from_frames, write

Spans = tuple[tuple[int, int], ...]
Reason = Literal["missing", "corrupt", "suspect", "asked"]
ROUNDS = 3
"""So often frames are made again before their job fails."""
LIFT_S = 300.0
"""After so long without another node the suspect one may make the frames itself."""
NAMED = 300
"""Characters of frame ranges that a message names."""


@dataclass(frozen=True, slots=True)
class Source:
    """Say of one bad frame which chunk it belongs to and which node made it; None: nobody did."""

    frame: int
    frame_job_id: int
    node_id: UUID | None


@dataclass(frozen=True, slots=True)
class Part:
    """Be frames of one chunk and one node that are made again in one task.

    `neighbours` are good frames beside them that are drawn once more, only to be compared.
    """

    frame_job_id: int
    suspect: UUID | None
    frames: Spans
    neighbours: Spans


def parts(sources: Sequence[Source], good: Spans) -> tuple[Part, ...]:
    """Put bad frames together by chunk and node, in the order of their first frames."""
    groups: dict[tuple[int, UUID | None], list[int]] = {}
    for one in sorted(sources, key=lambda source: source.frame):
        groups.setdefault((one.frame_job_id, one.node_id), []).append(one.frame)
    return tuple(
        Part(chunk, node, from_frames(bad), neighbours(bad[0], bad[-1], good))
        for (chunk, node), bad in groups.items()
    )


def neighbours(first: int, last: int, good: Spans) -> Spans:
    """Give the two good frames nearest to `first`-`last`, one on each side where there are."""
    before = [min(b, first - 1) for a, b in good if a < first]
    after = [max(a, last + 1) for a, b in good if b > last]
    found = [*before[-1:], *after[:1]]
    if len(found) == 1:
        second = found[0] - 1 if before else found[0] + 1
        found += [second] if any(a <= second <= b for a, b in good) else []
    return from_frames(found)


def is_suspect(reason: Reason) -> bool:
    """Tell whether the node that made frames is doubted: not for those that the storage lost."""
    return reason in {"corrupt", "suspect"}


def gave_up(frames: Spans) -> Failure:
    """Say that frames stayed bad round after round."""
    return Failure(
        failure_class=FailureClass.UNKNOWN,
        code="frames_unrepairable",
        message=f"Frames {write(frames)[:NAMED]} were made again {ROUNDS} times and are still "
        "missing or damaged. Look at the storage and at the nodes that made them (the render's "
        "attempts name them), then retry the render.",
        frames=write(frames),
    )
