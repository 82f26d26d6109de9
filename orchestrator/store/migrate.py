"""Bring a database to the schema of this version, whoever else is doing so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from orchestrator.store import statements
from orchestrator.store.faults import translated
from orchestrator.store.migrations import Migration, MigrationError, compare, read_migrations

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

__all__ = ["MigrationError", "MigrationReport", "migrate", "pending"]

CONNECT_S = 10.0
LOCK_WAIT_S = 120.0
FILE_LIMIT_S = 1800.0


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """Name what was run now, what psql had run before (hash noted now), what was there already."""

    applied: tuple[str, ...]
    adopted: tuple[str, ...]
    unchanged: tuple[str, ...]


async def migrate(
    dsn: str, directory: Path | None = None, *, lock_wait_s: float = LOCK_WAIT_S
) -> MigrationReport:
    """Apply the missing migration files in numeric order, each in its own transaction.

    Others who migrate at the same time are waited for, at most `lock_wait_s`. Killed anywhere,
    the next run goes on after the last whole file. Raises MigrationError (an edited file, a newer
    database, a failing statement, a lock not given) and Unavailable.
    """
    files = read_migrations(directory)
    named = statements.load()
    async with _connected(dsn) as connection:
        await connection.fetchrow(named["ledger_wait_limit"], str(int(lock_wait_s * 1000)))
        try:
            await connection.execute(named["ledger_lock"])
        except asyncpg.LockNotAvailableError as error:
            raise MigrationError(
                "migration_locked",
                f"Another migration held the database for {lock_wait_s:g} s. "
                "Wait for it to end, or end it, then run this again.",
            ) from error
        work = compare(files, await _ledger(connection))
        for file in work.missing:
            await _apply(connection, file)
        for file in work.unhashed:
            await connection.execute(named["ledger_adopt"], file.name, file.sha256)
        return MigrationReport(
            applied=tuple(file.name for file in work.missing),
            adopted=tuple(file.name for file in work.unhashed),
            unchanged=work.same,
        )


async def pending(dsn: str, directory: Path | None = None) -> list[str]:
    """Return the names of the files that the database has not seen, in numeric order.

    Raises Unavailable when the database does not answer.
    """
    files = read_migrations(directory)
    async with _connected(dsn) as connection:
        ledger = await _ledger(connection)
    return [file.name for file in files if file.name not in ledger]


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Connection]:
    """Lend a connection of its own, which ends with the block and frees its locks."""
    with translated():
        try:
            connection = await asyncpg.connect(
                dsn,
                timeout=CONNECT_S,
                command_timeout=FILE_LIMIT_S,
                server_settings={"application_name": "flatrender migrate", "jit": "off"},
            )
        except asyncpg.InvalidCatalogNameError as error:
            raise MigrationError(
                "database_missing", f"{str(error).capitalize()}. Create it, then run this again."
            ) from error
        try:
            yield connection
        except asyncpg.InsufficientPrivilegeError as error:
            raise MigrationError(
                "migration_forbidden",
                f"The database role may not do this: {error}. "
                "Migrate as the owner; the roles recipe stands at the top of 00_setup.sql.",
            ) from error
        finally:
            await _close(connection)


async def _close(connection: Connection) -> None:
    """Part politely; cut the line when the server does not answer."""
    try:
        await connection.close(timeout=5)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()


async def _ledger(connection: Connection) -> dict[str, str | None]:
    """Read the ledger as name to hash; empty when the database is fresh."""
    named = statements.load()
    if not await connection.fetchval(named["ledger_exists"]):
        return {}
    return {row["name"]: row["sha256"] for row in await connection.fetch(named["ledger_list"])}


async def _apply(connection: Connection, file: Migration) -> None:
    """Run one file as it stands; its own BEGIN and COMMIT make it whole or nothing."""
    await connection.fetchval(statements.load()["ledger_announce"], file.sha256)
    try:
        await connection.execute(file.text)
    except asyncpg.LockNotAvailableError as error:
        raise MigrationError(
            "migration_locked",
            f"{file.name} could not lock a table that others use; nothing of it was kept. "
            "Run it again when the farm is quiet.",
        ) from error
    except asyncpg.PostgresError as error:
        hint = getattr(error, "hint", None)
        raise MigrationError(
            "migration_failed",
            f"{file.name} failed and nothing of it was kept: {error} ({error.sqlstate}). "
            f"{hint or 'Mend what it says, then run this again.'}",
        ) from error
    if (await _ledger(connection)).get(file.name) != file.sha256:
        raise MigrationError(
            "migration_unrecorded",
            f"{file.name} ran, but did not write its ledger row. End the file as the others end.",
        )
