"""Tell from a few numbers per frame which ones are black or repeated among their neighbours.

What is told here is a remark for a person, never a failure: a template may mean it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

DARK = 4
"""A frame none of whose samples, of 255, is brighter is black."""
FADE = 25
"""A film may begin and end in black for so many frames."""
HELD = 5
"""So many equal frames in a row, between others that differ, are told."""
TOLD = 5
"""Runs of a kind that are named; more are counted."""


class Sight(NamedTuple):
    """Be what was seen of a frame: mean and greatest brightness, 0-255, and a hash.

    The hash is of its shades and of a smaller picture. Where nothing is opaque both brightnesses
    are 0.
    """

    mean: float
    peak: int
    pixels: int


@dataclass(frozen=True, slots=True)
class Run:
    """Be frames in a row, both ends included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """Give how many they are."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}" if self.count > 1 else str(self.first)


def remarks(sights: Mapping[int, Sight]) -> list[str]:
    """Say which frames of a film are black, or equal, while their neighbours are not."""
    numbers = sorted(sights)
    if not numbers:
        return []
    if all(sights[number].peak <= DARK for number in numbers):
        return [f"All frames, {Run(numbers[0], numbers[-1])}, are black."]
    if len(numbers) >= HELD and len({sights[number].pixels for number in numbers}) == 1:
        return [f"All frames, {Run(numbers[0], numbers[-1])}, are equal."]
    ends = (numbers[0], numbers[-1])
    black = [run for run in _black(sights, numbers) if not _is_fade(run, ends)]
    equal = [run for run in _equal(sights, numbers) if run.last != ends[1]]
    return [
        *_told(black, "black between others that are not"),
        *_told(equal, "all equal while the film moves before and after"),
    ]


def _is_fade(run: Run, ends: tuple[int, int]) -> bool:
    return run.count <= FADE and (run.first == ends[0] or run.last == ends[1])


def _black(sights: Mapping[int, Sight], numbers: list[int]) -> Iterator[Run]:
    for run in _runs(numbers, lambda a, b: sights[a].peak <= DARK and sights[b].peak <= DARK):
        if sights[run.first].peak <= DARK:
            yield run


def _equal(sights: Mapping[int, Sight], numbers: list[int]) -> Iterator[Run]:
    for run in _runs(numbers, lambda a, b: sights[a].pixels == sights[b].pixels):
        if run.count >= HELD and sights[run.first].peak > DARK:
            yield run


def _runs(numbers: list[int], belongs: Callable[[int, int], bool]) -> Iterator[Run]:
    """Give the longest runs of frames each of which belongs to the one before it."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1 or not belongs(last, number):
            yield Run(first, last)
            first = number
        last = number
    yield Run(first, last)


def _told(runs: list[Run], what: str) -> list[str]:
    told = []
    for run in runs[:TOLD]:
        subject = f"Frames {run} are" if run.count > 1 else f"Frame {run} is"
        told.append(f"{subject} {what}; look whether that is meant.")
    if len(runs) > TOLD:
        told.append(f"{len(runs) - TOLD} more runs of frames are {what}.")
    return told
