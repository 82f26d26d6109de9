"""The states of a webhook and of what is sent to it."""

from __future__ import annotations

from orchestrator.core.machines.machine import Machine, Move

WEBHOOK = Machine(
    name="webhook",
    start="active",
    moves=(
        Move("pause", ("active",), "paused"),
        Move("disable", ("active",), "disabled"),
        Move("resume", ("paused", "disabled"), "active"),
    ),
    terminal=(),
)

DELIVERY = Machine(
    name="delivery",
    start="pending",
    moves=(
        Move("take", ("pending",), "delivered"),
        Move("give_up", ("pending",), "failed"),
        Move("replay", ("pending", "delivered", "failed"), "pending"),
    ),
    terminal=("delivered", "failed"),
)
