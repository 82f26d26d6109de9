"""Why a render waits, asked of a real farm."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from orchestrator.errors import NotFound
from orchestrator.usecases.renders.waiting import why
from orchestrator.wire.failures import FailureClass
from tests.support.farm import TENANT, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, poll_every_s=600) as opened:
        yield opened


async def test_the_reason_follows_what_the_farm_does(farm: Farm) -> None:
    job = await farm.job("0-9", plan="split")

    async def code(place: int = 0) -> str:
        found = await why(farm.deps, TENANT, job, with_nodes=True)
        return found.tasks[place].code

    assert await code() == "no_node"
    node = await farm.node("one")
    assert await code() == "soon"
    assert await code(1) == "earlier_stage"
    first = await farm.job("0-9", priority=90)
    found = await why(farm.deps, TENANT, job, with_nodes=True)
    assert found.tasks[0].ahead == 0  # another class of tasks
    (grant,) = await node.claim()
    assert grant.job_id == first
    found = await why(farm.deps, TENANT, job, with_nodes=True)
    assert found.tasks[0].code == "slots_full"
    assert found.message == found.tasks[0].message
    assert [one.code for one in found.tasks[0].nodes[0].obstacles] == ["slots"]
    assert (await why(farm.deps, TENANT, first, with_nodes=True)).tasks == ()
    second = await farm.job("0-9", plan="split")
    assert (await why(farm.deps, TENANT, second, with_nodes=True)).at_work == 0
    await node.fail(grant, FailureClass.NODE)
    rest_s = await farm.look.fetchval(
        "UPDATE render.tasks SET not_before = not_before + interval '1 h'"
        " WHERE not_before > now() RETURNING extract(epoch FROM not_before - now())::float"
    )
    found = await why(farm.deps, TENANT, first, with_nodes=False)
    assert (found.tasks[0].code, found.tasks[0].nodes) == ("resting", ())
    assert rest_s - 60 < found.tasks[0].rest_s <= rest_s <= 3602
    assert "The last one failed: " in found.message


async def test_tasks_ahead_are_counted_and_other_tenants_learn_nothing(farm: Farm) -> None:
    await farm.node()
    jobs = [await farm.job("0-9") for _ in range(4)]
    found = await why(farm.deps, TENANT, jobs[3], with_nodes=True)
    assert found.tasks[0].ahead == 3
    with pytest.raises(NotFound):
        await why(farm.deps, uuid4(), jobs[3], with_nodes=True)
