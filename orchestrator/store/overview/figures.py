"""Read the figures of the farm's first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Record, Session


async def figures(session: Session) -> Record:
    """Give done_hour, done_day, failed_day; has_nodes, has_templates, has_renders: ever."""
    row = await session.fetchrow("overview_figures")
    assert row is not None
    return row


@dataclass(frozen=True, slots=True)
class DueJob:
    """Be an unfinished job that must be done by a time."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    state: str
    engine: str
    frames_total: int | None
    progress: dict[str, Any]
    started_at: datetime | None
    deadline_at: datetime
    project: str | None


async def due(session: Session, limit: int) -> list[DueJob]:
    """Give unfinished jobs with a deadline, the soonest first."""
    return [DueJob(**dict(row)) for row in await session.fetch("overview_due", limit)]


async def failures(session: Session) -> list[Record]:
    """Give the last day's failures: failure_class, failure_code, count, last_at."""
    return await session.fetch("overview_failures")


async def first_previews(session: Session) -> tuple[float | None, float | None]:
    """Give how long clients waited for their first picture, in seconds: P50 and P90."""
    row = await session.fetchrow("overview_first_previews")
    return (None, None) if row is None else (row["p50_s"], row["p90_s"])
