"""What becomes of a task and of a node after an attempt ended badly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orchestrator.wire.failures import FINAL, NODE_BLAMED, FailureClass

POISON_NODES = 3
"""So many distinct nodes that a task failed on, or took down, put it before a person."""
NODE_FAILURES_IN_ROW = 3
PATIENCE = 4
"""How many times `max_attempts` a task may be lost or fail by its nodes' fault before it stops."""
AFTER_DEATH_S = 2.0
"""How long a task rests that its agent did not survive."""
OTHERS_FIRST_S = 60.0
"""How long a task waits for other nodes than those that failed it."""
OTHERS_FIRST_AFTER_LOSS_S = 0.0
"""The same of nodes that lost it: none. Nobody wakes a held claim when such a wait ends, so that
the only free node took a dead node's work up to a poll (5 s) later; it must go on in seconds."""
BACKOFF_FIRST_S = 2.0
BACKOFF_LAST_S = 60.0


@dataclass(frozen=True, slots=True)
class History:
    """Count what happened to a task so far, the attempt that just ended included.

    `failures`: failed attempts that count against the task. `nodes`: distinct nodes on which
    it failed so or was lost. `setbacks`: attempts that were lost or failed by the node's fault.
    """

    failures: int
    nodes: int
    setbacks: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Name the event of the task machine, and how long the task rests before its next attempt."""

    event: Literal["requeue", "fail", "quarantine"]
    rest_s: float = 0


def counts_against_task(failure_class: FailureClass) -> bool:
    """Tell whether a failure is the task's: what the node caused is not."""
    return failure_class not in NODE_BLAMED


def after_failure(failure_class: FailureClass, history: History, max_attempts: int) -> Verdict:
    """Judge a failed attempt.

    What another try cannot mend fails at once. Three distinct nodes quarantine the task; the
    same few nodes again and again fail it, so that a farm of one node comes to an end too.
    """
    if failure_class in FINAL:
        return Verdict("fail")
    if history.nodes >= POISON_NODES:
        return Verdict("quarantine")
    if history.failures >= max_attempts:
        return Verdict("fail")
    if history.setbacks >= PATIENCE * max_attempts:
        return Verdict("quarantine")
    return Verdict("requeue", rest_s(history.failures + history.setbacks))


def after_loss(history: History, max_attempts: int) -> Verdict:
    """Judge a lost lease: it costs no attempt, yet a task that ends every node must stop."""
    if history.nodes >= POISON_NODES or history.setbacks >= PATIENCE * max_attempts:
        return Verdict("quarantine")
    return Verdict("requeue")


def rest_s(times: int) -> float:
    """Give the rest before the next attempt: 2, 4, 8 ... 60 seconds."""
    return float(min(BACKOFF_FIRST_S * 2 ** max(times - 1, 0), BACKOFF_LAST_S))


def node_is_distrusted(failures_in_row: int, other_capable_nodes: int) -> bool:
    """Tell whether a node goes to quarantine: never the last one that can do the work."""
    return failures_in_row >= NODE_FAILURES_IN_ROW and other_capable_nodes > 0
