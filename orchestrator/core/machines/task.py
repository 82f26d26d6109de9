"""The states of a task: the unit that is leased to a node."""

from __future__ import annotations

from orchestrator.core.machines.machine import Machine, Move

_HELD = ("leased", "running")
_ENDED_BADLY = ("failed", "cancelled", "quarantined")

TASK = Machine(
    name="task",
    start="blocked",
    moves=(
        Move("unblock", ("blocked",), "queued"),
        Move("lease", ("queued",), "leased"),
        Move("run", ("leased",), "running"),
        Move("succeed", _HELD, "succeeded"),
        Move("requeue", _HELD, "queued"),
        Move("fail", _HELD, "failed"),
        Move("quarantine", _HELD, "quarantined"),
        Move("cancel", ("blocked", "queued", *_HELD), "cancelled"),
        Move("revive", _ENDED_BADLY, "queued"),
        Move("revive_blocked", _ENDED_BADLY, "blocked"),
        Move("hold_back", _HELD, "blocked"),
        Move("reopen", ("succeeded",), "blocked"),
    ),
    terminal=("succeeded", "failed", "cancelled", "quarantined"),
)
