"""Read the figures of the farm's first page."""

from __future__ import annotations

from orchestrator.store.pool import Record, Session


async def figures(session: Session) -> Record:
    """Give done_hour, done_day, failed_day, at_risk."""
    row = await session.fetchrow("overview_figures")
    assert row is not None
    return row


async def failures(session: Session) -> list[Record]:
    """Give the last day's failures: failure_class, failure_code, count, last_at."""
    return await session.fetch("overview_failures")


async def first_previews(session: Session) -> tuple[float | None, float | None]:
    """Give how long clients waited for their first picture, in seconds: P50 and P90."""
    row = await session.fetchrow("overview_first_previews")
    return (None, None) if row is None else (row["p50_s"], row["p90_s"])
