"""Foretell when a job will be done: what is left of it, and what goes before it in the queue.

left = what is not done of bind + begin + frames + export, by the template's pace, made longer or
shorter by how the job itself has gone so far; wait = (tasks ahead + half of those at work) * the
job's own seconds / slots. Both are medians; nine of ten jobs stay below them times exp(1.6 spread).
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.scheduling.pace import Pace, p90

OWN_LEAST, OWN_MOST = 0.25, 4.0
"""A job's own speed counts as at most four times slower or faster than foretold."""
TELLING_FRAMES, TELLING_S = 10, 60.0
"""Without a past the beginning counts as frames: too much of it before so many, or so long."""

UNKNOWN = Pace(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Say how far a job is; `nodes` work on it now, `elapsed_s` since it was first at work."""

    frames: int
    frames_done: int
    exported: int
    is_bound: bool
    nodes: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """Say what stands between a waiting task and its start: `slots` are those that could do it."""

    ahead: int
    busy: int
    slots: int


@dataclass(frozen=True, slots=True)
class Eta:
    """Give seconds until a job is done: half of all jobs need less than `p50_s`."""

    p50_s: float
    p90_s: float
    wait_s: float


def estimate(now: Standing, pace: Pace | None, line: Line | None) -> Eta | None:
    """Give the estimate; None while nothing is known of the template and little is drawn.

    `line` is None for a job at work. None too when no node could do the task: nobody knows when
    one will come.
    """
    left = _left_s(now, pace)
    if left is None:
        return None
    wait = 0.0 if line is None else _wait_s(line, left)
    if wait is None:
        return None
    return Eta(left + wait, p90(left + wait, pace or UNKNOWN), wait)


def _left_s(now: Standing, pace: Pace | None) -> float | None:
    if pace is None:
        is_telling = now.frames_done >= TELLING_FRAMES or now.elapsed_s >= TELLING_S
        if now.frames_done == 0 or now.elapsed_s <= 0 or not is_telling:
            return None
        # Its beginning counts as frames: too long rather than too short.
        return now.elapsed_s / now.frames_done * max(0, now.frames - now.frames_done)
    frames_left = max(0, now.frames - now.frames_done)
    side_by_side = max(1, min(now.nodes, frames_left))
    drawing = pace.frame_s * frames_left / side_by_side
    exporting = pace.export_frame_s * max(0, now.frames - now.exported)
    if now.frames_done:
        return (drawing + exporting) * _own(now, pace)
    begin = pace.begin_s + (0.0 if now.is_bound else pace.bind_s)
    since = now.elapsed_s - (pace.bind_s if now.is_bound else 0.0)
    return max(0.0, begin - max(0.0, since)) + drawing + exporting


def _own(now: Standing, pace: Pace) -> float:
    """Weigh in how the job has gone: nothing at its first frame, all at its last."""
    drawn = pace.frame_s * max(0, now.frames_done - 1) / max(1, now.nodes)
    foretold = pace.bind_s + pace.begin_s + drawn
    if foretold <= 0 or now.exported:
        return 1.0
    ratio = min(OWN_MOST, max(OWN_LEAST, now.elapsed_s / foretold))
    return float(ratio ** (now.frames_done / max(1, now.frames)))


def _wait_s(line: Line, each_s: float) -> float | None:
    if line.slots <= 0:
        return None
    if line.ahead + line.busy < line.slots:
        return 0.0
    return (line.ahead + line.busy / 2) * each_s / line.slots
