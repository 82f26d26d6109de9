"""See whether the recorded frames of a job are right: each of them there, once, and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.wire.frames import from_frames, merge, minus

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Faults:
    """Be frames that may not go into the video: not recorded, recorded twice, kept nowhere."""

    missing: Spans = ()
    doubled: Spans = ()
    unkept: Spans = ()

    @property
    def frames(self) -> Spans:
        """Give all of them."""
        return merge((*self.missing, *self.doubled, *self.unkept))


def faults(expected: Spans, recorded: Iterable[tuple[int, str | None]]) -> Faults:
    """Compare what was ordered with what is recorded: (frame, object key), in any order.

    A frame that was not ordered is no fault of a video that leaves it out; it is not looked at.
    """
    rows = list(recorded)
    times = Counter(frame for frame, _ in rows)
    ordered = set(_each(expected))
    return Faults(
        missing=minus(expected, from_frames(times)),
        doubled=from_frames(
            frame for frame, count in times.items() if count > 1 and frame in ordered
        ),
        unkept=from_frames(frame for frame, key in rows if key is None and frame in ordered),
    )


def _each(spans: Spans) -> Iterable[int]:
    for first, last in spans:
        yield from range(first, last + 1)
