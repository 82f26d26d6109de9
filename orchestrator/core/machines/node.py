"""The states of a node: one machine of the farm."""

from __future__ import annotations

from orchestrator.core.machines.machine import Machine, Move

NODE = Machine(
    name="node",
    start="registered",
    moves=(
        Move("appear", ("registered", "offline"), "online"),
        Move("drain", ("registered", "online", "offline"), "draining"),
        Move("resume", ("draining",), "online"),
        Move("fall_silent", ("online", "draining"), "offline"),
        Move("quarantine", ("registered", "online", "draining", "offline"), "quarantined"),
        Move("release", ("quarantined",), "offline"),
        Move("retire", ("registered", "online", "draining", "offline", "quarantined"), "retired"),
    ),
    terminal=("retired",),
)
