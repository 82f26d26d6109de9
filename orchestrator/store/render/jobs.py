"""Jobs as their clients see them: insert, read, tasks, exports, events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class NewJob:
    """Be one job to insert, in the order of the columns of `job_insert`."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    api_key_id: UUID | None
    plan: str
    engine: str
    request: dict[str, Any]
    bind_spec: dict[str, Any]
    bundle_id: int
    comp: str
    width: int
    height: int
    fps_num: int
    fps_den: int
    frame_first: int
    frames_total: int
    quality: str
    container: str
    alpha: bool
    has_voiceover: bool
    music_volume: float
    sfx_volume: float
    voiceover_volume: float
    priority: int
    deadline_at: datetime | None
    cost_weight: float


@dataclass(frozen=True, slots=True)
class JobRow:
    """Be one job; `progress` is `{stage: {done, total}}`."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    state: Any
    plan: Any
    engine: Any
    comp: str
    frame_first: int
    frames_total: int
    width: int
    height: int
    fps_num: int
    fps_den: int
    priority: int
    deadline_at: datetime | None
    progress: dict[str, dict[str, int]]
    failure_code: str | None
    failure_class: str | None
    failure_message: str | None
    warnings: list[str]
    unsupported: dict[str, int]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    node_ms: int | None
    cost_weight: float


@dataclass(frozen=True, slots=True)
class ExportRow:
    """Be one published result."""

    id: UUID
    job_id: UUID
    kind: Any
    object_key: str
    media_type: str
    size_bytes: int
    sha256: str
    width: int | None
    height: int | None
    frames: int | None
    fps_num: int | None
    fps_den: int | None
    duration_s: float | None
    has_audio: bool | None


@dataclass(frozen=True, slots=True)
class TenantLimits:
    """Hold what a tenant may order; None is no limit."""

    priority_max: int
    active_jobs_max: int | None
    output_pixels_max: int | None
    output_frames_max: int | None
    active_jobs: int


async def job_insert(session: Session, job: NewJob) -> bool:
    """Write a new job; false when the id exists already."""
    values = [getattr(job, name) for name in NewJob.__slots__]
    return await session.fetchval("job_insert", *values) is not None


async def job_get(session: Session, tenant_id: UUID, job_id: UUID) -> JobRow | None:
    """Read one job of a tenant."""
    row = await session.fetchrow("job_get", tenant_id, job_id)
    return None if row is None else JobRow(**row)


async def job_page(
    session: Session,
    tenant_id: UUID,
    before: tuple[datetime, UUID] | None,
    limit: int,
    state: str | None,
) -> list[JobRow]:
    """Read jobs, newest first, those before the given place."""
    at, last = before or (None, None)
    rows = await session.fetch("job_page", tenant_id, at, last, limit, state)
    return [JobRow(**row) for row in rows]


async def limits(session: Session, tenant_id: UUID, count_to: int) -> TenantLimits:
    """Read a tenant's limits and its active jobs, counted up to `count_to`."""
    row = await session.fetchrow("tenant_limits", tenant_id, count_to)
    assert row is not None, "the tenant of a valid key exists"
    return TenantLimits(**row)


async def exports(session: Session, tenant_id: UUID, job_ids: list[UUID]) -> list[ExportRow]:
    """Read the published results of jobs: video, poster, thumbnail of each."""
    rows = await session.fetch("job_exports", tenant_id, job_ids)
    return [ExportRow(**row) for row in rows]


async def tasks(session: Session, tenant_id: UUID, job_id: UUID) -> list[Record]:
    """Read a job's tasks in the plan's order, with their nodes."""
    return await session.fetch("job_tasks", tenant_id, job_id)


async def frame_key(session: Session, tenant_id: UUID, job_id: UUID, frame: int) -> str | None:
    """Tell where one frame was uploaded; None when it was not."""
    key: str | None = await session.fetchval("job_frame_key", tenant_id, job_id, frame)
    return key


async def previews(session: Session, tenant_id: UUID, job_id: UUID) -> dict[int, str]:
    """Tell where small pictures of frames were uploaded, by frame, in order."""
    rows = await session.fetch("job_previews", tenant_id, job_id)
    return {row["frame"]: row["object_key"] for row in rows}


async def events_after(session: Session, tenant_id: UUID, job_id: UUID, after: int) -> list[Record]:
    """Read up to 500 events of a job that came after an id, in order."""
    return await session.fetch("job_events_after", tenant_id, job_id, after)


async def finished(session: Session, tenant_id: UUID, job_id: UUID) -> bool | None:
    """Tell whether a job has ended; None when the tenant has no such job."""
    found: bool | None = await session.fetchval("job_finished", tenant_id, job_id)
    return found
