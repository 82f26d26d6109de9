"""A task that a node lost or failed goes to other nodes first, where others can do it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.usecases.farm.sweep import sweep
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.nodes.moves import move_node
from orchestrator.wire.agent import Capabilities, EngineInfo
from orchestrator.wire.failures import FailureClass
from tests.support.farm import TENANT, Agent, Farm, open_farm

pytestmark = pytest.mark.usefixtures("others_have_long")
OTHER = EngineInfo(kind="aftereffects", version="26.0", major=26)


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def _rested(farm: Farm) -> None:
    """Cut rests after failures short."""
    await farm.look.execute("UPDATE render.tasks SET not_before = now() WHERE not_before > now()")
    await farm.deps.db.session().execute("queue_due")


async def _wait_for_others(farm: Farm) -> None:
    """Let the time pass that others have."""
    for table in ("tasks", "task_queue"):
        await farm.look.execute(f"UPDATE render.{table} SET shy_until = now()")


async def _falls_silent(farm: Farm, node: Agent) -> None:
    await farm.end_grace()
    await farm.age_sessions(40, node)
    assert (await sweep(farm.deps)).expired == 1
    await node.register()


async def test_what_took_an_agent_down_goes_to_another_node_first(farm: Farm) -> None:
    await farm.job("0-9")
    poisoned, other = await farm.node(), await farm.node()
    (grant,) = await poisoned.claim()
    await poisoned.interrupt(grant, agent_died=True)
    await _rested(farm)
    assert await poisoned.claim() == ()
    (again,) = await other.claim()
    assert again.task_id == grant.task_id


async def test_what_a_node_lost_or_failed_goes_to_another_node_first(farm: Farm) -> None:
    await farm.job("0-9")
    first, second, third = [await farm.node() for _ in range(3)]
    (grant,) = await first.claim()
    await _falls_silent(farm, first)
    assert await first.claim() == ()
    (grant,) = await second.claim()
    await second.fail(grant, FailureClass.NODE)
    await _rested(farm)
    assert (await first.claim(), await second.claim()) == ((), ())
    assert (await third.render((await third.claim())[0])).task_state == "succeeded"


async def test_it_comes_back_when_no_other_took_it_in_time(farm: Farm) -> None:
    await farm.job("0-9")
    poisoned, _ = await farm.node(), await farm.node()
    (grant,) = await poisoned.claim()
    await poisoned.interrupt(grant, agent_died=True)
    await _rested(farm)
    assert await poisoned.claim() == ()
    await _wait_for_others(farm)
    assert (await poisoned.claim())[0].task_id == grant.task_id


async def test_it_comes_back_at_once_where_no_other_can_do_it(farm: Farm) -> None:
    await farm.job("0-9")
    alone, drains = await farm.node(), await farm.node()
    await farm.node(able=Capabilities(engines=(OTHER,), cores=2, memory_bytes=2**34))
    await move_node(farm.deps.db, drains.node_id, "drain")
    (grant,) = await alone.claim()
    await alone.interrupt(grant, agent_died=True)
    await _rested(farm)
    assert (await alone.claim())[0].task_id == grant.task_id


async def test_it_comes_back_at_once_when_every_node_has_tried_it(farm: Farm) -> None:
    await farm.job("0-9")
    nodes = [await farm.node() for _ in range(2)]
    for node in nodes:
        (grant,) = await node.claim()
        await node.fail(grant)
        await _rested(farm)
    assert (await nodes[0].claim())[0].task_id == grant.task_id


async def test_an_interruption_and_a_retry_blame_no_node(farm: Farm) -> None:
    job = await farm.job("0-9")
    node, _ = await farm.node(), await farm.node()
    (grant,) = await node.claim()
    await node.interrupt(grant)
    (grant,) = await node.claim()
    await node.fail(grant, FailureClass.VALUES)
    await retry(farm.deps, TENANT, job)
    assert (await node.claim())[0].task_id == grant.task_id


async def test_a_node_gets_what_stands_behind_many_tasks_that_it_is_not_to_have(
    farm: Farm,
) -> None:
    node, _ = await farm.node(slots=64), await farm.node()
    for _ in range(40):
        await farm.job("0-9")
    await farm.look.execute(
        "UPDATE render.task_queue SET shy_of = ARRAY[$1::uuid],"
        " shy_until = now() + interval '1 minute'",
        node.node_id,
    )
    last = await farm.job("0-9")
    (grant,) = await node.claim()
    assert grant.job_id == last


async def test_an_attempt_that_was_lost_says_why(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    await node.claim()
    await farm.end_grace()
    await farm.age_sessions(40, node)
    await sweep(farm.deps)
    await node.register()
    await node.claim()
    await node.register()
    (grant,) = await node.claim()
    await node.interrupt(grant, agent_died=True)
    rows = await farm.look.fetch("SELECT outcome, failure_code FROM render.attempts ORDER BY 1, 2")
    assert [tuple(row) for row in rows] == [
        ("lost", "agent_died"), ("lost", "lease_dropped"), ("lost", "node_silent"),
    ]  # fmt: skip


async def test_a_lost_attempt_that_goes_on_after_all_forgets_why(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await farm.end_grace()
    await farm.age_sessions(40, node)
    await sweep(farm.deps)
    await node.register(grant)
    assert (await node.render(grant)).task_state == "succeeded"
    row = await farm.look.fetchrow("SELECT outcome, failure_code FROM render.attempts")
    assert row is not None
    assert tuple(row) == ("succeeded", None)
