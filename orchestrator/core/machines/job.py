"""The states of a job: one render of one project, as its client sees it."""

from __future__ import annotations

from orchestrator.core.machines.machine import Machine, Move

_ACTIVE = ("queued", "preparing", "rendering", "validating", "exporting")

JOB = Machine(
    name="job",
    start="queued",
    moves=(
        Move("prepare", ("queued",), "preparing"),
        Move("render", ("preparing",), "rendering"),
        Move("validate", ("rendering",), "validating"),
        Move("export", ("validating",), "exporting"),
        Move("finish", ("exporting",), "done"),
        Move("fail", _ACTIVE, "failed"),
        Move("cancel", _ACTIVE, "cancelled"),
        Move("retry", ("failed",), "queued"),
        Move("repair", ("validating", "exporting"), "rendering"),
        Move("reopen", ("done",), "validating"),
    ),
    terminal=("done", "failed", "cancelled"),
)

FORWARD = ("prepare", "render", "validate", "export", "finish")
"""The events of a job that goes well, in order."""

STAGE_STATE = {
    "bind": "preparing",
    "frames": "rendering",
    "verify": "validating",
    "export": "exporting",
}
"""Which state a job is in while an attempt reports progress of a stage."""


def path(state: str, target: str) -> tuple[str, ...]:
    """Give the events that lead forward from one state to another; none when it lies behind.

    Attempts lead a job only forward: one that starts over does not take its job back. Frames that
    must be made again do, by the event `repair`.
    """
    events: list[str] = []
    for event in FORWARD:
        if state == target:
            return tuple(events)
        if state in JOB.move(event).sources:
            state = JOB.target(event)
            events.append(event)
    return tuple(events) if state == target else ()
