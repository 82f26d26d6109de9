"""Change a job that has not ended: its priority and deadline, and its tasks' places in line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.core.machines.task import TASK
from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Be a task that has not ended; `frames` is 0 for a task that draws none."""

    id: int
    class_id: int
    frames: int


@dataclass(frozen=True, slots=True)
class Urgency:
    """Say in how many seconds a job is due, if ever, and what that has gained it in line."""

    left_s: float | None
    credit: int


async def urgency(session: Session, job_id: UUID) -> Urgency:
    """Give how urgent a job is; a job that does not exist is not."""
    row = await session.fetchrow("job_urgency", job_id)
    return Urgency(**row) if row else Urgency(None, 0)


async def set_credit(session: Session, job_id: UUID, credit: int) -> None:
    """Note what a job's deadline has gained its tasks, in virtual time."""
    await session.execute("job_credit", job_id, credit)


async def shift(session: Session, job_id: UUID, by: int) -> None:
    """Move a job's open tasks back in line, or forward by less than 0; the caller holds locks."""
    await session.execute("task_shift", job_id, list(TASK.sources("cancel")), by)


async def change_job(
    session: Session,
    job_id: UUID,
    *,
    priority: int | None,
    deadline_at: datetime | None,
    drop_deadline: bool,
) -> None:
    """Write what is given into the row of a locked job."""
    await session.execute("job_change", job_id, priority, deadline_at, drop_deadline)


async def open_tasks(session: Session, job_id: UUID) -> list[OpenTask]:
    """Give the tasks of a job that have not ended, in the order they were to be served."""
    rows = await session.fetch("task_open_of_job", job_id, list(TASK.sources("cancel")))
    return [OpenTask(**row) for row in rows]


async def deal(session: Session, priority: int, starts: Mapping[int, int]) -> None:
    """Give tasks their priority and virtual starts; the caller holds the locks."""
    await session.execute("task_deal", list(starts), list(starts.values()), priority)
