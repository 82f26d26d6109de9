"""Decide what one sweep of the reaper may expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

BRAKE_LEASES = 10
BRAKE_NODES = 5
SLICE = 10


@dataclass(frozen=True, slots=True)
class Sweep:
    """Remember the last sweep: its time, until when nothing expires, and the brake's hold."""

    at: datetime | None = None
    grace_until: datetime | None = None
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """Count leases and the nodes that hold them: all, and those past their deadline."""

    leases: int
    nodes: int
    overdue_leases: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """Say what this sweep does; `limit` is how many leases may expire (0 = none)."""

    action: Literal["expire", "grace", "hold"]
    limit: int
    alarm: bool
    memory: Sweep


def rule(now: datetime, last: Sweep, census: Census, ttl_s: float) -> Ruling:
    """Rule on one sweep.

    A gap above half a TTL since the last sweep was our own outage: for one full TTL nothing
    expires, because agents could not renew. When more than half of at least 10 leases on at
    least 5 nodes would expire at once, the fault is more likely ours or the network's: hold for
    one TTL with an alarm, then go in slices.
    """
    ttl = timedelta(seconds=ttl_s)
    grace = last.grace_until
    if last.at is None or now - last.at > ttl / 2:
        grace = now + ttl
    if grace is not None and now < grace:
        return Ruling("grace", 0, alarm=False, memory=Sweep(now, grace, None))
    if not _is_mass(census):
        return Ruling("expire", census.overdue_leases, alarm=False, memory=Sweep(now, None, None))
    if last.hold_until is None:
        return Ruling("hold", 0, alarm=True, memory=Sweep(now, None, now + ttl))
    if now < last.hold_until:
        return Ruling("hold", 0, alarm=False, memory=Sweep(now, None, last.hold_until))
    return Ruling("expire", SLICE, alarm=True, memory=Sweep(now, None, last.hold_until))


def _is_mass(census: Census) -> bool:
    return (
        census.leases >= BRAKE_LEASES
        and census.nodes >= BRAKE_NODES
        and census.overdue_leases * 2 > census.leases
    )
