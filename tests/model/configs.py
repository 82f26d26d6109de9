"""The bounded farms that are explored: small ones in every run, larger ones in the long run."""

from __future__ import annotations

from tests.model.state import Config

_SMALL = (
    Config("render", faults=2, kinds=frozenset({"crash", "cancel", "fail", "retry", "stop"})),
    Config("frames", frames=2, faults=1, kinds=frozenset({"crash", "cancel", "fail"})),
    Config("sessions", faults=2, kinds=frozenset({"crash", "register", "give_up", "lie", "bar"})),
    Config("restore", faults=2, kinds=frozenset({"restore"})),
    Config("blame", faults=2, kinds=frozenset({"fail", "node_fails", "final", "retry"})),
    Config("losses", agents=3, faults=4, kinds=frozenset({"retry"})),
    Config("alone", agents=1, faults=3, kinds=frozenset({"node_fails"})),
)
SMALL = {config.name: config for config in _SMALL}
"""Explored to the end in every run, by name."""

LARGE = (
    SMALL["render"]._replace(name="render, 3 faults", faults=3),
    SMALL["frames"]._replace(name="frames, 2 faults", faults=2),
    SMALL["sessions"]._replace(name="sessions, 3 faults", faults=3),
    SMALL["restore"]._replace(
        name="restore, 3 faults", faults=3, kinds=frozenset({"restore", "crash", "cancel", "retry"})
    ),
    SMALL["blame"]._replace(name="blame, 3 faults", faults=3),
    SMALL["losses"]._replace(name="losses, 3 faults", faults=3, kinds=frozenset({"cancel"})),
)
"""Explored in the long run, each up to a number of states."""

LIMITS = {"losses": 5_000}
"""Explored so far only in an ordinary run: farther than its mutants need to be told."""

FLOORS = {
    "render": 33_000,
    "frames": 5_000,
    "sessions": 23_000,
    "restore": 50_000,
    "blame": 13_000,
    "losses": 5_000,
    "alone": 6_000,
}
"""So many states there are at least: a model that shrank by mistake proves less."""

_WORK = {"claim granted", "grant", "progress accepted", "result accepted", "uploads"}
_LATE = {"progress refused", "result refused", "lease expires early", "result again"}

HAPPENS = {
    "render": _WORK | _LATE | {"cancel", "restarts kept", "restarts lost", "rest is over"},
    "frames": _WORK | _LATE | {"frame accepted", "frame refused", "restarts kept"},
    "sessions": _WORK | _LATE | {"registers again kept", "registers again lost", "ends: lie"},
    "restore": _WORK | _LATE | {"backup", "restore"},
    "blame": _WORK | _LATE | {"retry", "ends: final", "rest is over"},
    "losses": _WORK | _LATE,
    "alone": _WORK | _LATE | {"ends: node_fails"},
}
"""What must come to pass in each, so that nothing holds because nothing happens."""
