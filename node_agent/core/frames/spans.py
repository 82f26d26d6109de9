"""Cut what is left to render into launches, and name the frames that are shown early."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.wire.frames import count, each, merge

Span = tuple[int, int]
HOLE = 12
"""So many frames in between are drawn once more rather than paying for another launch."""


def launches(left: Iterable[Span]) -> tuple[Span, ...]:
    """Join spans between which there are at most HOLE frames."""
    joined: list[Span] = []
    for first, last in merge(left):
        if joined and first - joined[-1][1] - 1 <= HOLE:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def landmarks(spans: Iterable[Span]) -> frozenset[int]:
    """Give the first, the middle and the last frame."""
    merged = merge(spans)
    if not merged:
        return frozenset()
    middle = count(merged) // 2
    found = next(frame for place, frame in enumerate(each(merged)) if place == middle)
    return frozenset({merged[0][0], found, merged[-1][1]})
