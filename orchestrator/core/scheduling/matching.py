"""Match what waits to be done with the nodes that wait for work."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple
from uuid import UUID


class Asking(NamedTuple):
    """Be one claim: how many tasks its node takes, and the bundles that lie in its cache."""

    slots: int
    bundle_ids: frozenset[int] = frozenset()
    node_id: UUID | None = None


class Ready(NamedTuple):
    """Be one task that may be leased; every claim of a match can serve its class.

    Nodes in `shy_of` lost or failed it: as long as it is so, others get it.
    """

    task_id: int
    bundle_id: int | None
    priority: int
    vtime: int
    shy_of: Sequence[UUID] | None = None


def match(asking: Sequence[Asking], ready: Sequence[Ready], window: int) -> list[tuple[int, int]]:
    """Give each claim its tasks: (place in `asking`, task id), best tasks first.

    Priority decides, then virtual time, then the id. A bundle that a claim's node has in its
    cache counts as `window` units of virtual time earlier, and goes to that node; everything
    else goes to whoever has waited longest, in the order of `asking`. Tasks that are shy of every
    node here stay.
    """
    free = [claim.slots for claim in asking]
    holders: dict[int, list[int]] = {}
    for place in range(len(asking) - 1, -1, -1):
        for bundle_id in asking[place].bundle_ids:
            holders.setdefault(bundle_id, []).append(place)
    if not holders and not any(task.shy_of for task in ready):
        takers = (place for place, slots in enumerate(free) for _ in range(slots))
        in_order = sorted(ready, key=_rank)
        return [(place, task.task_id) for place, task in zip(takers, in_order, strict=False)]
    heap = [
        _key(task, None if task.shy_of else _holder(holders, task.bundle_id, free), window)
        for task in ready
    ]
    heapify(heap)
    first, matched = 0, []
    while heap:
        while first < len(free) and free[first] < 1:
            first += 1
        if first == len(free):
            break
        *_, was_held, task = heappop(heap)
        if task.shy_of:
            other = _other(asking, free, task.shy_of)
            if other is not None:
                free[other] -= 1
                matched.append((other, task.task_id))
            continue
        holder = _holder(holders, task.bundle_id, free)
        if was_held and holder is None:
            heappush(heap, _key(task, None, window))
            continue
        place = first if holder is None else holder
        free[place] -= 1
        matched.append((place, task.task_id))
    return matched


def _holder(holders: dict[int, list[int]], bundle_id: int | None, free: list[int]) -> int | None:
    """Give the first claim with a free slot whose node has the bundle."""
    places = holders.get(bundle_id, []) if bundle_id is not None else []
    while places and free[places[-1]] < 1:
        places.pop()
    return places[-1] if places else None


def _other(asking: Sequence[Asking], free: list[int], shy_of: Sequence[UUID]) -> int | None:
    """Give the first claim with a free slot whose node is none of these."""
    places = (n for n, one in enumerate(asking) if free[n] > 0 and one.node_id not in shy_of)
    return next(places, None)


def _rank(task: Ready) -> tuple[int, int, int]:
    return (-task.priority, task.vtime, task.task_id)


def _key(task: Ready, holder: int | None, window: int) -> tuple[int, int, int, bool, Ready]:
    is_held = holder is not None
    vtime = task.vtime - window if is_held else task.vtime
    return (-task.priority, vtime, task.task_id, is_held, task)
