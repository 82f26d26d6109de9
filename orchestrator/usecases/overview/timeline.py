"""Lay a render's attempts out on a line of time: who worked when, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.wire.renders import AttemptView

WIDTH = 1000
"""Units of the drawing from the first attempt's begin to the last one's end."""
THINNEST = 3
LANES = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """Be one attempt: where it begins and how long it is, of WIDTH; `lane` is its task's row."""

    attempt: AttemptView
    lane: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Be the drawing: its bars, how many rows it has, and the times at its two ends."""

    bars: tuple[Bar, ...]
    lanes: int
    begin: datetime
    end: datetime


def timeline(attempts: Sequence[AttemptView], now: datetime) -> Timeline | None:
    """Give the drawing of the first tasks that were worked on; None before there was any work."""
    if not attempts:
        return None
    lanes: dict[int, int] = {}
    for one in sorted(attempts, key=lambda one: one.granted_at):
        if one.task_id not in lanes and len(lanes) < LANES:
            lanes[one.task_id] = len(lanes)
    shown = [one for one in attempts if one.task_id in lanes]
    begin = min(one.granted_at for one in shown)
    end = max([begin, *(one.finished_at or now for one in shown)])
    whole = (end - begin).total_seconds() or 1.0
    bars = []
    for one in shown:
        x = round((one.granted_at - begin).total_seconds() / whole * WIDTH)
        last = round(((one.finished_at or now) - begin).total_seconds() / whole * WIDTH)
        width = max(THINNEST, last - x)
        bars.append(Bar(one, lanes[one.task_id], max(0, min(x, WIDTH - width)), width))
    return Timeline(tuple(bars), len(lanes), begin, end)
