"""A claim that waits gets work of a kind that the farm has never had before."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.farm import Farm, open_farm


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path, poll_every_s=600) as opened:
        yield opened


async def test_the_first_work_of_its_kind_comes_to_those_who_have_waited_long(farm: Farm) -> None:
    node = await farm.node()
    listening = asyncio.create_task(farm.deps.wakeups.listen())
    await farm.deps.wakeups.wait(60, since=0)
    waiting = asyncio.create_task(node.claim(wait_s=20))
    other = await farm.node()
    for _ in range(3):  # Looked at again and again, in vain.
        heard = farm.deps.wakeups.count
        await farm.look.execute("SELECT pg_notify('flatrender_work', '')")
        await farm.deps.wakeups.wait(60, since=heard)
        assert not await other.claim()
    assert not waiting.done()
    await farm.job("0-9")
    grants = await waiting
    listening.cancel()
    assert len(grants) == 1
