"""What a round of claims decides: who may get how much, and what each one got."""

from __future__ import annotations

from collections import Counter

from orchestrator.core.scheduling.matching import Asking
from orchestrator.store.render.queue import Asker, Leased
from orchestrator.usecases.batches.abilities import KnownNodes
from orchestrator.usecases.batches.line import Waiter


def free_slots(waiters: list[Waiter]) -> list[int]:
    """Give how many tasks may be chosen for each waiter: as many as it asks for.

    The claim itself refuses those that may not have them. Who was refused a moment ago has been
    looked at, and gets what is left to its session.
    """
    given: Counter[int] = Counter()
    found = []
    for one in waiters:
        slots, now, one.standing = one.slots, one.standing, None
        if now is not None:
            left = now.free - given[one.session_id]
            slots = max(0, min(slots, left)) if now.node_state == "online" else 0
            given[one.session_id] += slots
        found.append(0 if one.is_answered else slots)
    return found


def ask_for(
    waiters: list[Waiter], chosen: list[tuple[int, int]], known: KnownNodes
) -> tuple[list[Asker], list[tuple[int, int]]]:
    """Turn what was chosen, (place in `waiters`, task id), into a claim: (task id, its asker)."""
    askers: list[Asker] = []
    places: dict[int, int] = {}
    needed: Counter[int] = Counter()
    for place, count in Counter(place for place, _ in chosen).items():
        one, places[place] = waiters[place], len(askers)
        needed[one.session_id] += count
        epoch = known.epoch(one.session_id) or 0
        request_id, slots = one.request.request_id, needed[one.session_id]
        askers.append(Asker(one.node_id, request_id, one.session_id, epoch, slots))
    return askers, [(task_id, places[place]) for place, task_id in chosen]


def look_again(waiters: list[Waiter], asking: list[Asking], chosen: list[tuple[int, int]]) -> None:
    """Let those be looked at again whom a list that was cut left with nothing.

    It ends: each round serves some, or counts a miss of those for whom it chose.
    """
    served = {place for place, _ in chosen}
    for place, one in enumerate(waiters):
        one.again = asking[place].slots > 0 and place not in served


def hand_out(waiters: list[Waiter], chosen: list[tuple[int, int]], leased: list[Leased]) -> bool:
    """Give everybody what was leased; True when somebody got nothing of what was chosen.

    Others took it, or it was refused: they are looked at again.
    """
    rows = {lease[0]: lease for lease in leased}
    got: dict[int, list[Leased]] = {}
    for place, task_id in chosen:
        own = got.setdefault(place, [])
        if task_id in rows:
            own.append(rows[task_id])
    for place, leases in got.items():
        if leases:
            waiters[place].give(leases)
        else:
            waiters[place].again = waiters[place].miss()
    return not all(got.values())
