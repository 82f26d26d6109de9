"""The rules that the modelled server keeps; each knob turned the wrong way is a mutant.

The states' moves come from the server's own tables, and the judgement of losses and failures from
its own decisions. What stands here is what SQL and use cases add to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from orchestrator.core.machines.job import JOB
from orchestrator.core.machines.machine import Machine, Move
from orchestrator.core.machines.task import TASK
from tests.model.state import JOB_STATES, TASK_STATES

FENCE = frozenset({"held", "attempt", "token", "owner"})


@dataclass(frozen=True)
class Rules:
    """Hold the tables and the knobs; the defaults are the protocol."""

    task_machine: Machine = TASK
    job_machine: Machine = JOB
    fence_result: frozenset[str] = FENCE
    fence_run: frozenset[str] = FENCE
    fence_frame: frozenset[str] = FENCE
    checks_and_acts_at_once: bool = True
    attempt_in_key: bool = True
    expires: bool = True
    raises_attempt: bool = True
    renews_token: bool = True
    cancel_takes_row: bool = True
    publishes_at_end: bool = True
    checks_outputs: bool = True
    claim_remembers: bool = True
    repeat_keeps_token: bool = True
    records_uploaded_only: bool = True
    raises_epoch: bool = True
    leaps_for_held: bool = True
    reclaim_checks: bool = True
    register_keeps_offered: bool = True
    result_remembers: bool = True
    interruption_is_free: bool = True
    judges_losses: bool = True
    outbox_with_move: bool = True
    spares_last_node: bool = True
    asks_barred: bool = False
    wakes_rested: bool = True
    gives_way: bool = True
    asks_shy: bool = False
    spares_last_able: bool = True

    @cached_property
    def task_moves(self) -> dict[str, tuple[int, ...]]:
        """Give, per event, the target of every state; -1 where the table has no such move."""
        return _compiled(self.task_machine, TASK_STATES)

    @cached_property
    def job_moves(self) -> dict[str, tuple[int, ...]]:
        """Give the same for jobs."""
        return _compiled(self.job_machine, JOB_STATES)


def _compiled(machine: Machine, states: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    return {
        move.event: tuple(
            states.index(move.target) if state in move.sources else -1 for state in states
        )
        for move in machine.moves
    }


def widened(machine: Machine, event: str, *more: str) -> Machine:
    """Give the table with an event allowed from more states."""
    moves = tuple(
        Move(move.event, (*move.sources, *more), move.target) if move.event == event else move
        for move in machine.moves
    )
    return replace(machine, moves=moves)


def narrowed(machine: Machine, event: str, source: str) -> Machine:
    """Give the table with an event no longer allowed from a state."""
    moves = tuple(
        Move(move.event, tuple(one for one in move.sources if one != source), move.target)
        if move.event == event
        else move
        for move in machine.moves
    )
    return replace(machine, moves=moves)


@dataclass(frozen=True)
class Mutant:
    """Break the protocol in one named way; `caught_in` names the configuration that tells."""

    name: str
    rules: Rules
    caught_in: str = "render"
    expected: str = field(default="")
    """The invariant that is to tell it, by the beginning of its name."""
