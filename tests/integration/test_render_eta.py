"""A render says when it will be done, by its template's history and by who waits before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.core.scheduling.pace import Pace
from orchestrator.store.render.plans import pace
from orchestrator.usecases.events.follow import follow
from orchestrator.usecases.renders.eta import Crowd
from orchestrator.usecases.renders.look import get_render, list_renders
from orchestrator.wire.agent import Usual
from orchestrator.wire.renders import JobEvent, Render
from tests.support.farm import TENANT, Farm, open_farm

PACE = Pace(5, 20.0, 15.0, 10.0, 5.0, 2.0, 3.0, 0.1, spread=0.25)
WHOLE_S = 20 + 30 + 9 * 2 + 1


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def shown(farm: Farm, job: UUID) -> Render:
    farm.deps._shared.pop(Crowd, None)
    return await get_render(farm.deps, TENANT, job)


async def with_history(farm: Farm) -> UUID:
    job = await farm.job("0-9")
    project = await farm.look.fetchval(
        "SELECT project_id FROM render.render_jobs WHERE id = $1", job
    )
    await pace.write(farm.deps.db.session(), TENANT, project, "preview", PACE)
    return job


async def test_without_a_history_or_a_node_nothing_is_foretold(farm: Farm) -> None:
    assert (await shown(farm, await farm.job("0-9"))).eta_p50_s is None
    assert (await shown(farm, await with_history(farm))).eta_p50_s is None


async def test_a_render_at_the_front_needs_what_its_template_needs_and_one_behind_waits(
    farm: Farm,
) -> None:
    first = await with_history(farm)
    second = await with_history(farm)
    node = await farm.node()
    one, two = await shown(farm, first), await shown(farm, second)
    assert one.eta_p50_s == pytest.approx(WHOLE_S + 2)
    assert one.wait_s == 0
    assert two.wait_s is not None
    assert two.wait_s > 0
    assert one.eta_p90_s is not None
    assert one.eta_p50_s is not None
    assert one.eta_p90_s > one.eta_p50_s
    (grant,) = await node.claim()
    await node.progress(grant, "bind", 1, 1)
    await node.progress(grant, "frames", 9, 10)
    nearly = (await shown(farm, first)).eta_p50_s
    assert nearly is not None
    assert nearly < 5
    assert all(
        one.eta_p50_s is None for one in await list_renders(farm.deps, TENANT, None, 9, None)
    )
    told = [one async for batch in _batches(farm, first) for one in batch if "stages" in one.data]
    assert told[-1].data["eta_p50_s"] == pytest.approx(nearly, abs=1)
    await node.render(grant)
    assert (await shown(farm, first)).eta_p50_s is None


async def test_a_grant_tells_the_node_what_the_template_usually_takes(farm: Farm) -> None:
    await with_history(farm)
    await farm.job("0-9")
    node = await farm.node(slots=2)
    known, unknown = await node.claim(2)
    assert known.usual == Usual(launch_s=15, open_s=10, first_frame_s=5, frame_s=3)
    assert unknown.usual is None


async def _batches(farm: Farm, job: UUID) -> AsyncIterator[list[JobEvent]]:
    async for batch in follow(farm.deps, TENANT, job, 0):
        if not batch:
            return
        yield batch
