"""Make monthly partitions ahead of time and tell when rows found none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.store.pool import Database, Session

DSN_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Stray:
    """Describe rows of a DEFAULT partition: how many (10,000 = at least) and of which times."""

    partition: str
    rows: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """Name the partitions made (schema.table_YYYY_MM), rows moved into them, rows left over."""

    created: tuple[str, ...]
    moved: int
    stray: tuple[Stray, ...]

    @property
    def alarm(self) -> str | None:
        """Say in one sentence what a person must look at; None when all is well."""
        if not self.stray:
            return None
        found = ", ".join(
            f"{one.partition} has {one.rows} rows of {one.first_at:%Y-%m-%d}"
            f" to {one.last_at:%Y-%m-%d}"
            for one in self.stray
        )
        return (
            f"Rows outside every monthly partition: {found}. Check the clocks of what wrote them,"
            " then delete the rows or make their months."
        )

    def __str__(self) -> str:
        """Tell the whole report in a few sentences."""
        made = f"Made {', '.join(self.created)}." if self.created else "Nothing to make."
        moved = f" Moved {self.moved} rows out of DEFAULT." if self.moved else ""
        return made + moved + (f" {self.alarm}" if self.alarm else "")


async def ensure_partitions(
    where: str | Session, months_ahead: int = 2, *, at: datetime | None = None
) -> PartitionReport:
    """Make the partitions of this month and the next `months_ahead`, in UTC.

    `where` is a session or the address (dsn) of a database. Rows that waited in a DEFAULT
    partition for one of these months move into it. The month is that of the database's clock;
    `at` is for tests of a rollover. Safe at any time and by several at once. Raises Unavailable.
    """
    if not isinstance(where, str):
        return await _ensure(where, months_ahead, at)
    database = await Database.open(where, size=1, statement_timeout_s=DSN_LIMIT_S)
    try:
        return await _ensure(database.session(), months_ahead, at)
    finally:
        await database.close()


async def _ensure(session: Session, months_ahead: int, at: datetime | None) -> PartitionReport:
    """Run both statements and put their rows into a report."""
    made = await session.fetch("partitions_make", months_ahead, at)
    stray = await session.fetch("partitions_stray")
    return PartitionReport(
        created=tuple(f"{row['parent']}_{row['month']:%Y_%m}" for row in made if row["created"]),
        moved=sum(row["moved"] for row in made),
        stray=tuple(
            Stray(row["partition"], row["rows"], row["first_at"], row["last_at"]) for row in stray
        ),
    )
