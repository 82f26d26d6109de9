"""Make monthly partitions ahead of time and tell when rows found none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.store.pool import Session


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


async def ensure_partitions(
    session: Session, months_ahead: int = 2, *, at: datetime | None = None
) -> PartitionReport:
    """Make the partitions of this month and the next `months_ahead`, in UTC.

    Rows that waited in a DEFAULT partition for one of these months move into it. The month is
    that of the database's clock; `at` is for tests of a rollover. Safe to run at any time and
    by several at once. Raises Unavailable.
    """
    made = await session.fetch("partitions_make", months_ahead, at)
    stray = await session.fetch("partitions_stray")
    return PartitionReport(
        created=tuple(f"{row['parent']}_{row['month']:%Y_%m}" for row in made if row["created"]),
        moved=sum(row["moved"] for row in made),
        stray=tuple(
            Stray(row["partition"], row["rows"], row["first_at"], row["last_at"]) for row in stray
        ),
    )
