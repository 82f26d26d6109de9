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
from orchestrator.store.render.queue import Leased
from orchestrator.usecases.batches import rounds
from orchestrator.usecases.batches.abilities import KnownNodes
from orchestrator.usecases.batches.entry import Entry
from orchestrator.usecases.batches.flights import Flights
from orchestrator.usecases.batches.line import Key, Line, Waiter
from orchestrator.wire.agent import ClaimRequest

AFFINITY_WINDOW = 500
"""How many frames of virtual time a bundle that the node has in its cache may jump ahead."""
ROUND = 128
"""How many claims a round serves: fewer than wait when many do, so that rounds and results can
be under way at the same time."""
AT_ONCE, MANY = 2, 32
"""A second round begins beside the first when so many claims wait."""
PACE_S, CROWD = 0.04, 200
"""How far apart batches of newcomers begin, each of which costs a few statements, in a farm of so
many nodes: fewer cannot ask too often."""
TICK_S = 0.2
TASKS_IN_ROUND = 1024
SPARE = 16
BUNDLES_IN_ROUND = 200
ID_MAX = 2**63


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
        self._flights = Flights()
        self._entry = Entry(self._enter, most=ROUND, pace_s=self._pace_s)
        self._ticking: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None

    async def lease(self, node_id: UUID, request: ClaimRequest, wait_s: float) -> list[Leased]:
        """Give what a claim gets, waiting up to `wait_s`; the list may be empty.

        The same request again while the first one waits gets its answer. Raises Conflict
        (`session_lost`) when the session is over.
        """
        key = (node_id.int, request.request_id.int)
        waiter = self._asked.get(key)
        if waiter is None:
            loop = asyncio.get_running_loop()
            waiter = Waiter(key, node_id, request, loop.time() + wait_s)
            waiter.leaving = wait_s <= 0 or self._deps.stopping.is_set()
            self._asked[key] = waiter
            # Before anything is read for it: work that comes while it is looked up wakes too.
            if self._watching is None:
                self._watching = asyncio.create_task(self._watch())
            self._entry.put(waiter)
            if self._ticking is None:
                self._ticking = loop.call_later(TICK_S, self._tick)
        answer = waiter.ask()
        try:
            return await answer
        finally:
            if waiter.forget(answer):
                del self._asked[key]

    def _pace_s(self) -> float:
        return PACE_S if self._known.count > CROWD else 0

    def _tick(self) -> None:
        """Let those go whose time is over: one timer for all, many claims wait."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for waiter in list(self._asked.values()):
            if waiter.until <= now and not waiter.leaving:
                waiter.leaving = True
                if waiter.line is not None:
                    waiter.line.leave(waiter)
        self._ticking = loop.call_later(TICK_S, self._tick) if self._asked else None

    async def _enter(self, asked: Sequence[Waiter]) -> None:
        """Line newcomers up; those of sessions that we do not know are looked at first."""
        strange = [one for one in asked if self._known.epoch(one.session_id) is None]
        if strange:
            await self._check(strange)
        new = [one for one in asked if not one.is_answered]
        bundles = {one.session_id: one.request.bundles for one in new}
        await self._known.learn(self._deps.db.claims(), bundles)
        for one in new:
            one.bundle_ids = self._known.bundle_ids(one.request.bundles)
            if one.is_asked:
                self._stand(one)

    async def _check(self, waiters: Sequence[Waiter]) -> None:
        """Answer requests that are repeats, refuse those whose session is over."""
        session = self._deps.db.claims()
        named = [
            (number if number < ID_MAX else None, one.node_id, one.request.request_id)
            for one, number in ((one, one.session_id) for one in waiters)
        ]
        classes, found = await sessions.enter(session, named)
        repeats = [one for one, (_, is_repeat) in zip(waiters, found, strict=True) if is_repeat]
        if repeats:
            await self._repeat(repeats)
        for one, (standing, _) in zip(waiters, found, strict=True):
            one.checked, one.standing = True, standing
            if standing is None:
                one.refuse(_over())
            else:
                self._known.note_epoch(one.session_id, standing.epoch)
        if self._known.lacks(classes) and await self._known.learn_classes(session):
            self._stand_anew()

    def _line_of(self, waiter: Waiter) -> Line:
        class_ids = self._known.served(waiter.session_id)
        line = self._lines.get(class_ids)
        if line is None:
            line = self._lines[class_ids] = Line(class_ids)
        return line

    def _stand(self, waiter: Waiter) -> None:
        """Put a waiter into its line, and see to it that somebody looks at it."""
        line = self._line_of(waiter)
        line.stand(waiter)
        self._run(line)

    def _stand_anew(self) -> None:
        """Put everybody into the line of what they can serve now."""
        waiters = [one for line in self._lines.values() for one in line.waiters.values()]
        for line in self._lines.values():
            line.waiters, line.fresh = {}, {}
        self._lines.clear()
        for one in waiters:
            self._stand(one)

    def _run(self, line: Line) -> None:
        """Begin a round when none is under way, and another one when many wait."""
        if not line.running or (len(line.fresh) >= MANY and len(line.running) < AT_ONCE):
            task = asyncio.create_task(self._rounds(line))
            line.running.add(task)
            task.add_done_callback(line.running.discard)

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
                    self._stir(line)
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            for waiter in list(self._asked.values()):
                waiter.refuse(error)
        finally:
            self._watching = None

    def _stir(self, line: Line) -> None:
        """Look at all in a line once more; for the last time when the server stops."""
        line.stir()
        if self._deps.stopping.is_set():
            for waiter in list(line.waiters.values()):
                line.leave(waiter)
        self._run(line)

    async def _rounds(self, line: Line) -> None:
        """Serve a line until nobody in it is fresh."""
        task = asyncio.current_task()
        try:
            while line.fresh:
                waiters = line.take(ROUND)
                try:
                    await self._round(line, waiters)
                except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                    for one in waiters:
                        one.refuse(error)
                finally:
                    for one in line.put_down(waiters):
                        self._stand(one)
        finally:
            if task is not None:
                line.running.discard(task)
            if not line.waiters and self._lines.get(line.class_ids) is line:
                del self._lines[line.class_ids]

    async def _round(self, line: Line, waiters: list[Waiter]) -> None:
        stirs, session = line.stirs, self._deps.db.claims()
        wanted = sum(one.slots for one in waiters)
        bundle_ids = sorted(frozenset().union(*(one.bundle_ids for one in waiters)))
        bundle_ids = bundle_ids[-BUNDLES_IN_ROUND:]
        limit = min(wanted, TASKS_IN_ROUND) + SPARE
        before = self._flights.chosen()
        limit += len(before) + line.shy
        listed = []
        if line.class_ids:
            listed = await queue.candidates(session, line.class_ids, bundle_ids, limit)
        if not listed:
            await self._check_new(waiters)
            line.nothing(stirs)
            return
        ready = self._flights.left(listed, before)
        if not ready:
            for one in waiters:
                one.again = True
            await self._flights.landed()
            return
        strange = [one for one in waiters if self._known.epoch(one.session_id) is None]
        if strange:
            await self._check(strange)
        free = rounds.free_slots(waiters)
        asking = [
            Asking(n, one.bundle_ids, one.node_id) for one, n in zip(waiters, free, strict=True)
        ]
        chosen = match(asking, ready, AFFINITY_WINDOW)
        shy = sum(1 for one in listed if one.shy_of)
        deeper = line.sees_deeper(shy)
        if len(listed) >= limit and (deeper or chosen):
            rounds.look_again(waiters, asking, chosen)
        if not chosen:
            await self._check_new(waiters)
        try:
            with self._flights.flying({task_id for _, task_id in chosen}):
                leased = await self._claim(waiters, chosen) if chosen else []
        except Duplicate:
            # The same request at another orchestrator was faster: its answer is this one's too.
            leased = []
        if rounds.hand_out(waiters, chosen, leased):
            await self._check([one for one in waiters if not one.is_answered])

    async def _check_new(self, waiters: Sequence[Waiter]) -> None:
        """Look at those whom nobody has looked at, for they may wait a while."""
        unchecked = [one for one in waiters if not one.checked]
        if unchecked:
            await self._check(unchecked)

    async def _claim(self, waiters: list[Waiter], chosen: list[tuple[int, int]]) -> list[Leased]:
        """Lease what was chosen, (place in `waiters`, task id)."""
        askers, tasks = rounds.ask_for(waiters, chosen, self._known)
        secret = secrets.token_bytes(16 * len(tasks))
        return await queue.claim(self._deps.db.claims(), askers, tasks, secret)

    async def _repeat(self, waiters: list[Waiter]) -> None:
        """Answer those whose request was answered before with the same."""
        named = [(one.node_id, one.request.request_id) for one in waiters]
        answers = await queue.answered(self._deps.db.claims(), named)
        for one, name in zip(waiters, named, strict=True):
            if name in answers:
                one.give(answers[name])


def _over() -> Conflict:
    return Conflict("This session is over. Register again.", "session_lost")
