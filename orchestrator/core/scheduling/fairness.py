"""Fair share between tenants: start-time fair queueing, decided once, at enqueue."""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_CEILING = 100


class Tags(NamedTuple):
    """Hold a task's virtual start, which orders the queue, and the tenant's next start."""

    start: int
    finish: int


def tag(head: int, last_finish: int, cost: int, weight: int = 1) -> Tags:
    """Give the virtual times of work that costs `cost` units.

    A tenant with much in the queue waits behind its own last finish; one that was idle starts
    at the queue's head: it neither saves up nor pays for the past. A double weight halves the
    cost, so it gets twice the share.
    """
    start = max(head, last_finish)
    return Tags(start, start + max(1, cost // max(1, weight)))


def clamp_priority(wanted: int, ceiling: int | None) -> int:
    """Keep a job's priority within 0 and the tenant's ceiling."""
    return max(0, min(wanted, DEFAULT_CEILING if ceiling is None else ceiling))
