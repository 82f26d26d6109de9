"""A farm under random events at once: whatever the order, the books must agree at the end."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.errors import Conflict, FarmError, LeaseLost
from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.retry import retry
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Grant
from tests.support.farm import TENANT, Agent, Farm, open_farm

QUEUE_AGREES = """
SELECT t.id, t.state, q.ready, q.attempt AS queue_attempt, t.attempt
  FROM render.tasks AS t FULL JOIN render.task_queue AS q ON q.id = t.id
 WHERE (q.id IS NOT NULL AND (t.id IS NULL OR q.attempt <> t.attempt
        OR q.ready <> (t.state = 'queued') OR q.session_id IS DISTINCT FROM t.session_id))
    OR (q.id IS NULL AND t.state IN ('leased', 'running'))
    OR (q.id IS NULL AND t.state = 'queued' AND t.not_before IS NULL)
"""
ATTEMPTS_AGREE = """
SELECT t.id, t.state, t.attempt, count(a.*) AS tries, max(a.attempt) AS latest
  FROM render.tasks AS t LEFT JOIN render.attempts AS a ON a.task_id = t.id
 GROUP BY t.id
HAVING t.attempt <> count(a.*) OR t.attempt <> coalesce(max(a.attempt), 0)
    OR (t.state IN ('leased', 'running')) <> (count(*) FILTER (WHERE a.granted_at IS NOT NULL
        AND a.outcome IS NULL) = 1)
    OR (count(*) FILTER (WHERE a.outcome = 'succeeded') = 1) <> (t.state = 'succeeded')
"""
JOBS_AGREE = """
SELECT j.id, j.state FROM render.render_jobs AS j
 WHERE (j.state = 'done') <> EXISTS (
         SELECT FROM render.exports AS e JOIN render.attempts AS a
           ON a.task_id = e.task_id AND a.attempt = e.attempt AND a.outcome = 'succeeded'
          WHERE e.job_id = j.id AND e.kind = 'video')
    OR (j.state = 'done') <> j.usage_counted
    OR (j.finished_at IS NOT NULL AND EXISTS (
         SELECT FROM render.tasks AS t WHERE t.job_id = j.id
            AND t.state IN ('blocked', 'queued', 'leased', 'running')))
"""


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


@dataclass
class World:
    """Hold the farm's parts that random events happen to; one lock per plain connection."""

    farm: Farm
    dice: random.Random
    agents: list[Agent]
    jobs: list[UUID] = field(default_factory=list)
    held: list[tuple[Agent, Grant]] = field(default_factory=list)
    look: asyncio.Lock = field(default_factory=asyncio.Lock)
    odd: list[Exception] = field(default_factory=list)

    async def order(self) -> None:
        """Order a job of one kind or the other."""
        async with self.look:
            plan = self.dice.choice(["single", "split"])
            self.jobs.append(await self.farm.job("0-9", plan=plan))

    async def claim(self) -> None:
        """Let a node claim."""
        agent = self.dice.choice(self.agents)
        self.held += [(agent, grant) for grant in await agent.claim(2)]

    async def report(self) -> None:
        """Let a lease, perhaps a stale one, be reported on; ends may be told twice."""
        if not self.held:
            return
        agent, grant = self.dice.choice(self.held)
        how = self.dice.random()
        if how < 0.5:
            await finish(agent, grant)
            if self.dice.random() < 0.3:
                await finish(agent, grant)
        elif how < 0.7:
            await agent.interrupt(grant)
        elif how < 0.85:
            await agent.fail(grant, self.dice.choice(list(FailureClass)))
        else:
            await agent.progress(grant, "frames", 5, 10)

    async def live(self) -> None:
        """Let a node beat or start anew, offering whatever it ever held."""
        agent = self.dice.choice(self.agents)
        own = {grant.task_id: grant for who, grant in self.held if who is agent}
        if self.dice.random() < 0.5:
            await agent.beat(*own.values())
        else:
            await agent.register(*own.values())

    async def silence(self) -> None:
        """Let a node fall silent and the reaper come."""
        async with self.look:
            await self.farm.end_grace()
            await self.farm.age_sessions(40, self.dice.choice(self.agents))
        await sweep(self.farm.deps)

    async def decide(self) -> None:
        """Let a client cancel or retry."""
        if self.jobs:
            job_id = self.dice.choice(self.jobs)
            if self.dice.random() < 0.5:
                await cancel(self.farm.deps.db, TENANT, job_id)
            else:
                await retry(self.farm.deps, TENANT, job_id)

    async def hurry(self) -> None:
        """Let every rest and every quarantine be over."""
        async with self.look:
            await self.farm.look.execute(
                "UPDATE render.tasks SET not_before = now() WHERE not_before > now()"
            )
            await self.farm.look.execute("UPDATE render.nodes SET probe_at = now()")
        await sweep(self.farm.deps)

    async def one(self, act: str) -> None:
        """Do one thing; refusals that the protocol knows are no fault."""
        try:
            await getattr(self, act)()
        except (LeaseLost, Conflict):
            pass
        except FarmError as error:
            self.odd.append(error)


async def finish(agent: Agent, grant: Grant) -> None:
    """Do a task's work as far as the server sees it, and report success."""
    spec = grant.spec
    if spec.kind == "bind":
        await agent.succeed(grant, await agent.upload(grant, "bound", "bound.aep", 0))
    elif spec.kind == "frames":
        await agent.frames(grant, spec.frames, upload=True)
        await agent.succeed(grant, frames_done=spec.frames)
    else:
        await agent.render(grant)


ACTS = ["order", *["claim"] * 4, *["report"] * 6, "live", "silence", "decide", "hurry"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_books_agree_after_random_events_at_once(
    farm: Farm, seed: int, long_run: bool
) -> None:
    dice = random.Random(seed)
    world = World(farm, dice, [await farm.node(slots=3) for _ in range(4)])
    for _ in range(200 if long_run else 25):
        acts = dice.choices(ACTS, k=8)
        await asyncio.gather(*(world.one(act) for act in acts))
    assert world.odd == []
    await _agrees(farm)
    await _settle(world)
    await _agrees(farm)
    left = "SELECT count(*) FROM render.render_jobs WHERE finished_at IS NULL"
    assert await farm.look.fetchval(left) == 0
    assert await farm.look.fetchval("SELECT count(*) FROM render.task_queue") == 0


async def _settle(world: World) -> None:
    """Let one good node finish everything that is left."""
    farm = world.farm
    await farm.look.execute("UPDATE render.tasks SET not_before = now() WHERE state = 'queued'")
    good = await farm.node("good", slots=64)
    await farm.end_grace()
    await farm.age_sessions(4000, *world.agents)
    for _ in range(60):
        await farm.end_grace()
        await sweep(farm.deps)
        for grant in await good.claim(64):
            await finish(good, grant)


async def _agrees(farm: Farm) -> None:
    for check in (QUEUE_AGREES, ATTEMPTS_AGREE, JOBS_AGREE):
        assert [dict(row) for row in await farm.look.fetch(check)] == []
