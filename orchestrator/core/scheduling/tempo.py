"""Decide how often agents send signs of life: less often when they come too many or too late."""

from __future__ import annotations

from dataclasses import dataclass

BEATS_PER_S = 1_000.0
"""What one orchestrator hears at most: more nodes than that send less often."""
REPORTS_PER_S = 100.0
"""Reports of progress that one orchestrator takes at most: each is a transaction of its own."""
REPORT_S = 0.5
LATE_S = 1.0
CALM_S = 0.25
STRETCH, EASE = 1.5, 0.8
FACTOR_MAX = 3.0
LEASES = 3.0
"""A stretched lease lasts for so many signs of life at least: two may be lost."""


@dataclass(frozen=True, slots=True)
class Load:
    """Say how many nodes were heard of lately, and how late their signs of life were answered."""

    nodes: float
    late_s: float


def heartbeat(current_s: float, usual_s: float, load: Load) -> float:
    """Give the next interval between signs of life, from `usual_s` to three times that.

    It grows by half while answers come later than LATE_S and shrinks by a fifth while they come
    within CALM_S; between the two it stays, so that it does not swing.
    """
    wanted = current_s
    if load.late_s > LATE_S:
        wanted = current_s * STRETCH
    elif load.late_s < CALM_S:
        wanted = current_s * EASE
    least = max(usual_s, load.nodes / BEATS_PER_S)
    return min(max(wanted, least), usual_s * FACTOR_MAX)


def lease_ttl(heartbeat_s: float, usual_s: float, usual_ttl_s: float) -> float:
    """Give how long leases last at this interval: as set, and longer as signs of life are rarer."""
    if heartbeat_s <= usual_s:
        return usual_ttl_s
    return max(LEASES * heartbeat_s, usual_ttl_s * heartbeat_s / usual_s)


def report(nodes: float) -> float:
    """Give how far apart one attempt's reports of progress are, when so many nodes are heard of."""
    return max(REPORT_S, nodes / REPORTS_PER_S)
