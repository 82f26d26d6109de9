"""What keeps a node from taking work, decided from what it measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """Be what a machine has left, or must have left, to take work."""

    disk_bytes: int
    memory_bytes: int


def conditions(
    left: Room,
    needed: Room,
    *,
    has_engine: bool,
    recovering: bool = False,
    can_write: bool = True,
) -> tuple[str, ...]:
    """Name every reason to take no work; none means that the node is fit."""
    found = (
        ("disk_pressure", left.disk_bytes < needed.disk_bytes),
        ("disk_unwritable", not can_write),
        ("memory_pressure", left.memory_bytes < needed.memory_bytes),
        ("engine_missing", not has_engine),
        ("recovering", recovering),
    )
    return tuple(name for name, holds in found if holds)
