"""Every move of the machines in real SQL: allowed exactly where the tables allow it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.core.machines.job import JOB
from orchestrator.core.machines.node import NODE
from orchestrator.core.machines.task import TASK
from orchestrator.store.render import moves, nodes, tasks
from orchestrator.wire.failures import Failure, FailureClass
from tests.support.farm import Agent, Farm, open_farm

WHY = Failure(failure_class=FailureClass.NODE, code="c", message="m")


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_every_node_move_agrees_with_the_table(farm: Farm) -> None:
    node = await farm.node()
    for state in NODE.states:
        for move in NODE.moves:
            await farm.look.execute(
                "UPDATE render.nodes SET state = $2, state_reason = 'r', quarantined_at = now(),"
                " retired_at = CASE WHEN $2 = 'retired' THEN now() END WHERE id = $1",
                node.node_id,
                state,
            )
            moved = await nodes.move(farm.deps.db.session(), node.node_id, move.event, "r")
            now = await farm.look.fetchval(
                "SELECT state FROM render.nodes WHERE id = $1", node.node_id
            )
            assert moved == (state in move.sources), (state, move.event)
            assert now == (move.target if moved else state)


def _job_columns(state: str) -> str:
    """Give the columns that the constraints ask for in a state."""
    ended = "now()" if state in JOB.terminal else "NULL"
    failed = "'c', 'node', 'm'" if state == "failed" else "NULL, NULL, NULL"
    started = "NULL" if state == "queued" else "now()"
    frames = "frames_total" if state == "done" else "0"
    return f"{ended}, {started}, {frames}, {failed}"


async def test_every_job_move_agrees_with_the_table(farm: Farm) -> None:
    job = await farm.job("0-9")
    for state in JOB.states:
        for move in JOB.moves:
            await farm.look.execute(
                "UPDATE render.render_jobs SET (state, finished_at, started_at, frames_done,"
                f" failure_code, failure_class, failure_message) = ('{state}',"
                f" {_job_columns(state)}) WHERE id = $1",
                job,
            )
            failure = WHY if move.target == "failed" else None
            moved = await moves.move(farm.deps.db.session(), job, move.event, failure)
            assert (moved is not None) == (state in move.sources), (state, move.event)
            assert await farm.job_state(job) == (move.target if moved else state)


async def test_every_task_move_agrees_with_the_table(farm: Farm) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    task_id = await farm.look.fetchval("SELECT id FROM render.tasks WHERE job_id = $1", job)
    for state in TASK.states:
        for move in TASK.moves:
            if move.event == "lease":
                continue  # The claim: it moves the queue's row, which only queued tasks have.
            await _put_task(farm, node, task_id, state)
            moved = await _move_task(farm, job, task_id, move.event)
            assert moved == (state in move.sources), (state, move.event)
            assert (await farm.task(task_id))["state"] == (move.target if moved else state)


async def _put_task(farm: Farm, node: Agent, task_id: int, state: str) -> None:
    await farm.look.execute(
        "UPDATE render.tasks SET state = $2, attempt = 1, leased_at = now(), started_at = now(),"
        " queued_at = now(), not_before = NULL, failure_code = 'c', failure_class = 'node',"
        " failure_message = 'm',"
        " session_id = CASE WHEN $2 IN ('leased', 'running') THEN 1 END,"
        " node_id = CASE WHEN $2 IN ('leased', 'running') THEN $3::uuid END,"
        " finished_at = CASE WHEN $2 = ANY($4) THEN now() END WHERE id = $1",
        task_id,
        state,
        node.node_id,
        list(TASK.terminal),
    )


async def _move_task(farm: Farm, job: UUID, task_id: int, event: str) -> bool:
    session = farm.deps.db.session()
    if event == "unblock":
        return await tasks.unblock(session, task_id, {}, [])
    if event == "run":
        return await tasks.run(session, task_id)
    if event == "succeed":
        return await tasks.succeed(session, task_id, [])
    if event == "requeue":
        return await tasks.requeue(
            session, task_id, rest_s=0, failures=0, interruptions=0, shy_of=None, shy_s=0
        )
    if event in {"fail", "quarantine"}:
        reason = ("c", "node", "m")
        return await tasks.end(session, task_id, event, failures=0, reason=reason)
    if event == "cancel":
        return task_id in await tasks.cancel_of_job(session, job)
    if event in {"hold_back", "reopen"}:
        return await tasks.hold_back(session, task_id, event)
    return task_id in await tasks.revive(session, [task_id], event)
