"""Frame ranges of tasks, the frames recorded for them, and published exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.store.ranges import Spans, from_sql
from orchestrator.wire.tasks import FrameResult, Output


@dataclass(frozen=True, slots=True)
class FrameJob:
    """Be the frames of one task: ordered, done, missing."""

    id: int
    frames: Spans
    done: Spans
    missing: Spans
    frame_count: int


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """Be one frame, with the attempt that it came from and where it was uploaded."""

    frame: int
    task_id: int
    attempt: int
    sha256: str
    size_bytes: int
    object_key: str | None


async def of_task(session: Session, task_id: int) -> FrameJob | None:
    """Give the frames of a task; None for kinds without any."""
    return (await of_tasks(session, [task_id])).get(task_id)


async def of_tasks(session: Session, task_ids: Sequence[int]) -> dict[int, FrameJob]:
    """Give the frames of tasks by task id; kinds without any are left out."""
    rows = await session.fetch("frame_job_of_task", list(task_ids))
    return {
        row["task_id"]: FrameJob(
            row["id"],
            from_sql(row["frames"]),
            from_sql(row["done"]),
            from_sql(row["missing"]),
            row["frame_count"],
        )
        for row in rows
    }


async def record_many(
    session: Session, told: Mapping[tuple[int, int], Sequence[FrameResult]]
) -> None:
    """Record frames of attempts, (task, attempt): each task once, each frame of it once.

    Those recorded before, or not ordered, change nothing.
    """
    pairs = sorted(told)
    frames = [(task_id, one) for task_id, attempt in pairs for one in told[task_id, attempt]]
    await session.execute(
        "frame_record_many",
        [task_id for task_id, _ in pairs],
        [attempt for _, attempt in pairs],
        [task_id for task_id, _ in frames],
        [one.frame for _, one in frames],
        [bytes.fromhex(one.sha256) for _, one in frames],
        [one.size_bytes for _, one in frames],
        [one.key for _, one in frames],
    )


async def owners(session: Session, task_ids: Sequence[int]) -> dict[int, tuple[UUID | None, str]]:
    """Give the job and the kind of tasks."""
    rows = await session.fetch("frame_owners", list(task_ids))
    return {row["id"]: (row["job_id"], row["kind"]) for row in rows}


async def reset(session: Session, task_id: int, attempt: int) -> None:
    """Forget frames that attempts before this one recorded and never uploaded."""
    await session.execute("frame_reset", task_id, attempt)


async def count_of_attempt(session: Session, task_id: int, attempt: int) -> int:
    """Count the frames that came from one attempt."""
    return int(await session.fetchval("frame_count_of_attempt", task_id, attempt))


async def complete(session: Session, task_id: int) -> bool:
    """Mark a range complete; False while a frame is missing."""
    return await session.fetchval("frame_job_complete", task_id) is not None


async def of_job(session: Session, job_id: UUID) -> list[RecordedFrame]:
    """Give every recorded frame of a job in order."""
    rows = await session.fetch("frame_results_of_job", job_id)
    return [RecordedFrame(**row) for row in rows]


async def publish(
    session: Session,
    output: Output,
    *,
    export_id: UUID,
    job_id: UUID,
    tenant_id: UUID,
    task_id: int,
    attempt: int,
) -> bool:
    """Write the export row of one output; False when that kind is published already."""
    row = await session.fetchval(
        "export_publish",
        export_id,
        job_id,
        tenant_id,
        output.kind,
        output.key,
        output.content_type,
        output.size_bytes,
        output.sha256,
        output.width,
        output.height,
        output.frames,
        output.fps.num if output.fps else None,
        output.fps.den if output.fps else None,
        output.duration_s,
        output.has_audio,
        task_id,
        attempt,
    )
    return row is not None
