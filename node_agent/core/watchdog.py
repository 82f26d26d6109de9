"""Which limit of time a run of the engine is over: pure, given the times of what happened.

Phases: launch (until the engine says it is there), open (silent for minutes on heavy projects: CPU
and I/O are life), first_frame, frames (adapted to the slowest recent one), finish. Over all of them
stands the total; memory and disk are no times, but end a run in the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal, Protocol

Phase = Literal["launch", "open", "first_frame", "frames", "finish", "total", "memory", "disk"]
RECENT = 20
PATIENCE = 10
"""A frame may take this many times as long as the slowest of the recent ones."""


class Usual(Protocol):
    """Say what the phases of a template's runs took before, in seconds; `frame_s` the slowest."""

    @property
    def launch_s(self) -> float:
        """Give the seconds until the engine was there."""

    @property
    def open_s(self) -> float:
        """Give the seconds from there until rendering started."""

    @property
    def first_frame_s(self) -> float:
        """Give the seconds from there to the first frame."""

    @property
    def frame_s(self) -> float:
        """Give the seconds of the slowest frame."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the longest silence of each phase, in seconds, and what a run may take of its machine.

    `memory_bytes` bounds what the engine's tree holds; `disk_bytes` is what must stay free.
    """

    launch_s: float
    open_s: float
    first_frame_s: float
    frame_s: float
    finish_s: float
    total_s: float = math.inf
    memory_bytes: float = math.inf
    disk_bytes: int = 0


LENIENCE = 10
"""A phase may take this many times as long as it usually does with a template."""
LAUNCH_LEAST_S, OPEN_LEAST_S, FIRST_FRAME_LEAST_S, FRAME_LEAST_S = 120.0, 300.0, 300.0, 60.0
"""What each phase is given at least: a cold start, a slow disk, another machine's speed."""


def learned(node: Limits, usual: Usual | None) -> Limits:
    """Give a run's limits: by what its template took before, never more than the node's own.

    A hang of a template whose frames take a second is then found in a minute, not in ten.
    """
    if usual is None:
        return node
    return replace(
        node,
        launch_s=_lenient(usual.launch_s, LAUNCH_LEAST_S, node.launch_s),
        open_s=_lenient(usual.open_s, OPEN_LEAST_S, node.open_s),
        first_frame_s=_lenient(usual.first_frame_s, FIRST_FRAME_LEAST_S, node.first_frame_s),
        frame_s=_lenient(usual.frame_s, FRAME_LEAST_S, node.frame_s),
    )


def _lenient(usual_s: float, least_s: float, most_s: float) -> float:
    return min(most_s, max(least_s, LENIENCE * usual_s))


@dataclass(slots=True)
class Times:
    """Hold when things happened, by one monotonic clock; None has not happened yet."""

    began: float
    launched: float | None = None
    started: float | None = None
    complete: float | None = None
    doomed: float | None = None
    """When the engine named a fault: whatever it still makes, the run has failed."""
    active: float = 0.0
    """When CPU or I/O of the engine's tree last moved."""
    frames: list[float] = field(default_factory=list)
    """When the recent frames appeared."""

    def frame(self, now: float) -> None:
        """Note one more frame."""
        self.frames.append(now)
        del self.frames[:-RECENT]


def phase_of(times: Times) -> Phase:
    """Name the phase that a run is in."""
    if times.complete is not None or times.doomed is not None:
        return "finish"
    if times.frames:
        return "frames"
    if times.started is not None:
        return "first_frame"
    return "launch" if times.launched is None else "open"


def deadline(times: Times, limits: Limits) -> tuple[Phase, float]:
    """Give the phase and the moment at which its patience ends."""
    phase, ends = _deadline_of_phase(times, limits)
    last = times.began + limits.total_s
    return ("total", last) if last < ends else (phase, ends)


def _deadline_of_phase(times: Times, limits: Limits) -> tuple[Phase, float]:
    phase = phase_of(times)
    if phase == "finish":
        ended = [at for at in (times.complete, times.doomed) if at is not None]
        return phase, min(ended) + limits.finish_s
    if phase == "frames":
        return phase, times.frames[-1] + max(limits.frame_s, PATIENCE * _slowest(times.frames))
    if phase == "first_frame":
        return phase, (times.started or times.began) + limits.first_frame_s
    if phase == "open":
        return phase, max(times.launched or times.began, times.active) + limits.open_s
    return phase, times.began + limits.launch_s


def overdue(times: Times, limits: Limits, now: float) -> Phase | None:
    """Give the phase whose patience has ended, if any."""
    phase, ends = deadline(times, limits)
    return phase if now > ends else None


def pressed(limits: Limits, *, used_bytes: int, free_bytes: int) -> Phase | None:
    """Give the limit of the machine that a run is over, if any."""
    if used_bytes > limits.memory_bytes:
        return "memory"
    return "disk" if free_bytes < limits.disk_bytes else None


def _slowest(frames: list[float]) -> float:
    return max((b - a for a, b in pairwise(frames)), default=0.0)
