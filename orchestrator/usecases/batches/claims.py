"""Serve all claims that wait at this orchestrator together: one statement leases for many."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Sequence
from uuid import UUID

from orchestrator.core.scheduling.matching import Asking, match
from orchestrator.deps import Deps
from orchestrator.errors import Conflict
from orchestrator.store.faults import Duplicate
from orchestrator.store.render import queue, sessions
from orchestrator.store.render.queue import Asker, Leased
from orchestrator.store.render.sessions import Standing
from orchestrator.usecases.batches.abilities import KnownNodes
from orchestrator.usecases.batches.gather import Gather
from orchestrator.usecases.batches.line import Key, Line, Waiter
from orchestrator.wire.agent import ClaimRequest

AFFINITY_WINDOW = 500
"""How many frames of virtual time a bundle that the node has in its cache may jump ahead."""
ROUND = 128
PACE_S = 0.04
"""How far apart batches of newcomers begin; each batch costs half a dozen statements."""
TASKS_IN_ROUND = 1024
SPARE = 16
BUNDLES_IN_ROUND = 200


class ClaimDesk:
    """Let claims wait in lines, and serve each line in rounds.

    A round lists what is ready, matches it with those who wait, and leases it in one statement.
    Work that comes wakes the desk once, not everybody who waits at it.
    """

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._known = KnownNodes()
        self._lines: dict[tuple[int, ...], Line] = {}
        self._asked: dict[Key, Waiter] = {}
        self._entry = Gather(self._enter, most=ROUND, at_once=2, pace_s=PACE_S)
        self._watching: asyncio.Task[None] | None = None

    async def lease(self, node_id: UUID, request: ClaimRequest, wait_s: float) -> list[Leased]:
        """Give what a claim gets, waiting up to `wait_s`; the list may be empty.

        The same request again while the first one waits gets its answer. Raises Conflict
        (`session_lost`) when the session is over.
        """
        key = (node_id, request.request_id)
        waiter = self._asked.get(key)
        is_first = waiter is None
        if waiter is None:
            waiter = self._asked[key] = Waiter(key, request)
        answer = waiter.ask()
        timer = None
        try:
            if is_first:
                await self._admit(waiter)
            if not answer.done():
                left_s = 0 if self._deps.stopping.is_set() else wait_s
                loop = asyncio.get_running_loop()
                timer = loop.call_later(left_s, self._leave, waiter)
            return await answer
        finally:
            if timer is not None:
                timer.cancel()
            if waiter.forget(answer):
                del self._asked[key]

    def _leave(self, waiter: Waiter) -> None:
        """Let a waiter go: not before somebody looked at it, nor while somebody does."""
        waiter.leaving = True
        if waiter.line is not None:
            if waiter.seen and waiter.line.running is None:
                waiter.give([])
            else:
                self._run(waiter.line)

    async def _admit(self, waiter: Waiter) -> None:
        """Answer a repeat at once; let anybody else stand in line."""
        try:
            leased = await self._entry.ask(waiter)
        except Exception as error:  # noqa: BLE001 - it belongs to those who ask
            waiter.refuse(error)
            return
        if leased is not None:
            waiter.give(leased)
        else:
            self._stand(waiter)

    async def _enter(self, asked: Sequence[Waiter]) -> list[list[Leased] | Exception | None]:
        """Answer requests that are repeats, refuse those whose session is over; None: new ones."""
        session = self._deps.db.claims()
        answers = await queue.answered(session, [one.key for one in asked])
        known = [(one.session_id, one.node_id) for one in asked if one.session_id < 2**63]
        standing = await sessions.check(session, known)
        open_ones = {one.session_id: one.md5s for one in asked if one.session_id in standing}
        await self._known.learn(session, open_ones)
        if await self._known.learn_classes(session):
            self._stand_anew()
        for one in asked:
            one.standing = standing.get(one.session_id)
            one.bundle_ids = self._known.bundle_ids(one.md5s)
        return [answers.get(one.key, None if one.standing else _over()) for one in asked]

    def _line_of(self, waiter: Waiter) -> Line:
        class_ids = self._known.served(waiter.session_id)
        return self._lines.setdefault(class_ids, Line(class_ids))

    def _stand(self, waiter: Waiter) -> None:
        """Put a waiter into its line, and see to it that somebody looks at it."""
        waiter.line, waiter.seen = self._line_of(waiter), 0
        waiter.line.waiters[waiter.key] = waiter
        self._run(waiter.line)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    def _stand_anew(self) -> None:
        """Put everybody into the line of what they can serve now."""
        waiters = [one for line in self._lines.values() for one in line.waiters.values()]
        self._lines.clear()
        for one in waiters:
            self._stand(one)

    def _run(self, line: Line) -> None:
        if line.running is None:
            line.running = asyncio.create_task(self._rounds(line))

    async def _watch(self) -> None:
        """At each wake-up, and now and then without one, look again for all who wait."""
        deps = self._deps
        heard = deps.wakeups.count
        try:
            while self._asked:
                poll = deps.settings.poll_every_s * random.uniform(0.8, 1.2)  # noqa: S311 - spreads
                await deps.wakeups.wait(poll, since=heard)
                heard = deps.wakeups.count
                if await self._known.learn_classes(deps.db.claims()):
                    self._stand_anew()
                for line in list(self._lines.values()):
                    line.stir(leaving=deps.stopping.is_set())
                    self._run(line)
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for waiter in list(self._asked.values()):
                waiter.refuse(error)
        finally:
            self._watching = None

    async def _rounds(self, line: Line) -> None:
        """Serve a line until nobody in it is unseen."""
        try:
            while line.waiters:
                line.dismiss()
                waiters = line.unseen(ROUND)
                if not waiters:
                    break
                try:
                    await self._round(line, waiters)
                except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                    for one in waiters:
                        one.refuse(error)
                line.sweep()
        finally:
            line.running = None
            if not line.waiters and self._lines.get(line.class_ids) is line:
                del self._lines[line.class_ids]

    async def _round(self, line: Line, waiters: list[Waiter]) -> None:
        stirs, session = line.stirs, self._deps.db.claims()
        wanted = sum(one.slots for one in waiters)
        bundle_ids = sorted(frozenset().union(*(one.bundle_ids for one in waiters)))
        bundle_ids = bundle_ids[-BUNDLES_IN_ROUND:]
        limit = min(wanted, TASKS_IN_ROUND) + SPARE
        ready = []
        if line.class_ids:
            ready = await queue.candidates(session, line.class_ids, bundle_ids, limit)
        if not ready:
            line.see(stirs)
            return
        free = await self._free_slots(waiters)
        asking = [Asking(now.free, one.bundle_ids) for one, now in zip(waiters, free, strict=True)]
        chosen = match(asking, ready, AFFINITY_WINDOW)
        _look_at(waiters, asking, chosen, stirs, more=len(ready) >= limit)
        try:
            leased = await self._claim(waiters, free, chosen)
        except Duplicate:
            # The same request at another orchestrator was faster: its answer is this one's too.
            leased = []
            await self._repeat(waiters)
        _hand_out(waiters, chosen, leased, stirs)

    async def _claim(
        self, waiters: list[Waiter], free: list[Standing], chosen: list[tuple[int, int]]
    ) -> list[Leased]:
        """Lease what was chosen, (place in `waiters`, task id)."""
        places: dict[int, int] = {}
        tasks = [(task_id, places.setdefault(place, len(places))) for place, task_id in chosen]
        askers = [
            Asker(one.node_id, one.request_id, one.session_id, free[place].epoch)
            for place, one in ((place, waiters[place]) for place in places)
        ]
        return await queue.claim(self._deps.db.claims(), askers, tasks, secrets.token_bytes(32))

    async def _free_slots(self, waiters: list[Waiter]) -> list[Standing]:
        """Give how many tasks each waiter may get now; refuse those whose session is over."""
        standing = await self._standing(waiters)
        given: dict[int, int] = {}
        found, full = [], []
        for one in waiters:
            now = standing.get(one.session_id)
            if now is None:
                one.refuse(_over())
            slots = 0
            if now is not None and now.node_state == "online":
                slots = max(0, min(one.slots, now.free - given.get(one.session_id, 0)))
                given[one.session_id] = given.get(one.session_id, 0) + slots
                full += [] if slots else [one]
            found.append(Standing(now.epoch if now else 0, "", slots))
        if full:
            # Perhaps filled by this very request on a connection that has broken since.
            await self._repeat(full)
        return found

    async def _standing(self, waiters: list[Waiter]) -> dict[int, Standing]:
        """Ask how sessions stand, unless that was asked a moment ago, when they entered."""
        asked = [(one.session_id, one.node_id) for one in waiters if one.standing is None]
        found = {one.session_id: one.standing for one in waiters if one.standing is not None}
        for one in waiters:
            one.standing = None
        session = self._deps.db.claims()
        return found | (await sessions.check(session, asked) if asked else {})

    async def _repeat(self, waiters: list[Waiter]) -> None:
        """Answer those whose request was answered before with the same."""
        answers = await queue.answered(self._deps.db.claims(), [one.key for one in waiters])
        for one in waiters:
            if one.key in answers:
                one.give(answers[one.key])


def _over() -> Conflict:
    return Conflict("This session is over. Register again.", "session_lost")


def _look_at(
    waiters: list[Waiter],
    asking: list[Asking],
    chosen: list[tuple[int, int]],
    stirs: int,
    *,
    more: bool,
) -> None:
    """Note who was looked at: not those whom a list that was cut left with nothing."""
    served = {place for place, _ in chosen}
    for place, one in enumerate(waiters):
        if not (more and asking[place].slots and place not in served and one.miss()):
            one.seen = max(one.seen, stirs)


def _hand_out(
    waiters: list[Waiter], chosen: list[tuple[int, int]], leased: list[Leased], stirs: int
) -> None:
    """Give everybody what was leased; those whose tasks others took are looked at again."""
    rows = {lease.task_id: lease for lease in leased}
    got: dict[int, list[Leased]] = {}
    for place, task_id in chosen:
        own = got.setdefault(place, [])
        if task_id in rows:
            own.append(rows[task_id])
    for place, leases in got.items():
        if leases:
            waiters[place].give(leases)
        elif waiters[place].miss():
            waiters[place].seen = stirs - 1
