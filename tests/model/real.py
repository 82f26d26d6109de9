"""Act the model's steps out on a real farm, and compare what the database then holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from orchestrator.errors import Conflict, LeaseLost
from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.nodes.trust import probe
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Grant, Output
from tests.model.state import (
    BROKEN,
    BY_NODE,
    CLOSED,
    COUNTED,
    DONE,
    FINAL,
    HANDED_BACK,
    JOB_STATES,
    LOST,
    OPEN,
    REPORTED,
    REPORTING,
    TASK_STATES,
    WORKING,
    World,
)
from tests.model.steps import Step
from tests.support.farm import TENANT, Agent, Farm, refs

FRAMES = 10
_CLASS = {
    BROKEN: FailureClass.UNKNOWN,
    BY_NODE: FailureClass.NODE,
    FINAL: FailureClass.VALUES,
}
_OUTCOME = {
    OPEN: None, DONE: "succeeded", BROKEN: "failed", BY_NODE: "failed", FINAL: "failed",
    HANDED_BACK: "interrupted", LOST: "lost", CLOSED: "interrupted",
}  # fmt: skip
_ROW = ("absent", "ready", "held")
_LOOK = """
SELECT t.state, t.attempt, t.node_id, j.state AS job, j.retries, j.usage_counted,
       CASE WHEN q.id IS NULL THEN 'absent' WHEN q.ready THEN 'ready' ELSE 'held' END AS row,
       CASE WHEN t.shy_until > now() THEN t.shy_of ELSE '{}' END AS shy_of,
       CASE WHEN q.ready AND q.shy_until > now() THEN q.shy_of
            WHEN t.shy_until > now() THEN t.shy_of ELSE '{}' END AS shy_in_queue,
       ARRAY(SELECT o.dedupe_key FROM render.outbox AS o WHERE o.job_id = j.id) AS outbox,
       ARRAY(SELECT e.object_key FROM render.exports AS e WHERE e.job_id = j.id) AS published
  FROM render.tasks AS t
  JOIN render.render_jobs AS j ON j.id = t.job_id
  LEFT JOIN render.task_queue AS q ON q.id = t.id
 WHERE t.id = $1
"""
_TRIES = """
SELECT attempt, node_id, outcome, counted, reply IS NOT NULL AS answered
  FROM render.attempts WHERE task_id = $1 ORDER BY attempt
