"""Repairs of frames: their rows, the task that they are made like, their comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from orchestrator.core.frames.repair import Part, Reason, Source
from orchestrator.store.pool import Session
from orchestrator.store.ranges import Spans, to_sql

Outcome = Literal["mended", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Be the task that repairs of its job are made like."""

    spec: dict[str, Any]
    inputs: list[dict[str, Any]]
    class_id: int
    bundle_id: int | None
    project_id: UUID | None
    priority: int
    vtime: int
    failures_max: int
    last_position: int
    stage: int


@dataclass(frozen=True, slots=True)
class NewRepair:
    """Be one repair to write down, with its task."""

    part: Part
    task_id: int
    spare_class_id: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Say what is left of a job for a repair: its plan, its frames, whether they are kept."""

    kept: bool
    plan: str
    frame_first: int
    frames_total: int

    @property
    def frames(self) -> Spans:
        """Give the job's frames."""
        return ((self.frame_first, self.frame_first + self.frames_total - 1),)


async def kept(session: Session, tenant_id: UUID, job_id: UUID) -> Kept | None:
    """Say what is left of a tenant's job; None when it has no such job."""
    row = await session.fetchrow("repair_kept", tenant_id, job_id)
    return Kept(**row) if row else None


async def pattern(session: Session, job_id: UUID) -> Pattern | None:
    """Give the frames task of a job that repairs are made like; None in a single plan."""
    row = await session.fetchrow("repair_pattern", job_id)
    return Pattern(**row) if row else None


async def next_round(session: Session, job_id: UUID) -> int:
    """Count one more round of repair of a locked job, and give its number."""
    return int(await session.fetchval("repair_round", job_id))


async def insert(
    session: Session,
    job_id: UUID,
    tenant_id: UUID,
    number: int,
    reason: Reason,
    found: Sequence[NewRepair],
) -> None:
    """Write down the repairs of one round."""
    await session.execute(
        "repair_insert",
        job_id,
        tenant_id,
        number,
        reason,
        [one.part.frame_job_id for one in found],
        [one.task_id for one in found],
        [to_sql(one.part.frames) for one in found],
        [one.part.suspect for one in found],
        [to_sql(one.part.neighbours) for one in found],
        [one.spare_class_id for one in found],
    )


async def finish(session: Session, job_id: UUID, outcome: Outcome) -> None:
    """End what is open of a job's repairs."""
    await session.execute("repair_finish", job_id, outcome)


async def recorded_beside(session: Session, task_id: int) -> dict[int, str]:
    """Give the hashes of the good frames beside a task's repair, as they are recorded."""
    rows = await session.fetch("repair_compare", task_id)
    return {row["frame"]: row["sha256"] for row in rows}


async def note_compared(session: Session, task_id: int, *, equal: bool) -> None:
    """Keep whether the neighbours came out the same on the node that made a repair."""
    await session.execute("repair_note", task_id, equal)


async def forget(session: Session, job_id: UUID, frames: Spans) -> None:
    """Forget frames of a job that are to be made again."""
    await session.execute("frame_forget", job_id, to_sql(frames))


async def sources(session: Session, job_id: UUID, frames: Spans) -> list[Source]:
    """Say of frames of a job where each belongs and which node made it."""
    rows = await session.fetch("frame_sources", job_id, to_sql(frames))
    return [Source(row["frame"], row["frame_job_id"], row["node_id"]) for row in rows]


async def lift(session: Session, after_s: float) -> int:
    """Let the suspect node make frames that nobody else came for; give how many tasks moved."""
    return int(await session.fetchval("repair_lift", after_s) or 0)


async def spare(session: Session, job_id: UUID) -> None:
    """Let any able node make what repairs of a job that is tried again did not."""
    await session.execute("repair_spare", job_id)
