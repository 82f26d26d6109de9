"""The loops: wake-ups, epoch, janitor, and work that goes on through faults."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.errors import Conflict, Unavailable
from orchestrator.loops import start_loops
from orchestrator.loops.keep import keep
from orchestrator.usecases.farm.epoch import marker, settle_epoch
from orchestrator.usecases.farm.janitor import clean
from tests.support.farm import Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, reaper_every_s=0.05, poll_every_s=60) as opened:
        yield opened


async def test_a_loop_outlives_what_its_work_raises() -> None:
    calls: list[int] = []
    done = asyncio.Event()

    async def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise Unavailable("The database is away.")
        done.set()

    task = asyncio.create_task(keep("work", work, every_s=0.01, limit_s=1))
    await asyncio.wait_for(done.wait(), 60)
    assert not task.done()
    task.cancel()


async def test_a_rest_that_is_over_puts_a_task_back_and_wakes_claims(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await node.fail(grant)
    assert await node.claim() == ()
    async with start_loops(farm.deps):
        await farm.look.execute("UPDATE render.tasks SET not_before = now()")
        (again,) = await node.claim(wait_s=30)
    assert again.attempt == 2


async def test_wake_ups_go_on_when_the_listening_connection_is_cut(farm: Farm) -> None:
    node = await farm.node()
    async with start_loops(farm.deps):
        heard = farm.deps.wakeups.count
        await farm.deps.wakeups.wait(60, since=heard or None)
        before = farm.deps.wakeups.count
        await farm.look.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        await farm.deps.wakeups.wait(60, since=before)
        waiting = asyncio.create_task(node.claim(wait_s=30))
        job = await farm.job("0-9")
        (grant,) = await waiting
    assert grant.job_id == job


async def test_a_database_from_the_past_raises_its_epoch_and_leaps_ahead(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    assert await settle_epoch(farm.deps) == 1
    assert await farm.deps.objects.stat(marker(1)) is not None
    assert await settle_epoch(farm.deps) == 1
    await farm.look.execute("UPDATE render.farm_epoch SET epoch = 4")
    assert await settle_epoch(farm.deps) == 4
    await farm.look.execute("UPDATE render.farm_epoch SET epoch = 3")
    assert await settle_epoch(farm.deps) == 5
    with pytest.raises(Conflict):
        await node.claim()
    await node.register()
    (grant,) = await node.claim()
    assert grant.token.startswith("5.")
    assert grant.attempt == 4001


async def test_the_janitor_deletes_leftovers_and_keeps_what_is_published(farm: Farm) -> None:
    await farm.job("0-9", plan="split")
    node = await farm.node()
    (bind,) = await node.claim()
    bound = await node.upload(bind, "bound", "bound.aep", 0)
    await node.succeed(bind, bound)
    (chunk,) = await node.claim()
    await node.frames(chunk, "0-9", upload=True)
    await node.succeed(chunk, frames_done="0-9")
    (export,) = await node.claim()
    video = await node.upload(export, "video", "video.mp4", 10)
    await node.succeed(export, video)
    stray = await node.upload(export, "poster", "never-reported.jpg", 0)
    assert await clean(farm.deps) == 0
    await farm.look.execute(
        "UPDATE render.render_jobs SET finished_at = finished_at - interval '7 hours'"
    )
    assert await clean(farm.deps) == 2, "its bound copy, then the rest of it"
    assert await farm.deps.objects.stat(bound.key) is None
    assert await farm.deps.objects.stat(stray.key) is None
    assert await farm.deps.objects.stat(video.key) is not None
    assert await farm.look.fetchval("SELECT count(*) FROM render.frame_results") == 0
    kept = await farm.look.fetch("SELECT DISTINCT type FROM render.job_events ORDER BY type")
    assert [row["type"] for row in kept] == ["export", "state", "task"]
    assert await clean(farm.deps) == 0
