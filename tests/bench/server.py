"""A PostgreSQL of the benchmark's own: durable, with the settings that everybody gets."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from orchestrator.embedded import Cluster, create_database, start
from orchestrator.store.migrate import migrate

LOOKS, LOOK_EVERY_S = 120, 0.5
VACUUMS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"


@asynccontextmanager
async def own_server() -> AsyncIterator[tuple[Cluster, Path]]:
    """Lend a durable server and an empty folder; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="flatrender-bench-"))
    # On this thread: the server ends with the thread that started it.
    cluster = start(folder / "postgres", durable=True)
    try:
        yield cluster, folder
    finally:
        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(folder, ignore_errors=True)


async def migrated(cluster: Cluster, name: str) -> str:
    """Make a database with our schema; give its address."""
    create_database(cluster, name)
    await migrate(cluster.dsn(name))
    return cluster.dsn(name)


async def drop(cluster: Cluster, *names: str) -> None:
    """Drop databases that are done with: vacuums of one part may not slow the next one's."""
    connection = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        for name in names:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', timeout=60)
    finally:
        await connection.close()


async def calm(cluster: Cluster) -> None:
    """Let the server finish what it owes: vacuums under way, and pages not yet on the disk.

    Whoever is measured next begins with neither. It waits for at most a minute.
    """
    connection = await asyncpg.connect(cluster.dsn("postgres"))
    try:
        for _ in range(LOOKS):
            if not await connection.fetchval(VACUUMS):
                break
            await asyncio.sleep(LOOK_EVERY_S)
        await connection.execute("CHECKPOINT", timeout=60)
    finally:
        await connection.close()
