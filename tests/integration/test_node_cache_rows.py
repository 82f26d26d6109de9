"""The server's picture of a node's cache is the cache's own, whatever either of them missed."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from node_agent.cache import BundleCache
from orchestrator.usecases.agents.heartbeat import heartbeat
from orchestrator.wire.agent import HeartbeatRequest
from orchestrator.wire.tasks import BundleRef
from tests.fakes.cache_process import reference
from tests.fakes.zips import E, build, project
from tests.support.farm import SAMPLE, Agent, Farm, open_farm

ROWS = """
SELECT bundle_md5, size_bytes, last_used_at > cached_at AS used FROM render.node_template_cache
"""


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path / "farm") as opened:
        yield opened


def archives(folder: Path) -> list[BundleRef]:
    for number in range(2):
        path = folder / f"{number}.zip"
        path.write_bytes(build(project(), E("a.txt", bytes(1000 + number))))
    return [reference(folder / f"{number}.zip") for number in range(2)]


async def beat(farm: Farm, node: Agent, cache: BundleCache) -> dict[str, tuple[int, bool]]:
    """Send a heartbeat as the agent does; give what the server then knows."""
    changes = cache.changes()
    request = HeartbeatRequest(
        session_id=node.session_id, agent_version="1", clock=datetime.now(UTC), sample=SAMPLE,
        cache_added=changes.added, cache_removed=changes.removed,
    )  # fmt: skip
    await heartbeat(farm.deps, node.node_id, request, datetime.now(UTC))
    cache.told(changes)
    rows = await farm.look.fetch(ROWS)
    return {row["bundle_md5"]: (row["size_bytes"], row["used"]) for row in rows}


async def test_the_rows_follow_the_cache_through_use_eviction_and_a_new_session(
    farm: Farm, tmp_path: Path
) -> None:
    first, second = archives(tmp_path)

    async def fetch(ref: BundleRef, target: Path) -> None:
        await asyncio.to_thread(shutil.copyfile, tmp_path / f"{int(ref is second)}.zip", target)

    node = await farm.node()
    cache = BundleCache(tmp_path / "cache", fetch, 10**9, full_hash=True)
    for ref in (first, second):
        async with cache.borrow(ref):
            pass
    sizes = {ref.md5: 1012 + number for number, ref in enumerate((first, second))}
    assert await beat(farm, node, cache) == {md5: (size, False) for md5, size in sizes.items()}

    kept = tmp_path / "cache" / "bundles" / first.md5
    os.utime(kept / "manifest.json", (4e9, 4e9))
    assert await beat(farm, node, cache) == {first.md5: (1012, True), second.md5: (1013, False)}

    shutil.rmtree(kept)
    assert await beat(farm, node, cache) == {second.md5: (1013, False)}

    # The agent is dead while somebody makes room; the next one cannot know what is gone.
    shutil.rmtree(tmp_path / "cache" / "bundles" / second.md5)
    async with cache.borrow(first):
        pass
    await node.register()
    after = BundleCache(tmp_path / "cache", fetch, 10**9, full_hash=True)
    assert await beat(farm, node, after) == {first.md5: (1012, False)}
