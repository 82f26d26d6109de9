"""A waiting render changes its priority and deadline; a done one says what it cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from orchestrator.errors import Conflict, NotFound
from orchestrator.store.render import jobs
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.change import change
from orchestrator.wire.renders import RenderChange
from tests.support.farm import TENANT, Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_a_render_with_a_higher_priority_overtakes_those_before_it(farm: Farm) -> None:
    first, second, third = [await farm.job("0-9") for _ in range(3)]
    await change(farm.deps.db, TENANT, third, RenderChange(priority=80))
    await change(farm.deps.db, TENANT, first, RenderChange(priority=20))
    node = await farm.node(slots=3)
    served = [(await node.claim(1))[0].job_id for _ in range(3)]
    assert served == [third, second, first]


async def test_the_priority_that_a_render_has_costs_it_no_place_in_line(farm: Farm) -> None:
    first, second = [await farm.job("0-9") for _ in range(2)]
    await change(farm.deps.db, TENANT, first, RenderChange(priority=50))
    node = await farm.node(slots=2)
    served = [(await node.claim(1))[0].job_id for _ in range(2)]
    assert served == [first, second]


async def test_every_open_task_of_a_split_render_moves_and_what_is_at_work_goes_on(
    farm: Farm,
) -> None:
    job = await farm.job("0-99", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    await change(farm.deps.db, TENANT, job, RenderChange(priority=70))
    rows = await farm.look.fetch("SELECT state, priority FROM render.tasks WHERE job_id = $1", job)
    assert {row["priority"] for row in rows} == {70}
    assert [row["state"] for row in rows if row["state"] != "blocked"] == ["leased"]
    bound = await node.upload(bind, "bound", "bound.aep", 0)
    await node.succeed(bind, bound)
    lanes = await farm.look.fetch("SELECT DISTINCT priority FROM render.task_queue")
    assert [row["priority"] for row in lanes] == [70]


async def test_a_deadline_is_set_and_taken_away(farm: Farm) -> None:
    job = await farm.job("0-9")
    at = datetime.now(UTC) + timedelta(hours=1)

    async def deadline() -> datetime | None:
        row = await jobs.job_get(farm.deps.db.session(), TENANT, job)
        assert row is not None
        return row.deadline_at

    await change(farm.deps.db, TENANT, job, RenderChange(deadline_at=at))
    assert await deadline() == at
    await change(farm.deps.db, TENANT, job, RenderChange())
    assert await deadline() == at
    await change(farm.deps.db, TENANT, job, RenderChange.model_validate({"deadline_at": None}))
    assert await deadline() is None


async def _served(farm: Farm, count: int) -> list[UUID | None]:
    node = await farm.node(slots=count)
    return [(await node.claim(1))[0].job_id for _ in range(count)]


async def test_a_render_that_is_due_soon_overtakes_its_tenants_others_and_other_tenants_ones(
    farm: Farm,
) -> None:
    other = await farm.job("0-99", tenant=uuid4())
    late, never = await farm.job("0-99", due_in_s=5 * 3600), await farm.job("0-99")
    soon = await farm.job("0-99", due_in_s=600)
    assert await _served(farm, 4) == [soon, late, other, never]


async def test_a_deadline_set_later_gains_as_much_and_one_taken_away_loses_it(farm: Farm) -> None:
    jobs_ = [await farm.job("0-99") for _ in range(3)]
    places = "SELECT vtime FROM render.tasks ORDER BY id"
    before = await farm.look.fetch(places)
    soon = RenderChange(deadline_at=datetime.now(UTC) + timedelta(hours=5.7))
    await change(farm.deps.db, TENANT, jobs_[2], soon)
    moved = [row["vtime"] for row in await farm.look.fetch(places)]
    assert moved == [row["vtime"] for row in before[:2]] + [before[2]["vtime"] - 100]
    assert moved == [
        r["vtime"] for r in await farm.look.fetch(places.replace("tasks", "task_queue"))
    ]
    await change(farm.deps.db, TENANT, jobs_[2], RenderChange.model_validate({"deadline_at": None}))
    assert await farm.look.fetch(places) == before


async def test_what_has_ended_or_is_another_tenants_does_not_change(farm: Farm) -> None:
    job = await farm.job("0-9")
    with pytest.raises(NotFound):
        await change(farm.deps.db, uuid4(), job, RenderChange(priority=1))
    await cancel(farm.deps.db, TENANT, job)
    with pytest.raises(Conflict):
        await change(farm.deps.db, TENANT, job, RenderChange(priority=1))


async def test_a_done_render_tells_its_node_time_and_cost_once(farm: Farm) -> None:
    job = await farm.job("0-9")
    await farm.look.execute("UPDATE render.render_jobs SET cost_weight = 2 WHERE id = $1", job)
    node = await farm.node()
    (grant,) = await node.claim()
    await node.interrupt(grant)
    (grant,) = await node.claim()
    await farm.look.execute(
        "UPDATE render.attempts SET granted_at = granted_at - interval '1 hour' WHERE task_id = $1",
        grant.task_id,
    )
    await node.render(grant)
    row = await jobs.job_get(farm.deps.db.session(), TENANT, job)
    assert row is not None
    assert row.node_ms is not None
    assert 3_600_000 <= row.node_ms < 3_700_000
    used = await farm.look.fetchrow("SELECT node_ms, cost_units FROM identity.tenant_usage_daily")
    assert used is not None
    assert used["node_ms"] == row.node_ms
    assert used["cost_units"] == pytest.approx(row.node_ms / 1000 * 2)
