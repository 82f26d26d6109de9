"""The database fails in passing: cut lines, read-only times, commits whose word is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from asyncpg.transaction import Transaction

from orchestrator.errors import Unavailable
from orchestrator.usecases.farm.sweep import Swept, sweep
from tests.support.farm import Farm, open_farm
from tests.support.server import Answer, Api, running

OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def look(database: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def make_project(api: Api, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return await api.call("POST", "/v1/projects", json={"name": "one"}, headers=headers)


async def test_lines_that_are_cut_at_any_moment_break_no_call_for_good(
    api: Api, look: asyncpg.Connection[asyncpg.Record]
) -> None:
    codes: Counter[int] = Counter()
    done = asyncio.Event()

    async def ask() -> None:
        while not done.is_set():
            for answer in (await api.call("GET", "/v1/renders"), await make_project(api)):
                codes[answer.code] += 1
                assert answer.code in {200, 201, 503}, answer.body
                assert answer.code != 503 or answer.headers["Retry-After"]

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(ask())
        cut = 0
        while cut < 150:
            cut += await look.fetchval(OTHERS)
            await asyncio.sleep(0)
        done.set()
    assert codes.total() > 0
    # Where every line was cut before its answer, all were told to come again; now one does.
    assert 200 in {(await api.call("GET", "/v1/renders")).code for _ in range(4)}


async def set_read_only(look: asyncpg.Connection[asyncpg.Record], *, on: bool) -> None:
    """Let the database take no writes from now on, in any session; or writes again."""
    await look.execute("SET default_transaction_read_only = off")
    name = await look.fetchval("SELECT quote_ident(current_database())")
    verb = "SET default_transaction_read_only = on" if on else "RESET default_transaction_read_only"
    await look.execute(f"ALTER DATABASE {name} {verb}")
    await look.fetchval(OTHERS)


async def test_a_read_only_database_refuses_writes_for_a_while_and_answers_reads(
    api: Api, look: asyncpg.Connection[asyncpg.Record]
) -> None:
    assert (await make_project(api)).code == 201
    await look.execute("UPDATE identity.tenant_api_keys SET last_used_at = NULL")
    await set_read_only(look, on=True)
    seen = [await make_project(api) for _ in range(4)]
    assert {answer.code for answer in seen} == {503}
    assert all(answer.headers["Retry-After"] for answer in seen)
    assert (await api.call("GET", "/v1/projects")).code == 200
    await set_read_only(look, on=False)
    assert 201 in {(await make_project(api)).code for _ in range(4)}


async def test_nothing_expires_while_or_right_after_the_database_took_no_writes(
    farm: Farm,
) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await farm.end_grace()
    await set_read_only(farm.look, on=True)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await sweep(farm.deps)
    with pytest.raises(Unavailable):
        await node.beat(grant)
    await set_read_only(farm.look, on=False)
    await farm.age_sessions(40, node)
    await farm.look.execute(
        "UPDATE render.reaper_sweeps SET swept_at = now() - interval '1 minute'"
    )
    swept = await _swept(farm)
    assert (swept.action, swept.expired) == ("grace", 0)
    assert (await node.beat(grant)).lost == ()


async def _swept(farm: Farm) -> Swept:
    """Sweep as soon as the lines that were cut have been replaced."""
    for _ in range(20):
        try:
            return await sweep(farm.deps)
        except Unavailable:
            continue
    raise AssertionError("the database stays away")


def lose_word(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Let the next commits be done and look as if the line had broken; gives what is left.

    In autocommit the statement that makes a project is its commit.
    """
    plain, left = Transaction.commit, [times]

    async def commit(self: Transaction) -> None:
        await plain(self)
        if left[0] > 0:
            left[0] -= 1
            raise asyncpg.ConnectionDoesNotExistError("the line broke")

    def autocommitting(name: str) -> None:
        run = getattr(asyncpg.Connection, name)

        async def ran(self: Any, query: str, *args: Any, **given: Any) -> Any:
            found = await run(self, query, *args, **given)
            if left[0] > 0 and "INTO content.projects" in query and not self.is_in_transaction():
                left[0] -= 1
                raise asyncpg.ConnectionDoesNotExistError("the line broke")
            return found

        monkeypatch.setattr(asyncpg.Connection, name, ran)

    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        autocommitting(name)
    monkeypatch.setattr(Transaction, "commit", commit)
    return left


async def test_an_order_whose_commit_was_not_heard_of_is_done_once_when_repeated(
    api: Api, look: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = lose_word(monkeypatch, 1)
    first, again = await make_project(api, "same"), await make_project(api, "same")
    assert left == [0]
    assert (first.code, again.code) in {(503, 201), (201, 201)}
    assert await look.fetchval("SELECT count(*) FROM content.projects") == 1


async def test_a_result_whose_commit_was_not_heard_of_is_answered_the_same_when_repeated(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    left = lose_word(monkeypatch, 1)
    with pytest.raises(Unavailable):
        await node.render(grant)
    assert left == [0]
    assert (await node.render(grant)).task_state == "succeeded"
    assert await farm.job_state(job) == "done"
    told = "SELECT count(*) FROM render.outbox WHERE job_id = $1 AND type = 'job.done'"
    assert await farm.look.fetchval(told, job) == 1
    assert await farm.look.fetchval("SELECT jobs_done FROM identity.tenant_usage_daily") == 1
