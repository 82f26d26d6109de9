"""Migrations by psql and by the runner: in any order, at once, killed, edited, damaged."""

import asyncio
import hashlib
import shutil
import sys
from pathlib import Path

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from orchestrator.store.migrate import MigrationError, migrate, pending
from tests.support.schema import MIGRATIONS, described, in_order, psql

NAMES = tuple(path.stem for path in in_order())
WAITS = 4242  # An advisory lock that a test migration waits for.
CHILD = """
import asyncio, pathlib, sys
from orchestrator.store.migrate import migrate
dsn, folder = sys.stdin.read().splitlines()
asyncio.run(migrate(dsn, pathlib.Path(folder)))
"""
END = """
INSERT INTO public.schema_ledger (name, sha256)
VALUES ('{name}', NULLIF(current_setting('flatrender.migration_sha256', true), ''))
ON CONFLICT (name) DO NOTHING;
COMMIT;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the migrations that a test may add to."""
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    return copy


def add(folder: Path, name: str, body: str) -> None:
    """Write one more migration that ends as all do."""
    (folder / f"{name}.sql").write_text(f"BEGIN;\n{body}\n{END.format(name=name)}")


async def fetchval(dsn: str, query: str) -> object:
    """Ask one value."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_after_psql_the_runner_changes_nothing(
    postgres: Cluster, empty_database: str
) -> None:
    done = await asyncio.to_thread(psql, postgres, empty_database, in_order())
    assert (done.returncode, done.stderr) == (0, "")
    before = await described(empty_database, everything=True)

    first = await migrate(empty_database)
    second = await migrate(empty_database)

    assert (first.applied, first.adopted) == ((), NAMES)
    assert (second.applied, second.adopted, second.unchanged) == ((), (), NAMES)
    assert await described(empty_database, everything=True) == before


async def test_after_the_runner_psql_changes_nothing(postgres: Cluster, database: str) -> None:
    before = await described(database, everything=True)

    done = await asyncio.to_thread(psql, postgres, database, in_order())

    assert (done.returncode, done.stderr) == (0, "")
    assert await described(database, everything=True) == before
    assert (await migrate(database)).unchanged == NAMES


async def test_five_runners_and_psql_at_once_apply_each_file_once(
    postgres: Cluster, empty_database: str
) -> None:
    async with asyncio.TaskGroup() as group:
        by_psql = group.create_task(asyncio.to_thread(psql, postgres, empty_database, in_order()))
        runners = [group.create_task(migrate(empty_database)) for _ in range(5)]

    done = by_psql.result()
    assert (done.returncode, done.stderr) == (0, "")
    applied = [name for runner in runners for name in runner.result().applied]
    assert len(applied) == len(set(applied))
    assert await pending(empty_database) == []


async def test_a_runner_killed_half_way_leaves_whole_files_and_the_next_goes_on(
    empty_database: str, folder: Path
) -> None:
    add(
        folder,
        "80_slow",
        f"CREATE TABLE public.half (id int); SELECT pg_advisory_xact_lock({WAITS});",
    )
    add(folder, "81_after", "CREATE TABLE public.after (id int);")
    gate = await asyncpg.connect(empty_database)
    await gate.execute(f"SELECT pg_advisory_lock({WAITS})")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, stdin=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    child.stdin.write(f"{empty_database}\n{folder}".encode())
    child.stdin.close()
    await until_somebody_waits(gate)

    child.kill()
    await child.wait()
    assert await fetchval(empty_database, "SELECT to_regclass('public.half')") is None
    await gate.close()
    report = await migrate(empty_database, folder)

    assert report.unchanged[: len(NAMES)] == NAMES
    assert report.applied[-1] == "81_after"
    assert await fetchval(empty_database, "SELECT count(*) FROM public.half") == 0
    assert await pending(empty_database, folder) == []


async def until_somebody_waits(gate: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Return when a migration stands before the gate."""
    async with asyncio.timeout(60):
        query = f"SELECT count(*) FROM pg_locks WHERE objid = {WAITS} AND NOT granted"
        while not await gate.fetchval(query):
            await gate.execute("SELECT pg_sleep(0.02)")


async def test_an_edited_file_is_refused_by_its_name(database: str, folder: Path) -> None:
    file = folder / "13_file_manager.sql"
    file.write_text(file.read_text() + "\n-- a late thought\n")

    with pytest.raises(MigrationError, match="edited since: 13_file_manager") as refusal:
        await migrate(database, folder)

    assert refusal.value.code == "migration_edited"


async def test_a_newer_database_is_refused_by_what_it_has_more(database: str, folder: Path) -> None:
    (folder / "28_support.sql").unlink()

    with pytest.raises(MigrationError, match="28_support") as refusal:
        await migrate(database, folder)

    assert refusal.value.code == "database_newer"


async def test_a_failing_file_leaves_nothing_and_the_files_before_it_stay(
    database: str, folder: Path
) -> None:
    add(folder, "80_good", "CREATE TABLE public.good (id int);")
    add(folder, "81_bad", "CREATE TABLE public.bad (id int); SELECT 1 / 0;")

    with pytest.raises(MigrationError, match="81_bad failed and nothing of it was kept: division"):
        await migrate(database, folder)

    assert await pending(database, folder) == ["81_bad"]
    assert await fetchval(database, "SELECT to_regclass('public.bad')") is None
    assert await fetchval(database, "SELECT to_regclass('public.good')::text") == "good"


async def test_a_file_that_writes_no_ledger_row_is_an_error(database: str, folder: Path) -> None:
    (folder / "80_silent.sql").write_text("SELECT 1;")

    with pytest.raises(MigrationError, match="80_silent ran, but did not write its ledger row"):
        await migrate(database, folder)


async def test_a_lock_held_too_long_is_told_apart_from_a_failure(database: str) -> None:
    holder = await asyncpg.connect(database)
    await holder.execute("SELECT pg_advisory_lock(7066001)")

    with pytest.raises(MigrationError, match="Another migration held the database") as refusal:
        await migrate(database, lock_wait_s=0.05)

    assert refusal.value.code == "migration_locked"
    await holder.close()


async def test_a_table_in_use_makes_the_file_wait_and_then_say_so(
    database: str, folder: Path
) -> None:
    add(folder, "80_alter", "ALTER TABLE render.settings ADD COLUMN more int;")
    user = await asyncpg.connect(database)
    await user.execute("BEGIN; SELECT * FROM render.settings")

    with pytest.raises(MigrationError, match="80_alter could not lock a table"):
        await migrate(database, folder, lock_wait_s=0.05)

    await user.close()


async def test_line_ends_of_windows_do_not_count_as_edits(database: str, folder: Path) -> None:
    for file in [folder / f"{name}.sql" for name in NAMES]:
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert (await migrate(database, folder)).unchanged == NAMES


async def test_a_missing_database_is_named(database: str) -> None:
    with pytest.raises(MigrationError, match='Database "nowhere" does not exist'):
        await migrate(database.rpartition("/")[0] + "/nowhere")


async def test_a_role_without_rights_is_told_who_may(database: str) -> None:
    with pytest.raises(MigrationError, match="Migrate as the owner"):
        await migrate(f"{database}&role=pg_monitor")


async def test_a_fresh_database_lacks_every_file(empty_database: str) -> None:
    assert tuple(await pending(empty_database)) == NAMES


async def test_the_ledger_keeps_the_hash_of_each_file(database: str) -> None:
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT name, sha256 FROM public.schema_ledger")
    await connection.close()

    assert {row["name"]: row["sha256"] for row in rows} == {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in in_order()
    }
