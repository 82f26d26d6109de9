"""What a single fault costs: a node lost inside a chunk, a task that kills its agents."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.bench.faults import CHUNK, lose_in_chunk
from tests.chaos.lab import lab
from tests.support.figures import figure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripted engine is POSIX")


async def test_a_node_lost_inside_a_chunk_costs_no_frame_but_those_in_flight(
    record_property: Callable[[str, object], None],
) -> None:
    async with lab(2, ttl_s=2.0, chunk_frames=CHUNK) as farm:
        again, in_flight = await lose_in_chunk(farm, "lost")
        assert again <= in_flight
        assert len(in_flight) < CHUNK // 2, "what was recorded is not in flight"
        record_property(figure("chaos", "frames drawn again"), len(again))


async def test_a_task_that_kills_its_agents_stops_after_three_nodes(long_run: bool) -> None:
    if not long_run:
        pytest.skip("it needs --long")
    async with lab(4, ttl_s=2.0) as farm:
        job = await farm.order("poison", 10, 0.05)
        assert await farm.until_ended(job) == "failed"
        nodes = await farm.look.fetchval(
            "SELECT count(DISTINCT a.node_id) FROM render.attempts AS a"
            " JOIN render.tasks AS t ON t.id = a.task_id WHERE t.job_id = $1",
            job,
        )
        assert nodes == 3
