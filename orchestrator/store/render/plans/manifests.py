"""Write and read what videos were made of, and the jobs that repeat others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Session


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """Be one job with its manifest; without one it is not done, or from before manifests."""

    job_id: UUID
    project_id: UUID
    again_of: UUID | None
    state: str
    engine: Any
    plan: Any
    request: dict[str, Any]
    bind_spec: dict[str, Any]
    comp: str
    width: int
    height: int
    fps_num: int
    fps_den: int
    frame_first: int
    frames_total: int
    priority: int
    bundle_id: int
    cost_weight: float
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    manifest: dict[str, Any] | None
    inputs: list[dict[str, Any]] | None
    frame_hashes: bytes | None
    written_at: datetime | None
    bundle_key: str
    bundle_md5: str
    bundle_sha256: str


async def write(
    session: Session,
    tenant_id: UUID,
    job_id: UUID,
    *,
    frame_hashes: bytes | None,
    convention_version: int,
    engine: dict[str, Any],
) -> None:
    """Write the manifest of a job that is done; nothing happens while it is not."""
    args = (tenant_id, job_id, frame_hashes, convention_version, engine)
    await session.execute("manifest_write", *args)


async def get(session: Session, tenant_id: UUID, job_id: UUID) -> ManifestRow | None:
    """Read a job of a tenant with its manifest."""
    row = await session.fetchrow("manifest_get", tenant_id, job_id)
    return None if row is None else ManifestRow(**row)


async def hashes(session: Session, tenant_id: UUID, job_id: UUID) -> bytes | None:
    """Read the hashes of a job's frames, 32 bytes each."""
    found: bytes | None = await session.fetchval("manifest_hashes", tenant_id, job_id)
    return found


async def insert_again(
    session: Session,
    tenant_id: UUID,
    job_id: UUID,
    new_id: UUID,
    *,
    api_key_id: UUID | None,
    priority: int,
) -> bool:
    """Write a job that repeats a done one; false when the id exists, or that one is not done."""
    args = (tenant_id, job_id, new_id, api_key_id, priority)
    return await session.fetchval("job_insert_again", *args) is not None
