"""A node at work hears at once that its job was cancelled, however rare its signs of life are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.usecases.agents.calls import HELD, Calls, wait_for_call
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.wire.agent import CallRequest
from tests.support.farm import TENANT, Agent, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def listening(farm: Farm) -> AsyncIterator[None]:
    heard = farm.deps.shared(Calls).heard
    task = asyncio.create_task(farm.deps.wakeups.listen(heard))
    await farm.deps.wakeups.wait(60, since=0)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def called(farm: Farm, node: Agent, wait_s: float) -> bool:
    request = CallRequest(session_id=node.session_id, wait_s=wait_s)
    return (await wait_for_call(farm.deps, node.node_id, request)).beat


@pytest.mark.usefixtures("listening")
async def test_only_the_node_whose_job_is_cancelled_is_called(farm: Farm) -> None:
    job = await farm.job("0-9")
    node, other = await farm.node(), await farm.node()
    (grant,) = await node.claim()
    waits = [asyncio.create_task(called(farm, one, 20)) for one in (node, other)]
    await asyncio.sleep(0)
    await cancel(farm.deps.db, TENANT, job)
    assert await waits[0]
    assert not waits[1].done()
    answer = await node.beat(grant)
    assert [ref.task_id for ref in answer.cancelled] == [grant.task_id]
    farm.deps.stopping.set()
    assert not await waits[1]


async def test_a_node_holds_a_few_calls_open_and_no_more(farm: Farm) -> None:
    node = await farm.node()
    waits = [asyncio.create_task(called(farm, node, 20)) for _ in range(HELD + 3)]
    for wait in waits[:3]:
        assert not await wait
    assert not any(wait.done() for wait in waits[3:])
    farm.deps.stopping.set()
    assert await asyncio.gather(*waits) == [False] * len(waits)


@pytest.mark.usefixtures("listening")
async def test_a_call_that_crossed_a_sign_of_life_is_heard_once(farm: Farm) -> None:
    job = await farm.job("0-9")
    node, other = await farm.node(), await farm.node()
    await node.claim()
    waiting = asyncio.create_task(called(farm, other, 20))
    await asyncio.sleep(0)
    await cancel(farm.deps.db, TENANT, job)
    farm.deps.shared(Calls).heard(f"call {other.node_id}")
    assert await waiting
    assert await called(farm, node, 20)
    assert not await called(farm, node, 0)


async def test_what_is_no_call_calls_nobody(farm: Farm) -> None:
    calls = farm.deps.shared(Calls)
    for payload in ("", "node 00000000-0000-0000-0000-000000000001"):
        calls.heard(payload)
    node = await farm.node()
    assert not await called(farm, node, 0)
