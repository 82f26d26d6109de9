"""What a state machine is: states, moves, and the questions that one asks of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Illegal(Exception):
    """Say that an event cannot happen in a state; nothing was changed."""

    def __init__(self, machine: str, state: str, event: str, legal: Iterable[str]) -> None:
        allowed = ", ".join(legal) or "no state"
        super().__init__(f"A {machine} that is {state} cannot {event}; only from {allowed}.")
        self.machine = machine
        self.state = state
        self.event = event


@dataclass(frozen=True, slots=True)
class Move:
    """Lead from any of `sources` to `target`."""

    event: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Hold one table; every event has exactly one move, so a guard is a list of states."""

    name: str
    start: str
    moves: tuple[Move, ...]
    terminal: tuple[str, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Give every state in the order of the table."""
        named = [self.start]
        for move in self.moves:
            named += [*move.sources, move.target]
        return tuple(dict.fromkeys(named))

    @property
    def active(self) -> tuple[str, ...]:
        """Give the states that are not terminal."""
        return tuple(state for state in self.states if state not in self.terminal)

    def move(self, event: str) -> Move:
        """Give the move of an event; raise KeyError for one that the table does not know."""
        for move in self.moves:
            if move.event == event:
                return move
        raise KeyError(f"the {self.name} machine knows no event {event}")

    def sources(self, event: str) -> list[str]:
        """Give the from-states of an event: the guard of its SQL statement."""
        return list(self.move(event).sources)

    def target(self, event: str) -> str:
        """Give the state that an event leads to."""
        return self.move(event).target

    def after(self, state: str, event: str) -> str:
        """Give the state after an event; raise Illegal when the table does not allow it."""
        move = self.move(event)
        if state not in move.sources:
            raise Illegal(self.name, state, event, move.sources)
        return move.target


def mermaid(machine: Machine) -> str:
    """Draw a machine as a Mermaid state diagram, one arrow per source and target."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in machine.moves:
        for source in move.sources:
            arrows.setdefault((source, move.target), []).append(move.event)
    lines = ["stateDiagram-v2", f"    [*] --> {machine.start}"]
    lines += [f"    {a} --> {b}: {', '.join(events)}" for (a, b), events in arrows.items()]
    lines += [f"    {state} --> [*]" for state in machine.terminal]
    return "\n".join(lines)
