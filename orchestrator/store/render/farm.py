"""What concerns the whole farm: the restore epoch and the reaper's memory."""

from __future__ import annotations

from datetime import datetime

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


async def key_check(session: Session) -> bytes | None:
    """Give what the farm knows its server key by; None before its first start."""
    value: bytes | None = await session.fetchval("key_check_get")
    return value


async def settle_key(session: Session, check: bytes) -> bool:
    """Keep the first key's check value; False when the farm has another key."""
    return await session.fetchval("key_check_settle", check) is not None


async def set_key(session: Session, check: bytes) -> None:
    """Let another key be the farm's."""
    await session.execute("key_check_set", check)


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
