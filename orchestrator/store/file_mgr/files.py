"""Write and read file rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.store.pool import Record, Session


@dataclass(frozen=True, slots=True)
class FileRow:
    """Be one ready file; hash and size are those of the safe copy."""

    id: UUID
    tenant_id: UUID
    name: str
    kind: Literal["image", "audio", "video"]
    media_type: str
    object_key: str
    size_bytes: int
    sha256: str
    width: int | None
    height: int | None
    duration_s: float | None
    created_at: datetime


def _file(row: Record) -> FileRow:
    return FileRow(**dict(row))


async def file_insert(
    session: Session,
    *,
    file_id: UUID,
    tenant_id: UUID,
    name: str,
    kind: str,
    media_type: str,
    object_key: str,
    size_bytes: int,
    sha256: str,
    original_size_bytes: int,
    original_sha256: str,
    width: int | None,
    height: int | None,
    duration_s: float | None,
) -> FileRow | None:
    """Write a ready file; None when the id exists already."""
    row = await session.fetchrow(
        "file_insert",
        *(file_id, tenant_id, name, kind, media_type, object_key, size_bytes, sha256),
        *(original_size_bytes, original_sha256, width, height, duration_s),
    )
    return None if row is None else _file(row)


async def file_get(session: Session, tenant_id: UUID, file_id: UUID) -> FileRow | None:
    """Read one ready file of a tenant."""
    row = await session.fetchrow("file_get", tenant_id, file_id)
    return None if row is None else _file(row)


async def file_many(session: Session, tenant_id: UUID, file_ids: list[UUID]) -> dict[UUID, FileRow]:
    """Read those of the files that are ready and the tenant's, by id."""
    rows = await session.fetch("file_many", tenant_id, file_ids)
    return {row["id"]: _file(row) for row in rows}


async def file_newest(session: Session, tenant_id: UUID, limit: int) -> list[FileRow]:
    """Read the tenant's newest ready files, the newest first."""
    return [_file(row) for row in await session.fetch("file_newest", tenant_id, limit)]
