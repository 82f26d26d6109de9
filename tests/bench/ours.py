"""Our queue at work: the desk that claims, and the statements that enqueue and complete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from orchestrator.core.scheduling import fairness
from orchestrator.store.render import moves, settling, tasks
from orchestrator.store.render.queue import Leased
from orchestrator.store.render.settling import Claimed
from orchestrator.store.render.tasks import NewTask, NewTasks
from orchestrator.usecases.batches.claims import ClaimDesk
from orchestrator.usecases.batches.gather import Gather
from orchestrator.wire.agent import ClaimRequest
from orchestrator.wire.tasks import ResultReport
from tests.support.farm import TENANT, Agent, Farm, open_farm

DONE = ResultReport(token="1." + "0" * 32, outcome="succeeded")
BEAT_EVERY_S = 8.0
LANES = 2
Ends = tuple[Agent, list[Leased]]


@dataclass
class Ours:
    """Enqueue, claim and complete as the server does, with attempts, fence and events."""

    farm: Farm
    ending: Gather[Ends, int] = field(init=False)
    class_id: int = 0
    finish: int = 0
    inserting: asyncio.Lock = field(default_factory=asyncio.Lock)
    known: list[Agent] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the desk where completions wait for one another."""
        self.ending = Gather(self._complete, most=256, at_once=2)

    async def prepare(self) -> None:
        """Make the class of the tasks."""
        digest = "0" * 64
        document = {"kind": "bind", "engine": "preview"}
        found = await tasks.ensure_classes(self.farm.deps.db.session(), {digest: document})
        self.class_id = found[digest]

    async def enqueue(self, count: int, at_once: int = 2_500) -> None:
        """Insert renders of `at_once` tasks each, two at a time."""
        sizes = [min(at_once, count - start) for start in range(0, count, at_once)]
        await asyncio.gather(*(self._enqueue_all(sizes[lane::LANES]) for lane in range(LANES)))

    async def _enqueue_all(self, sizes: Sequence[int]) -> None:
        for size in sizes:
            await self._enqueue(size)

    async def _enqueue(self, size: int) -> None:
        """Insert one render: job, event, tasks and queue rows in a transaction."""
        job_id = await self._job()
        rows = []
        for place in range(size):
            share = fairness.tag(0, self.finish, 1)
            self.finish = share.finish
            rows.append(self._task(place, share.start))
        async with self.farm.deps.db.transaction() as session:
            await moves.append_event(
                session, tenant_id=TENANT, job_id=job_id, kind="state", data={"state": "queued"}
            )
            await tasks.insert_many(session, NewTasks(TENANT, job_id, None, 50, 3), rows)

    def _task(self, place: int, vtime: int) -> NewTask:
        return NewTask("bind", 0, place, "queued", self.class_id, None, vtime, 1, {}, [])

    async def _job(self) -> UUID:
        job_id = uuid4()
        insert = (
            "INSERT INTO render.render_jobs (id, tenant_id, project_id, engine, request)"
            " VALUES ($1, $2, $1, 'preview', '{}')"
        )
        async with self.inserting:
            await self.farm.look.execute(insert, job_id, TENANT)
        return job_id

    async def agents(self, count: int, slots: int) -> list[Agent]:
        """Register agents."""
        found = [await self.farm.node(slots=slots) for _ in range(count)]
        self.known += found
        return found

    async def live(self) -> None:
        """Send every agent's signs of life for as long as it is let: leases end without them."""
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            await asyncio.gather(*(agent.beat() for agent in self.known))

    async def claim(self, agent: Agent, slots: int) -> list[Leased]:
        """Claim through the desk where all claims of an orchestrator meet."""
        request = ClaimRequest(
            request_id=uuid4(), session_id=agent.session_id, slots=slots, wait_s=0
        )
        return await self.farm.deps.shared(ClaimDesk).lease(agent.node_id, request, 0)

    async def work(self, agent: Agent, slots: int, until: int | None = None) -> int:
        """Claim and complete until nothing is left, or so many are done."""
        done = 0
        while until is None or done < until:
            leased = await self.claim(agent, slots)
            if not leased:
                break
            done += await self.ending.ask((agent, leased))
        return done

    async def _complete(self, ends: Sequence[Ends]) -> list[int | Exception]:
        """End what many agents finished in one statement: each row behind its fence."""
        done = [
            (Claimed(agent.node_id, *lease), DONE) for agent, leased in ends for lease in leased
        ]
        ended = await settling.succeed(self.farm.deps.db.batches(), done)
        return [sum(lease.task_id in ended for lease in leased) for _, leased in ends]

    async def drain(self, agents: Sequence[Agent], slots: int) -> int:
        """Let all agents work until nothing is left; give how many tasks were done."""
        return sum(await asyncio.gather(*(self.work(agent, slots) for agent in agents)))

    async def timed_drain(self, agents: Sequence[Agent], slots: int, count: int) -> float:
        """Drain what is queued, which must be `count` tasks; give tasks per second."""
        begin = time.perf_counter()
        done = await self.drain(agents, slots)
        took = time.perf_counter() - begin
        if done != count:
            raise RuntimeError(f"{done} tasks were completed, {count} were queued")
        return count / took


@asynccontextmanager
async def ours(dsn: str, folder: Path) -> AsyncIterator[Ours]:
    """Open our queue on a migrated database."""
    async with open_farm(dsn, folder, poll_every_s=5) as farm:
        queue = Ours(farm)
        await queue.prepare()
        living = asyncio.create_task(queue.live())
        try:
            yield queue
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)


async def tidy(look: asyncpg.Connection[Any]) -> None:
    """Bring the statistics up to date, as autovacuum does in its own time."""
    for table in ("tasks", "task_queue", "attempts", "job_events"):
        await look.execute(f"VACUUM ANALYZE render.{table}")
