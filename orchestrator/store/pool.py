"""Hold the connections to PostgreSQL: sessions, transactions, the claims' pair, listening."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
import asyncpg.pool

from orchestrator.errors import Unavailable
from orchestrator.store import statements
from orchestrator.store.faults import translated

if TYPE_CHECKING:
    Plain = asyncpg.Connection[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | Plain
    Pool = asyncpg.Pool[asyncpg.Record]

Record = asyncpg.Record

ACQUIRE_S = 5.0
CONNECT_S = 5.0
LISTEN_CHECK_S = 15.0
CLAIM_CONNECTIONS = 3
BATCH_CONNECTIONS = 4
CLAIM_PINS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_sort": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Keep the claim an index scan whatever the statistics say: a plan that flips costs 1000 times."""


class Session(Protocol):
    """Run statements of store/sql by name.

    Raises errors.Unavailable when the database cannot answer now and faults.Duplicate when a
    unique constraint refuses a row.
    """

    async def fetch(self, name: str, *args: object) -> list[Record]:
        """Give every row."""

    async def fetchrow(self, name: str, *args: object) -> Record | None:
        """Give the first row, or None."""

    async def fetchval(self, name: str, *args: object) -> Any:
        """Give the first column of the first row, or None."""

    async def execute(self, name: str, *args: object) -> int:
        """Run without an answer; give how many rows were touched."""


class _Bound:
    """Run statements on one connection."""

    def __init__(self, connection: Connection, named: Mapping[str, str]) -> None:
        self._connection = connection
        self._named = named

    async def fetch(self, name: str, *args: object) -> list[Record]:
        with translated():
            return await self._connection.fetch(self._named[name], *args)

    async def fetchrow(self, name: str, *args: object) -> Record | None:
        with translated():
            return await self._connection.fetchrow(self._named[name], *args)

    async def fetchval(self, name: str, *args: object) -> Any:
        with translated():
            return await self._connection.fetchval(self._named[name], *args)

    async def execute(self, name: str, *args: object) -> int:
        with translated():
            tag = await self._connection.execute(self._named[name], *args)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


