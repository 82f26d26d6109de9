"""A restored database grants no attempt number again, not even of a task that was at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.cli.database import show_epoch
from orchestrator.errors import Conflict
from orchestrator.usecases.farm.epoch import KEPT_TICKS, EpochGate, marker, settle_epoch, tick_key
from orchestrator.usecases.farm.sweep import sweep
from tests.support.farm import Farm, open_farm

TABLES = (
    "farm_epoch",
    "render_jobs",
    "tasks",
    "task_queue",
    "attempts",
    "node_sessions",
    "claim_requests",
)
COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
 WHERE attrelid = ('render.' || $1::text)::regclass
   AND attnum > 0 AND attgenerated = '' AND NOT attisdropped
"""


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def _back_up(farm: Farm) -> None:
    for table in TABLES:
        await farm.look.execute(f"CREATE TABLE public.kept_{table} AS TABLE render.{table}")


async def _restore(farm: Farm) -> None:
    await farm.look.execute("SET session_replication_role = replica")
    for table in TABLES:
        columns = await farm.look.fetchval(COLUMNS, table)
        await farm.look.execute(f"DELETE FROM render.{table}")
        await farm.look.execute(
            f"INSERT INTO render.{table} ({columns}) OVERRIDING SYSTEM VALUE"
            f" SELECT {columns} FROM public.kept_{table}"
        )
    await farm.look.execute("SET session_replication_role = origin")


async def test_a_lease_of_the_restored_past_is_followed_by_a_new_attempt_number(
    farm: Farm,
) -> None:
    await farm.job("0-9")
    node, other = await farm.node(), await farm.node()
    (first,) = await node.claim()
    await _back_up(farm)
    assert await settle_epoch(farm.deps) == 1
    await farm.end_grace()
    await farm.age_sessions(40, node)
    assert (await sweep(farm.deps)).expired == 1
    (lost,) = await other.claim()
    await _restore(farm)
    assert await settle_epoch(farm.deps) == 2
    await farm.end_grace()
    await farm.age_sessions(60, node)
    assert (await sweep(farm.deps)).expired == 1
    await other.register()
    (again,) = await other.claim()
    assert first.attempt < lost.attempt < again.attempt


async def test_a_restore_within_one_epoch_is_noticed_however_old_the_backup_is(farm: Farm) -> None:
    assert await settle_epoch(farm.deps) == 1
    await farm.look.execute("UPDATE render.farm_epoch SET tick = $1", KEPT_TICKS + 5)
    assert await settle_epoch(farm.deps) == 1
    assert await farm.deps.objects.stat(tick_key(1, 6)) is None
    await farm.look.execute("UPDATE render.farm_epoch SET tick = $1", 2 * KEPT_TICKS - 1)
    assert await settle_epoch(farm.deps) == 1
    await farm.look.execute("UPDATE render.farm_epoch SET tick = 3")
    assert await settle_epoch(farm.deps) == 2
    assert await settle_epoch(farm.deps) == 2
    assert await farm.deps.objects.stat(marker(2)) is not None


async def test_two_replicas_that_tick_and_find_a_restore_at_once_raise_one_epoch(
    farm: Farm,
) -> None:
    assert set(await asyncio.gather(*(settle_epoch(farm.deps) for _ in range(6)))) == {1}
    await farm.look.execute("UPDATE render.farm_epoch SET tick = 1")
    assert set(await asyncio.gather(*(settle_epoch(farm.deps) for _ in range(6)))) == {2}


async def test_nobody_claims_from_a_database_that_came_back_before_it_is_settled(
    farm: Farm,
) -> None:
    await farm.job("0-9")
    node = await farm.node()
    gate = farm.deps.shared(EpochGate)
    await gate.settle()
    await farm.look.execute("UPDATE render.farm_epoch SET tick = 0")
    gate.shut()
    with pytest.raises(Conflict):
        await node.claim()
    await node.register()
    (grant,) = await node.claim()
    assert grant.token.startswith("2.")


async def test_a_person_raises_the_epoch_and_it_is_written_down(farm: Farm, database: str) -> None:
    node = await farm.node()
    assert await show_epoch(database, None) == 1
    assert await show_epoch(database, "We moved house.") == 2
    with pytest.raises(Conflict):
        await node.claim()
    assert await farm.deps.objects.stat(marker(2)) is not None
    row = await farm.look.fetchrow("SELECT * FROM render.audit_log")
    assert row is not None
    assert (row["actor_kind"], row["action"]) == ("cli", "epoch.raise")
    assert "We moved house." in row["detail"]
