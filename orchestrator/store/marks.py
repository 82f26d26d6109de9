"""Read how far the farm has come, so that pages know when to look again."""

from __future__ import annotations

from orchestrator.store.pool import Record, Session


async def read(session: Session) -> Record:
    """Give the newest ids: `jobs` of events, `changes` of the audit log."""
    row = await session.fetchrow("marks_read")
    assert row is not None
    return row