class _Autocommit:
    """Take a connection for each statement: every one is its own transaction."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane

    async def fetch(self, name: str, *args: object) -> list[Record]:
        async with self._lane.bound() as session:
            return await session.fetch(name, *args)

    async def fetchrow(self, name: str, *args: object) -> Record | None:
        async with self._lane.bound() as session:
            return await session.fetchrow(name, *args)

    async def fetchval(self, name: str, *args: object) -> Any:
        async with self._lane.bound() as session:
            return await session.fetchval(name, *args)

    async def execute(self, name: str, *args: object) -> int:
        async with self._lane.bound() as session:
            return await session.execute(name, *args)


class _Lane:
    """Put a fair queue in front of one pool: asyncpg's own lets some callers wait for seconds."""

    def __init__(self, pool: Pool, size: int, named: Mapping[str, str]) -> None:
        self.pool = pool
        self._turns = asyncio.Semaphore(size)
        self._named = named

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; raise Unavailable when none becomes free in ACQUIRE_S."""
        try:
            async with asyncio.timeout(ACQUIRE_S):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable(
                "All database connections are busy. Try again in a few seconds.", "database_busy"
            ) from error
        try:
            with translated():
                connection = await self.pool.acquire(timeout=CONNECT_S)
            try:
                yield connection
            finally:
                with suppress(asyncpg.InterfaceError, OSError, TimeoutError):
                    await self.pool.release(connection, timeout=CONNECT_S)
        finally:
            self._turns.release()

    @asynccontextmanager
    async def bound(self) -> AsyncIterator[_Bound]:
        """Lend a connection as a session without a transaction."""
        async with self.connection() as connection:
            yield _Bound(connection, self._named)


class Database:
    """Be the one way to PostgreSQL. Opens no connection before the first statement."""

    def __init__(
        self, dsn: str, lanes: tuple[_Lane, _Lane, _Lane], named: Mapping[str, str]
    ) -> None:
        self._dsn = dsn
        self._main, self._claims, self._batches = self._lanes = lanes
        self._named = named

    @classmethod
    async def open(cls, dsn: str, *, size: int, statement_timeout_s: float) -> Database:
        """Prepare `size` connections and a few for claims and for batches, whose planner is pinned.

        A server that is down is no error yet.
        """
        named = statements.load()
        main = await _pool(dsn, size, statement_timeout_s, {})
        claims = await _pool(dsn, CLAIM_CONNECTIONS, statement_timeout_s, CLAIM_PINS)
        batches = await _pool(dsn, BATCH_CONNECTIONS, statement_timeout_s, CLAIM_PINS)
        lanes = (
            _Lane(main, size, named),
            _Lane(claims, CLAIM_CONNECTIONS, named),
            _Lane(batches, BATCH_CONNECTIONS, named),
        )
        return cls(dsn, lanes, named)

    async def close(self) -> None:
        """Close every connection; those still at work are cut after a moment."""
        for lane in self._lanes:
            try:
                async with asyncio.timeout(2):
                    await lane.pool.close()
            except TimeoutError:
                lane.pool.terminate()

    def session(self) -> Session:
        """Give a session in autocommit: no `async with`, each statement stands alone."""
        return _Autocommit(self._main)

    def claims(self) -> Session:
        """Give an autocommit session on the connections whose planner is pinned for claims."""
        return _Autocommit(self._claims)

    def batches(self) -> Session:
        """Give an autocommit session on the connections whose planner is pinned for batches."""
        return _Autocommit(self._batches)

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        """Begin; commit at the end of the block, roll back when it raises."""
        return self._transaction(self._main)

    def batch(self) -> AbstractAsyncContextManager[Session]:
        """Begin a transaction on a connection whose planner is pinned, for statements on many."""
        return self._transaction(self._batches)

    @asynccontextmanager
    async def _transaction(self, lane: _Lane) -> AsyncIterator[Session]:
        async with lane.connection() as connection:
            work = connection.transaction()
            with translated():
                await work.start()
            try:
                yield _Bound(connection, self._named)
            except BaseException:
                # The connection may be what broke; the first error is the one that tells.
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await work.rollback()
                raise
            with translated():
                await work.commit()

    async def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """Call `heard` with each payload of `channel` for as long as the connection lives.

        It is called once with an empty payload as soon as listening has begun, because what
        came before was missed. Raises Unavailable when the connection cannot be made or ends.
        """
        with translated():
            connection = await asyncpg.connect(self._dsn, timeout=CONNECT_S, command_timeout=5)
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            with translated():
                await connection.add_listener(channel, lambda *got: heard(str(got[3])))
            heard("")
            while not ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(LISTEN_CHECK_S):
                        await ended.wait()
                # A peer that vanished without a word is only noticed by asking it something.
                with translated():
                    await connection.execute("SELECT 1")
        finally:
            connection.terminate()


async def _pool(dsn: str, size: int, statement_timeout_s: float, pins: Mapping[str, str]) -> Pool:
    """Make a pool that connects lazily, with the time limits of every session."""
    limit_ms = str(int(statement_timeout_s * 1000))
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_S,
        command_timeout=statement_timeout_s + 2,
        max_inactive_connection_lifetime=300,
        init=_set_codecs,
        reset=_keep_state,
        server_settings={
            "application_name": "flatrender",
            "statement_timeout": limit_ms,
            "idle_in_transaction_session_timeout": limit_ms,
            "jit": "off",
            "timezone": "UTC",
            **pins,
        },
    )


async def _set_codecs(connection: Connection) -> None:
    """Let dicts and lists go in and out of json and jsonb columns."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=dumps, decoder=json.loads
        )


async def _keep_state(_: Plain) -> None:
    """Skip the round trip that resets a session: no statement of ours changes its state."""


def dumps(value: object) -> str:
    """Write a value as the JSON that goes into the database."""
    if not value and isinstance(value, (dict, list, tuple)):
        return "{}" if isinstance(value, dict) else "[]"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
