"""What is done about a node whose engines crash: from nothing to calling a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["requeue", "recycle", "quarantine", "person"]
STORM_WINDOW_S = 900.0
"""Crashes count together for so long, and not beyond the node's last quarantine."""
QUARANTINES_WINDOW_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Crashes:
    """Count a node's crashes in the window, the one that just came included.

    `tasks`: distinct tasks that crashed; one task alone shows nothing about its node.
    `quarantines`: how often crashes quarantined the node in QUARANTINES_WINDOW_S.
    `has_stand_in`: another node that is there can do the work.
    """

    crashes: int
    tasks: int
    quarantines: int
    has_stand_in: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold from so many on; a rule that takes the node away needs a stand-in."""

    action: Action
    crashes: int
    tasks: int = 1
    quarantines: int = 0
    needs_stand_in: bool = False


RULES = (
    Rule("person", crashes=5, tasks=3, quarantines=2, needs_stand_in=True),
    Rule("quarantine", crashes=5, tasks=3, needs_stand_in=True),
    Rule("recycle", crashes=3, tasks=2),
    Rule("requeue", crashes=0, tasks=0),
)
"""The first that holds decides. requeue: nothing beyond the task's next attempt. recycle: the
agent ends everything it started and begins anew when it is idle. quarantine: no work until a
probe. person: no work until somebody resumes the node."""


def decide(seen: Crashes) -> Action:
    """Name what a crash calls for."""
    return next(
        rule.action
        for rule in RULES
        if seen.crashes >= rule.crashes
        and seen.tasks >= rule.tasks
        and seen.quarantines >= rule.quarantines
        and (seen.has_stand_in or not rule.needs_stand_in)
    )
