"""Jobs and tasks whose leftovers go: taken, cleared, noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.cleanup.rules import Rule
from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class Taken:
    """Be a job that this janitor clears; nobody else takes it, nor brings it back, meanwhile."""

    id: UUID
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class WithBound:
    """Be a job whose bound copies may go; `is_last` when nothing else of it is left to go."""

    id: UUID
    is_last: bool


async def take(session: Session, rule: Rule, states: Sequence[str], limit: int) -> list[Taken]:
    """Take finished jobs whose time is over, the oldest first."""
    rows = await session.fetch("cleanup_job_take", *rule.args, list(states), limit)
    return [Taken(**row) for row in rows]


async def take_again(
    session: Session, broken_off_s: float, swept_s: float, limit: int
) -> list[Taken]:
    """Take jobs whose clearing broke off, and once more those cleared so long ago."""
    rows = await session.fetch("cleanup_job_take_again", broken_off_s, swept_s, limit)
    return [Taken(**row) for row in rows]


async def keys_to_keep(session: Session, job_id: UUID) -> frozenset[str]:
    """Give the keys of a job's objects that stay when it is cleared."""
    rows = await session.fetch("cleanup_job_keep", job_id)
    return frozenset(row["object_key"] for row in rows)


async def note_cleared(session: Session, job: Taken) -> bool:
    """Forget a job's frames and progress, and note that its objects are gone.

    False when another janitor took the job over.
    """
    if await session.fetchval("cleanup_job_done", job.id, job.taken_at) is None:
        return False
    await session.execute("cleanup_frames_drop", job.id)
    await session.execute("cleanup_events_drop", job.id)
    return True


async def with_bound(session: Session, rule: Rule, limit: int) -> list[WithBound]:
    """Give jobs that ended for good and whose bound copies' time is over."""
    rows = await session.fetch("cleanup_bound_jobs", *rule.args, limit)
    return [WithBound(**row) for row in rows]


async def bound_keys(session: Session, job_id: UUID) -> list[str]:
    """Give the keys of a job's bound copies."""
    return [row["object_key"] for row in await session.fetch("cleanup_bound_keys", job_id)]


async def note_bound(session: Session, job_id: UUID) -> int:
    """Note that a job's bound copies are gone; 0 when somebody did so before."""
    return await session.execute("cleanup_bound_note", job_id)


async def loose_tasks(session: Session, rule: Rule, limit: int) -> list[int]:
    """Give ended tasks without a job whose uploads may go."""
    return [row["id"] for row in await session.fetch("cleanup_loose_tasks", *rule.args, limit)]


async def note_loose(session: Session, task_id: int) -> int:
    """Note that the uploads of a task without a job are gone."""
    return await session.execute("cleanup_loose_note", task_id)


async def old_loose_tasks(session: Session, days: int, limit: int) -> list[int]:
    """Give tasks without a job that ended so long ago that their rows may go."""
    return [row["id"] for row in await session.fetch("cleanup_loose_old", days, limit)]


async def delete_loose(session: Session, task_id: int) -> int:
    """Delete an ended task without a job, and its attempts."""
    return await session.execute("cleanup_loose_delete", task_id)


async def drop_tasks(session: Session, days: int, limit: int) -> int:
    """Delete tasks, attempts and events of jobs that ended so long ago; give how many jobs."""
    return await session.execute("task_drop_old", days, limit)
