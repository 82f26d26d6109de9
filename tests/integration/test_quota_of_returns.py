"""What brings finished renders back is held to the quota of unfinished ones, as orders are."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.errors import TooMany
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.repairs.ask import repair
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.renders import RepairOrder
from tests.support.farm import TENANT, Agent, Farm, open_farm

ALLOWED = 2


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def allow(farm: Farm, count: int) -> None:
    """Let the tenant have so many unfinished renders."""
    await farm.look.execute("UPDATE identity.tenants SET active_jobs_max = $1", count)


async def failed(farm: Farm, node: Agent) -> UUID:
    """Make a job that failed."""
    job = await farm.job()
    (grant,) = await node.claim()
    await node.fail(grant, FailureClass.VALUES)
    assert await farm.job_state(job) == "failed"
    return job


async def done(farm: Farm, node: Agent) -> UUID:
    """Make a split job that is done."""
    job = await farm.job("0-3", plan="split")
    (bind,) = await node.claim()
    await node.succeed(bind, await node.upload(bind, "bound", "bound.aep", 0))
    (chunk,) = await node.claim()
    await node.frames(chunk, "0-3", upload=True)
    await node.succeed(chunk, frames_done="0-3")
    (export,) = await node.claim()
    video = await node.upload(export, "video", "video.mp4", 4)
    await node.succeed(export, video, frames_done="0-3")
    assert await farm.job_state(job) == "done"
    return job


async def active(farm: Farm) -> int:
    """Count the renders that are not finished."""
    count: int = await farm.look.fetchval(
        "SELECT count(*) FROM render.render_jobs WHERE finished_at IS NULL"
    )
    return count


async def test_failed_renders_tried_again_at_once_do_not_pass_the_quota(farm: Farm) -> None:
    node = await farm.node()
    jobs = [await failed(farm, node) for _ in range(6)]
    await allow(farm, ALLOWED)
    answers = await asyncio.gather(
        *(retry(farm.deps, TENANT, job) for job in jobs), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, TooMany)]
    assert [one.code for one in refused] == ["quota_jobs"] * (len(jobs) - ALLOWED)
    assert answers.count(None) == await active(farm) == ALLOWED
    states = [await farm.job_state(job) for job in jobs]
    assert sorted(states) == ["failed"] * 4 + ["queued"] * 2


async def test_done_renders_repaired_at_once_do_not_pass_the_quota(farm: Farm) -> None:
    node = await farm.node()
    jobs = [await done(farm, node) for _ in range(4)]
    await allow(farm, ALLOWED)
    order = RepairOrder(frames="1")
    answers = await asyncio.gather(
        *(repair(farm.deps, TENANT, job, order) for job in jobs), return_exceptions=True
    )
    assert sum(isinstance(one, TooMany) for one in answers) == len(jobs) - ALLOWED
    assert answers.count(None) == await active(farm) == ALLOWED


async def test_a_retry_and_a_repair_share_one_quota(farm: Farm) -> None:
    node = await farm.node()
    whole, broken = await done(farm, node), await failed(farm, node)
    await allow(farm, 1)
    answers = await asyncio.gather(
        repair(farm.deps, TENANT, whole, RepairOrder(frames="1")),
        retry(farm.deps, TENANT, broken),
        return_exceptions=True,
    )
    assert sum(isinstance(one, TooMany) for one in answers) == 1
    assert await active(farm) == 1


async def test_a_retry_sent_again_is_not_refused_for_its_own_place(farm: Farm) -> None:
    job = await failed(farm, await farm.node())
    await allow(farm, 1)
    await retry(farm.deps, TENANT, job)
    await retry(farm.deps, TENANT, job, is_again=True)
    assert await farm.job_state(job) == "queued"
