"""Fair share between tenants: start-time fair queueing, decided once, at enqueue."""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_CEILING = 100
CREDIT_MOST = 2_000
"""How much virtual time, in frames, a deadline may gain: some videos' worth."""
CREDIT_FROM_S = 6 * 3600.0
"""So long before its deadline a job begins to gain."""


class Tags(NamedTuple):
    """Hold a task's virtual start, which orders the queue, and the tenant's next start."""

    start: int
    finish: int


def tag(head: int, last_finish: int, cost: int, weight: int = 1, credit: int = 0) -> Tags:
    """Give the virtual times of work that costs `cost` units.

    A tenant with much in the queue waits behind its own last finish; one that was idle starts
    at the queue's head: it neither saves up nor pays for the past. A double weight halves the
    cost, so it gets twice the share. A credit lets this work start earlier and leaves the tenant's
    next start where it is: who has deadlines for all is `credit` ahead once, not served faster.
    """
    # Virtual time begins where a credit can still be given: the first orders gain by it too.
    start = max(head, last_finish, CREDIT_MOST)
    return Tags(start - min(credit, CREDIT_MOST), start + max(1, cost // max(1, weight)))


def deadline_credit(left_s: float | None) -> int:
    """Give the virtual time that work gains which is due in `left_s` seconds; None is never due.

    Nothing until CREDIT_FROM_S before it is due, then more by the second up to CREDIT_MOST: of two
    orders made together, the one that is due sooner comes first. It is never more, so work without
    a deadline waits for at most so many frames of each other tenant longer.
    """
    if left_s is None:
        return 0
    gone = 1 - max(0.0, min(left_s, CREDIT_FROM_S)) / CREDIT_FROM_S
    return round(CREDIT_MOST * gone)


def clamp_priority(wanted: int, ceiling: int | None) -> int:
    """Keep a job's priority within 0 and the tenant's ceiling."""
    return max(0, min(wanted, DEFAULT_CEILING if ceiling is None else ceiling))
