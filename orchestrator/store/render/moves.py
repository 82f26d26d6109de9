"""Moves of a job, its events and the outbox: what one transaction writes together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.core.machines.job import JOB
from orchestrator.store.pool import Session, dumps
from orchestrator.wire.failures import Failure


@dataclass(frozen=True, slots=True)
class LockedJob:
    """Be a job whose row is locked.

    `frames_dropped_at` tells when the janitor took it to clear it, `objects_dropped_at` when that
    was done.
    """

    id: UUID
    tenant_id: UUID
    state: str
    frames_total: int | None
    frames_dropped_at: datetime | None
    objects_dropped_at: datetime | None
    repair_rounds: int = 0


async def lock(session: Session, job_id: UUID) -> LockedJob | None:
    """Lock a job: the first lock of every transaction that may move it."""
    row = await session.fetchrow("job_lock", job_id)
    return LockedJob(**row) if row else None


async def lock_many(session: Session, job_ids: Collection[UUID]) -> dict[UUID, LockedJob]:
    """Lock jobs in the order of their ids."""
    rows = await session.fetch("job_lock_many", list(job_ids))
    return {row["id"]: LockedJob(**row) for row in rows}


async def move(
    session: Session, job_id: UUID, event: str, failure: Failure | None
) -> tuple[UUID, int] | None:
    """Move a job by an event of its machine; give (tenant, retries), None when not allowed."""
    row = await session.fetchrow(
        "job_move",
        job_id,
        JOB.target(event),
        JOB.sources(event),
        failure.code if failure else None,
        failure.failure_class.value if failure else None,
        failure.message if failure else None,
    )
    return (row["tenant_id"], row["retries"]) if row else None


@dataclass(frozen=True, slots=True)
class Shown:
    """Be the progress of a job as it is kept, and as its stream is told."""

    stages: dict[str, dict[str, int]]
    stage: str
    frames_done: int

    @property
    def event(self) -> dict[str, Any]:
        """Give what the job's stream is told."""
        stages = [{"stage": name, **counts} for name, counts in self.stages.items()]
        return {"stage": self.stage, "stages": stages}


async def show_many(session: Session, shown: Mapping[UUID, Shown]) -> None:
    """Write the progress of jobs that are locked and tell their streams, in one statement."""
    shown = dict(sorted(shown.items()))
    await session.execute(
        "job_progress_many",
        list(shown),
        [dumps(one.stages) for one in shown.values()],
        [one.stage for one in shown.values()],
        [one.frames_done for one in shown.values()],
        [dumps(one.event) for one in shown.values()],
    )


async def show(session: Session, job_id: UUID, shown: Shown, *, matters: bool) -> None:
    """Write a job's progress and tell its stream, at most twice a second unless it matters."""
    tenant_id = await session.fetchval(
        "job_progress", job_id, shown.stages, shown.stage, shown.frames_done, matters
    )
    if tenant_id is not None:
        await append_event(
            session, tenant_id=tenant_id, job_id=job_id, kind="progress", data=shown.event
        )


async def note_remarks(
    session: Session, job_id: UUID, warnings: list[str], unsupported: dict[str, int]
) -> None:
    """Add warnings and counts of skipped features to a job."""
    if warnings or unsupported:
        await session.execute("job_remarks", job_id, warnings, unsupported)


async def count_usage(session: Session, job_id: UUID) -> None:
    """Count a done job for its tenant, once."""
    await session.execute("job_count_usage", job_id)


async def append_event(
    session: Session,
    *,
    tenant_id: UUID,
    job_id: UUID,
    kind: str,
    data: dict[str, Any],
    task_id: int | None = None,
    attempt: int | None = None,
) -> None:
    """Append to a job's stream of events."""
    await session.execute("event_append", tenant_id, job_id, task_id, attempt, kind, data)


async def append_outbox(
    session: Session,
    *,
    tenant_id: UUID,
    job_id: UUID,
    kind: str,
    dedupe_key: str,
    data: dict[str, Any],
) -> None:
    """Append an event to send on; the same key again is the same event."""
    await session.execute("outbox_append", tenant_id, kind, dedupe_key, job_id, data)
