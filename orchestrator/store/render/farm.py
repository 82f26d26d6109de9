"""What concerns the whole farm: the restore epoch, the reaper's memory, the janitor's lists."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from orchestrator.core.scheduling.expiry import Census, Ruling, Sweep
from orchestrator.store.pool import Session


async def epoch(session: Session) -> int:
    """Give the restore epoch."""
    return int(await session.fetchval("epoch_get"))


async def hold_epoch(session: Session) -> int:
    """Give the restore epoch and keep it as it is until the transaction ends."""
    return int(await session.fetchval("epoch_hold"))


async def look_epoch(session: Session) -> tuple[int, int]:
    """Give the restore epoch and the tick."""
    row = await session.fetchrow("epoch_look")
    if row is None:
        raise RuntimeError("render.farm_epoch is empty; run flatrender migrate")
    return row["epoch"], row["tick"]


async def tick(session: Session, epoch: int) -> int | None:
    """Count the tick up and give it; None when the epoch is another meanwhile."""
    value: int | None = await session.fetchval("epoch_tick", epoch)
    return value


async def raise_epoch(session: Session, epoch: int, behind: int, reason: str) -> bool:
    """Raise the epoch above its own value and `behind`, and end all sessions.

    False when it is no longer `epoch`: somebody else raised it.
    """
    if await session.fetchval("epoch_raise", behind, reason, epoch) is None:
        return False
    await session.execute("session_close_all")
    return True


async def lock_sweep(session: Session) -> tuple[datetime, Sweep]:
    """Take the reaper's turn; give the database's time and what the last sweep left."""
    row = await session.fetchrow("sweep_lock")
    if row is None:
        raise RuntimeError("render.reaper_sweeps is empty; run flatrender migrate")
    return row["now"], Sweep(row["swept_at"], row["grace_until"], row["held_until"])


async def note_sweep(session: Session, ruling: Ruling, expired: int, alarm: str | None) -> None:
    """Leave what the next sweep must know."""
    await session.execute(
        "sweep_note",
        ruling.memory.grace_until,
        ruling.memory.hold_until,
        ruling.action,
        expired,
        alarm,
    )


async def census(session: Session) -> Census:
    """Count leases, nodes that hold some, and leases past their deadline."""
    row = await session.fetchrow("lease_census")
    return Census(**row) if row else Census(0, 0, 0)


async def drop_old(session: Session) -> int:
    """Delete small rows that served their time; give how many."""
    names = (
        "claim_request_drop_old",
        "enrolment_drop_old",
        "idempotency_drop_old",
        "session_drop_old",
    )
    return sum([await session.execute(name) for name in names])


async def drop_tasks(session: Session, days: int) -> int:
    """Delete tasks and attempts of jobs that finished so long ago, a batch at a time."""
    return await session.execute("task_drop_old", days)


async def jobs_to_clear(session: Session, keep_hours: int, limit: int) -> list[UUID]:
    """Give finished jobs whose leftovers in storage may go."""
    return [row["id"] for row in await session.fetch("janitor_jobs", keep_hours, limit)]


async def published(session: Session, job_id: UUID) -> frozenset[str]:
    """Give the object keys of a job that were published and stay."""
    rows = await session.fetch("janitor_published", job_id)
    return frozenset(row["object_key"] for row in rows)


async def note_cleared(session: Session, job_id: UUID) -> None:
    """Forget a job's recorded frames and its progress, and note that its leftovers are gone."""
    await session.execute("janitor_frames_drop", job_id)
    await session.execute("janitor_events_drop", job_id)
    await session.execute("janitor_job_note", job_id)
