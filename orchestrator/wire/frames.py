"""Frame ranges as both sides write them: `0-11`, `0-11,40,50-59`; both ends included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

_RANGE = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")


def parse(text: str) -> tuple[tuple[int, int], ...]:
    """Read frame ranges: sorted, merged, both ends included; an empty text is no frame.

    Raises ValueError with a sentence for a person.
    """
    spans: list[tuple[int, int]] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not a frame range; write 0-11 or 5")
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if last < first:
            raise ValueError(f"{part!r} ends before it begins; write {last}-{first}")
        spans.append((first, last))
    return merge(spans)


def merge(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sort ranges and join those that touch."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def write(spans: Iterable[tuple[int, int]]) -> str:
    """Write ranges as text that `parse` reads back."""
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in merge(spans))


def from_frames(frames: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Make ranges of single frame numbers."""
    return merge((frame, frame) for frame in frames)


def count(spans: Iterable[tuple[int, int]]) -> int:
    """Count the frames of merged ranges."""
    return sum(last - first + 1 for first, last in spans)


def each(spans: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Give every frame number in order."""
    for first, last in spans:
        yield from range(first, last + 1)


def minus(
    spans: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Give what is left of `spans` without the frames of `taken`."""
    left: list[tuple[int, int]] = []
    holes = merge(taken)
    for span_first, last in merge(spans):
        first = span_first
        for hole_first, hole_last in holes:
            if hole_last < first or hole_first > last:
                continue
            if hole_first > first:
                left.append((first, hole_first - 1))
            first = hole_last + 1
        if first <= last:
            left.append((first, last))
    return tuple(left)


def _checked(text: str) -> str:
    return write(parse(text))


FrameRanges = Annotated[str, Field(max_length=100_000), AfterValidator(_checked)]
