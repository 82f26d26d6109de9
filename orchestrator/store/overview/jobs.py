"""Read jobs of every tenant as the pages list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Say which jobs are wanted; None lets everything through; `ids` is a span, both included.

    `projects` are those that a search found by their name.
    """

    state: str | None = None
    tenant_id: UUID | None = None
    project_id: UUID | None = None
    ids: tuple[UUID, UUID] | None = None
    projects: list[UUID] | None = None


@dataclass(frozen=True, slots=True)
class JobLine:
    """Be one job of the list; `thumbnail` is an object's key."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    state: str
    plan: str
    engine: str
    comp: str | None
    frame_first: int
    frames_total: int | None
    width: int | None
    height: int | None
    priority: int
    deadline_at: datetime | None
    progress: dict[str, Any]
    failure_code: str | None
    failure_class: str | None
    failure_message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tenant: str
    project: str | None
    thumbnail: str | None


async def page(
    session: Session, wanted: JobFilter, before: tuple[datetime, UUID] | None, limit: int
) -> list[JobLine]:
    """Give jobs, the newest first, those before a place."""
    at, last = before or (None, None)
    low, high = wanted.ids or (None, None)
    rows = await session.fetch(
        "overview_jobs",
        at,
        last,
        wanted.state,
        wanted.tenant_id,
        wanted.project_id,
        low,
        high,
        wanted.projects,
        limit,
    )
    return [JobLine(**dict(row)) for row in rows]


async def projects_called(session: Session, name: str, limit: int) -> list[UUID]:
    """Give projects whose name holds some words, whatever their case, the newest first."""
    return [row["id"] for row in await session.fetch("overview_projects_called", name, limit)]


async def tenant_of_job(session: Session, job_id: UUID) -> UUID | None:
    """Give whose job it is."""
    found: UUID | None = await session.fetchval("overview_job_tenant", job_id)
    return found


async def priorities(session: Session, job_ids: list[UUID]) -> dict[UUID, int]:
    """Give the priorities that jobs have."""
    rows = await session.fetch("overview_job_priorities", job_ids)
    return {row["id"]: row["priority"] for row in rows}


async def tenants(session: Session) -> list[Record]:
    """List tenants by name: id, slug, name, state; 500 at most."""
    return await session.fetch("overview_tenants")


async def ordered(session: Session, tenant_id: UUID, job_id: UUID) -> Record | None:
    """Give request, name, tenant and project of a job."""
    return await session.fetchrow("overview_job_request", tenant_id, job_id)


async def frames(session: Session, tenant_id: UUID, job_id: UUID) -> list[Record]:
    """Give a job's chunks: frames and done as multiranges, state and progress of the task."""
    return await session.fetch("overview_job_frames", tenant_id, job_id)
