"""Monthly partitions: made ahead, made late, and the alarm for rows that found none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from orchestrator.store.partitions import ensure_partitions
from orchestrator.store.pool import Database

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

NODE = "00000000-0000-0000-0000-00000000000a"
FAR = datetime(2041, 11, 30, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
async def plain(database: str) -> AsyncIterator[Connection]:
    """Lend a bare connection on which one node exists."""
    connection = await asyncpg.connect(database)
    await connection.execute(
        "INSERT INTO render.nodes (id, name, platform) VALUES ($1, 'one', 'linux')", NODE
    )
    yield connection
    await connection.close()


async def log_health(connection: Connection, at: datetime) -> str:
    """Write a health row and return the partition it went to."""
    row = await connection.fetchval(
        "INSERT INTO render.node_health_logs (node_id, at) VALUES ($1, $2)"
        " RETURNING tableoid::regclass::text",
        NODE,
        at,
    )
    return str(row)


async def test_the_migrations_make_all_months_from_2026_to_the_second_ahead(
    database: str, plain: Connection
) -> None:
    assert await log_health(plain, datetime(2026, 1, 1, tzinfo=UTC)) == (
        "render.node_health_logs_2026_01"
    )
    report = await ensure_partitions(database)

    assert (report.created, report.moved, report.stray, report.alarm) == ((), 0, (), None)


async def test_a_missing_month_is_made_and_takes_its_rows_from_default(
    database: str, plain: Connection
) -> None:
    assert await log_health(plain, FAR) == "render.node_health_logs_default"

    report = await ensure_partitions(database, 0, at=FAR)

    assert report.created == (
        "identity.tenant_api_request_logs_2041_11",
        "render.node_health_logs_2041_11",
    )
    assert (report.moved, report.stray) == (1, ())
    where = await plain.fetchval("SELECT tableoid::regclass::text FROM render.node_health_logs")
    assert where == "render.node_health_logs_2041_11"


async def test_months_begin_and_end_in_utc_wherever_the_session_is(plain: Connection) -> None:
    await plain.execute("SET timezone = 'Asia/Tehran'")
    for month in ("2041-11-01", "2041-12-01"):
        await plain.execute(
            f"SELECT public.fr_make_month_partition('render.node_health_logs', '{month}')"
        )

    assert await log_health(plain, FAR) == "render.node_health_logs_2041_11"
    after = datetime(2041, 12, 1, tzinfo=UTC)
    assert await log_health(plain, after) == "render.node_health_logs_2041_12"


async def test_rows_that_no_month_takes_raise_the_alarm(database: str, plain: Connection) -> None:
    await log_health(plain, FAR)

    report = await ensure_partitions(database)

    assert [(one.partition, one.rows) for one in report.stray] == [
        ("render.node_health_logs_default", 1)
    ]
    assert report.alarm is not None
    assert "render.node_health_logs_default has 1 rows of 2041-11-30" in str(report)


async def test_five_makers_at_once_make_each_month_once(database: str, plain: Connection) -> None:
    store = await Database.open(database, size=5, statement_timeout_s=60)

    reports = await asyncio.gather(
        *(ensure_partitions(store.session(), 3, at=FAR) for _ in range(5))
    )

    await store.close()
    created = [name for report in reports for name in report.created]
    assert (len(created), len(set(created))) == (8, 8)


async def test_no_other_table_can_be_split_by_the_function(plain: Connection) -> None:
    with pytest.raises(asyncpg.RaiseError, match="is not a table with monthly partitions"):
        await plain.execute("SELECT public.fr_make_month_partition('render.tasks', '2041-01-01')")


async def test_rows_find_their_month_at_every_midnight_while_months_are_being_made(
    database: str, plain: Connection
) -> None:
    """The loop runs every hour and makes two months ahead; one run a month is enough."""
    await ensure_partitions(database, at=FAR)
    for ahead in range(14):
        midnight = FAR.replace(year=2041 + (11 + ahead) // 12, month=(11 + ahead) % 12 + 1, day=1)
        midnight = midnight.replace(hour=0, minute=0, second=0)
        around = [midnight + timedelta(seconds=off) for off in (-1, -1e-6, 0, 1, 3600)]
        making = asyncio.create_task(ensure_partitions(database, at=around[-1]))
        seen = [await log_health(plain, at) for at in around]
        report = await making
        assert (report.moved, report.alarm) == (0, None)
        assert seen == [f"render.node_health_logs_{at:%Y_%m}" for at in around]
    assert await plain.fetchval("SELECT count(*) FROM render.node_health_logs_default") == 0
