"""Read templates of every tenant as the pages list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Say which projects are wanted; None lets everything through, archived ones only by state."""

    tenant_id: UUID | None = None
    state: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """Be one template of the list."""

    id: UUID
    tenant_id: UUID
    tenant: str
    name: str
    state: str
    mode: str | None
    aspect: str | None
    bundle_size_bytes: int | None
    bundle_uploaded_at: datetime | None
    scanned_at: datetime | None
    scan_engine: str | None
    created_at: datetime
    scenes: int


async def page(
    session: Session, wanted: ProjectFilter, before: tuple[datetime, UUID] | None, limit: int
) -> list[ProjectLine]:
    """Give projects, the newest first, those before a place."""
    at, last = before or (None, None)
    rows = await session.fetch(
        "overview_projects", at, last, wanted.tenant_id, wanted.state, wanted.name, limit
    )
    return [ProjectLine(**dict(row)) for row in rows]


async def owner(session: Session, project_id: UUID) -> UUID | None:
    """Give whose project it is."""
    found: UUID | None = await session.fetchval("overview_project_tenant", project_id)
    return found


async def scan_owner(session: Session, scan_id: UUID) -> tuple[UUID, UUID] | None:
    """Give (tenant, project) of a full scan."""
    row = await session.fetchrow("overview_scan_tenant", scan_id)
    return None if row is None else (row["tenant_id"], row["project_id"])
