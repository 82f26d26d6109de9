"""Turn what asyncpg raises into what the rest of the server understands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from orchestrator.errors import Unavailable

_TRY_LATER = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word when a line was cut just before it was used
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # a lock not to be had, a database closed for now
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.exceptions.PostgresSystemError,
    OSError,
    TimeoutError,
)
"""Gone, starting, stopping, full, read-only, deadlock, too slow: the same call may go through."""


class Duplicate(Exception):
    """Say that a unique constraint refused a row; `constraint` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"a row for {constraint} exists already")
        self.constraint = constraint


@contextmanager
def translated() -> Iterator[None]:
    """Raise Unavailable for faults that pass, Duplicate for unique violations."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(error.constraint_name or "") from error
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise Unavailable(
            "The database's schema is not up to date. Run: flatrender migrate", "not_migrated"
        ) from error
    except asyncpg.DiskFullError as error:
        raise Unavailable(
            "The disk of the database is full. Make room there; it goes on by itself.",
            "database_unavailable",
        ) from error
    except _TRY_LATER as error:
        raise Unavailable(
            "The database does not answer now. Try again in a few seconds.", "database_unavailable"
        ) from error
