"""Health of nodes over time: minutes, roll-ups, crashes, and what lies in their caches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.core.scheduling.recovery import (
    QUARANTINES_WINDOW_S,
    STORM_WINDOW_S,
    Action,
    Crashes,
)
from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class Crash:
    """Be how an engine of a node ended that should not have; `exit_code` may be unsigned."""

    node_id: UUID
    task_id: int
    attempt: int
    crash_class: str
    exit_code: int | None
    frame: int | None
    memory_bytes: int | None
    signature: str
    message: str
    log_tail: str
    screenshot_key: str | None = None


async def insert_crash(session: Session, crash: Crash) -> int | None:
    """Keep a crash and give its id; None when it was told before."""
    value: int | None = await session.fetchval(
        "crash_insert",
        crash.node_id,
        crash.task_id,
        crash.attempt,
        crash.signature,
        crash.message,
        crash.log_tail,
        crash.crash_class,
        crash.exit_code,
        crash.frame,
        crash.memory_bytes,
        crash.screenshot_key,
    )
    return value


async def note_agent_death(
    session: Session, session_id: int, instance: str, held: tuple[int, int], message: str
) -> None:
    """Keep that the agent of an open session died at work, unless it is this very `instance`.

    `held` is a task and the attempt that it worked on.
    """
    await session.execute("crash_of_agent", session_id, instance, *held, message)


async def count_crashes(session: Session, node_id: UUID, *, has_stand_in: bool) -> Crashes:
    """Count what a node's crashes show."""
    row = await session.fetchrow("crash_count", node_id, STORM_WINDOW_S, QUARANTINES_WINDOW_S)
    return Crashes(**row, has_stand_in=has_stand_in) if row else Crashes(0, 0, 0, has_stand_in)


async def note_recovery(session: Session, crash_id: int, action: Action) -> None:
    """Note what was done about a crash."""
    await session.execute("crash_note_recovery", crash_id, action)


async def crashes(
    session: Session, node_id: UUID, before: tuple[datetime, int] | None, limit: int
) -> list[Record]:
    """Give crashes of a node, newest first, those before the one named."""
    at, last = before or (None, None)
    return await session.fetch("crash_page", node_id, at, last, limit)


async def screenshot(session: Session, node_id: UUID, crash_id: int) -> str | None:
    """Give the object's key of the picture that a crash of a node came with."""
    key: str | None = await session.fetchval("crash_screenshot", node_id, crash_id)
    return key


async def cached(
    session: Session, node_id: UUID, before: tuple[datetime, str] | None, limit: int
) -> list[Record]:
    """Give bundles in a node's cache, the last used first, those before the one named."""
    at, last = before or (None, None)
    return await session.fetch("node_cache_page", node_id, at, last, limit)


async def series(
    session: Session, node_id: UUID, begin: datetime, end: datetime, step_s: int
) -> list[Record]:
    """Give a node's health in buckets of `step_s`, oldest first; buckets without samples lack."""
    return await session.fetch("node_health_series", node_id, begin, end, float(step_s))


async def tidy(session: Session, days: int) -> None:
    """Roll minutes up, note recoveries, and delete what served its time.

    Minutes are kept for two days, roll-ups and crashes for `days`.
    """
    await session.execute("node_health_roll_up")
    await session.execute("crash_note_recovered")
    await session.execute("health_drop_old")
    await session.execute("health_drop_rolled", days)
    await session.execute("crash_drop_old", days)


async def drop_months(session: Session, days: int) -> list[str]:
    """Drop the partitions of logs that ended so many days ago; give their names."""
    return [row["partition"] for row in await session.fetch("partitions_drop", days)]
