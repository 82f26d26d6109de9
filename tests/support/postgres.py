"""Share one throw-away PostgreSQL server and one migrated template among all tests of a run."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import filelock

from orchestrator.embedded import Cluster, create_database, start

TEMPLATE = "template_flatrender"


class TestServer:
    """Own the run's server: started once by the run's first process, adopted by the others."""

    __test__ = False

    def __init__(self, data_dir: Path | None, binaries: Path | None) -> None:
        self._owner = data_dir is None
        self.data_dir = data_dir or Path(tempfile.mkdtemp(prefix="flatrender-test-"))
        self._binaries = binaries
        self._cluster: Cluster | None = None

    def cluster(self) -> Cluster:
        """Return the live server, started at the first call; call it from the main thread."""
        if self._cluster is None:
            self._cluster = start(self.data_dir, binaries=self._binaries, durable=False)
        return self._cluster

    def close(self) -> None:
        """Stop the server and delete its files, if this process made them."""
        if self._cluster is not None:
            self._cluster.stop()
        if self._owner:
            shutil.rmtree(self.data_dir, ignore_errors=True)


def migrated_template(cluster: Cluster) -> str:
    """Make the template database once per run and return its name."""
    from orchestrator.store.migrate import migrate

    done = cluster.data_dir / "template.done"
    with filelock.FileLock(cluster.data_dir / "template.lock", timeout=100):
        if not done.exists():
            create_database(cluster, TEMPLATE)
            # A thread of its own: the run's own event loop must not notice.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: asyncio.run(migrate(cluster.dsn(TEMPLATE)))).result()
            done.touch()
    return TEMPLATE


@asynccontextmanager
async def fresh_database(cluster: Cluster, template: str) -> AsyncIterator[str]:
    """Lend the address of a new copy of a database; it is dropped at the end."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(cluster.dsn("postgres"), timeout=30)
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        try:
            yield cluster.dsn(name)
        finally:
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close(timeout=30)