"""


@dataclass
class RealFarm:
    """Be a job with one task and some nodes; model agents and tokens map to real ones."""

    farm: Farm
    job_id: UUID
    task_id: int
    agents: list[Agent]
    grants: dict[tuple[int, int], Grant] = field(default_factory=dict)
    """By (agent, model's token)."""
    outputs: dict[tuple[int, int], Output] = field(default_factory=dict)
    requests: dict[tuple[int, int], UUID] = field(default_factory=dict)

    @classmethod
    async def make(cls, farm: Farm, agents: int) -> RealFarm:
        """Order a job and enrol nodes."""
        job_id = await farm.job(f"0-{FRAMES - 1}")
        task_id = await farm.look.fetchval("SELECT id FROM render.tasks WHERE job_id = $1", job_id)
        return cls(farm, job_id, task_id, [await farm.node() for _ in range(agents)])

    async def end(self) -> None:
        """Leave nothing that another farm on this database could claim or count."""
        with suppress(Conflict):
            await cancel(self.farm.deps.db, TENANT, self.job_id)
        await self.farm.look.execute(
            "UPDATE render.nodes SET state = 'retired', retired_at = now() WHERE id = ANY($1)",
            [agent.node_id for agent in self.agents],
        )

    async def act(self, before: World, step: Step) -> None:
        """Do for real what a step of the model says; its answer must be the real one."""
        acts: dict[str, Callable[[World, Step], Awaitable[None]]] = {
            "claim": self._claim,
            "uploads": self._upload,
            "progress": self._progress,
            "result": self._result,
            "result, unheard": self._result,
            "restarts": self._register,
            "registers again": self._register,
            "old registration": self._register,
            "lease expires": self._expire,
            "lease expires early": self._expire,
            "is told that its lease is over": self._told,
            "is released": self._release,
        }
        if step.name in acts:
            await acts[step.name](before, step)
        elif step.name == "cancel":
            await cancel(self.farm.deps.db, TENANT, self.job_id)
        elif step.name == "retry":
            await retry(self.farm.deps, TENANT, self.job_id)
        elif step.name == "rest is over":
            await self._rest("now()")
            await self.farm.deps.db.session().execute("queue_due")
        elif step.name == "others had their time":
            for table in ("tasks", "task_queue"):
                await self.farm.look.execute(
                    f"UPDATE render.{table} SET shy_until = now() WHERE id = $1", self.task_id
                )

    async def beat(self, world: World, number: int) -> None:
        """Send a sign of life: it tells exactly a lease that is over."""
        model, agent = world.agents[number], self.agents[number]
        busy = model.phase in {WORKING, REPORTING}
        held = [self.grants[number, model.token]] if busy else []
        answer = await agent.beat(*held)
        task = world.task
        current = (task.owner, task.attempt, task.token) == (number, model.attempt, model.token)
        over = refs(*held) if busy and not current else ()
        assert sorted([*answer.cancelled, *answer.lost], key=str) == sorted(over, key=str)

    # Steps

    async def _claim(self, before: World, step: Step) -> None:
        del before
        request = self.requests.setdefault((step.agent, step.message[1]), uuid4())
        grants = await self.agents[step.agent].claim(request_id=request)
        assert [grant.task_id for grant in grants] == [self.task_id] * (step.answer == "granted")
        for grant in grants:
            token = step.after.task.token
            known = self.grants.setdefault((step.agent, token), grant)
            assert (grant.attempt, grant.token) == (step.after.task.attempt, known.token)

    async def _upload(self, before: World, step: Step) -> None:
        lease = (step.agent, before.agents[step.agent].token)
        agent = self.agents[step.agent]
        self.outputs[lease] = await agent.upload(self.grants[lease], "video", "video.mp4", FRAMES)

    async def _progress(self, before: World, step: Step) -> None:
        del before
        grant = self.grants[step.agent, step.message[2]]
        done = self.agents[step.agent].progress(grant, "frames", 1, FRAMES)
        assert await _answer(done) == step.answer

    async def _result(self, before: World, step: Step) -> None:
        del before
        outcome, lease = step.message[3], (step.agent, step.message[2])
        agent, grant = self.agents[step.agent], self.grants[lease]
        done: Awaitable[Any]
        if outcome == DONE:
            output = self.outputs.get(lease) or self._invented(agent, grant)
            done = agent.succeed(grant, output, frames_done=f"0-{FRAMES - 1}")
        elif outcome == HANDED_BACK:
            done = agent.interrupt(grant)
        else:
            done = agent.fail(grant, _CLASS[outcome])
        expected = "accepted" if step.answer == "again" else step.answer
        assert await _answer(done) == expected
        await self._rest("now() + interval '1 hour'")

    def _invented(self, agent: Agent, grant: Grant) -> Output:
        """Describe an output that was never uploaded."""
        return Output(
            kind="video",
            key=f"attempts/{grant.job_id}/{grant.task_id}/{grant.attempt}/nothing.mp4",
            content_type="video/mp4",
            size_bytes=1,
            sha256="0" * 64,
        )

    async def _register(self, before: World, step: Step) -> None:
        del before
        token = step.message[2]
        held = [self.grants[step.agent, token]] if token else []
        answer = await self.agents[step.agent].register(*held)
        assert answer.kept == (refs(*held) if step.answer == "kept" else ())

    async def _expire(self, before: World, step: Step) -> None:
        """Let the holder be silent for longer than a TTL, and the reaper come."""
        agent = self.agents[before.task.owner]
        await self.farm.end_grace()
        await self.farm.age_sessions(40, agent)
        assert (await sweep(self.farm.deps)).expired == 1
        assert step.after.task.owner < 0
        await agent.register()

    async def _told(self, before: World, step: Step) -> None:
        await self.beat(before, step.agent)

    async def _release(self, before: World, step: Step) -> None:
        del before
        agent = self.agents[step.agent]
        await self.farm.look.execute(
            "UPDATE render.nodes SET probe_at = now() WHERE id = $1", agent.node_id
        )
        assert await probe(self.farm.deps.db) == 1
        model = step.after.agents[step.agent]
        busy = model.phase in {WORKING, REPORTING}
        await agent.beat(*([self.grants[step.agent, model.token]] if busy else []))

    async def _rest(self, until: str) -> None:
        """Move the end of a rest, so that only the model says when it is over."""
        await self.farm.look.execute(
            f"UPDATE render.tasks SET not_before = {until}"
            " WHERE id = $1 AND not_before IS NOT NULL",
            self.task_id,
        )

    # Comparison

    async def agrees(self, world: World) -> None:
        """Compare the database with the model's truth."""
        found = await self.farm.look.fetchrow(_LOOK, self.task_id)
        assert found is not None
        task = world.task
        names = [agent.node_id for agent in self.agents]
        sets = {name: set(found[name]) for name in ("outbox", "shy_of", "shy_in_queue")}
        shy_of = {name for name, one in zip(names, world.agents, strict=True) if one.node.shy}
        assert dict(found) | sets == {
            "shy_of": shy_of,
            "shy_in_queue": shy_of,
            "state": TASK_STATES[task.state],
            "attempt": task.attempt,
            "node_id": names[task.owner] if task.owner >= 0 else None,
            "job": JOB_STATES[task.job],
            "retries": task.retries,
            "usage_counted": JOB_STATES[task.job] == "done",
            "row": _ROW[task.row],
            "outbox": self._outbox(task.outbox),
            "published": [
                self.outputs[number, content].key
                for _, content in task.published
                for number in range(len(self.agents))
                if (number, content) in self.outputs
            ],
        }
        await self._tries_agree(world)
        states = await self.farm.look.fetch(
            "SELECT id, state = 'quarantined' AS barred, failures_in_row FROM render.nodes"
            " WHERE id = ANY($1)",
            names,
        )
        assert {row["id"]: (row["barred"], row["failures_in_row"]) for row in states} == {
            name: (bool(agent.node.barred), agent.node.streak)
            for name, agent in zip(names, world.agents, strict=True)
        }

    def _outbox(self, bits: int) -> set[str]:
        return {
            f"{self.job_id}:{retries}:{state}"
            for retries in range(3)
            for number, state in enumerate(JOB_STATES)
            if bits >> (retries * len(JOB_STATES) + number) & 1
        }

    async def _tries_agree(self, world: World) -> None:
        rows = await self.farm.look.fetch(_TRIES, self.task_id)
        tries = sorted(
            (one.attempt, self.agents[number].node_id, one.outcome)
            for number, agent in enumerate(world.agents)
            for one in agent.node.tries
        )
        assert [tuple(row) for row in rows] == [
            (attempt, node, _OUTCOME[outcome], outcome in COUNTED, outcome in REPORTED)
            for attempt, node, outcome in tries
        ]


async def _answer(done: Awaitable[Any]) -> str:
    try:
        await done
    except LeaseLost:
        return "refused"
    return "accepted"
