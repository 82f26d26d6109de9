"""The slot machine: what one slot of the agent does, as a table of states and events."""

from __future__ import annotations

from typing import Literal

State = Literal[
    "idle", "claiming", "working", "reporting", "cooling", "recovering", "draining", "stopped"
]
Event = Literal[
    "ready",
    "nothing",
    "granted",
    "ended",
    "lost",
    "node_broken",
    "reported",
    "cooled",
    "forced",
    "recovered",
    "drain",
    "resume",
    "stop",
]


class Illegal(Exception):
    """Say that an event does not fit the state; the state stays."""


TABLE: dict[tuple[State, Event], State] = {
    ("idle", "ready"): "claiming",
    ("idle", "drain"): "draining",
    ("idle", "forced"): "recovering",
    ("recovering", "recovered"): "idle",
    ("recovering", "stop"): "stopped",
    ("claiming", "nothing"): "idle",
    ("claiming", "granted"): "working",
    ("working", "ended"): "reporting",
    ("working", "lost"): "idle",
    ("working", "node_broken"): "cooling",
    ("reporting", "reported"): "idle",
    ("reporting", "lost"): "idle",
    ("cooling", "cooled"): "idle",
    ("draining", "resume"): "idle",
    ("idle", "stop"): "stopped",
    ("claiming", "stop"): "stopped",
    ("working", "stop"): "stopped",
    ("reporting", "stop"): "stopped",
    ("cooling", "stop"): "stopped",
    ("draining", "stop"): "stopped",
}


def move(state: State, event: Event) -> State:
    """Give the next state; raises Illegal and names both when the table has no such move."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Illegal(f"A slot that is {state} knows no {event}.") from None
