"""Read what came of a job: published files, and small pictures of its frames."""

from __future__ import annotations

from uuid import UUID

from orchestrator.store.pool import Record, Session


async def get(session: Session, tenant_id: UUID, job_id: UUID, kind: str) -> Record | None:
    """Give the key and media type of a result, and its project's name."""
    return await session.fetchrow("result_get", tenant_id, job_id, kind)


async def preview_frames(session: Session, tenant_id: UUID, job_id: UUID, limit: int) -> list[int]:
    """Give the frames of which there are small pictures, about so many spread over the video."""
    rows = await session.fetch("result_previews", tenant_id, job_id, limit)
    return [row["frame"] for row in rows]


async def preview_key(session: Session, tenant_id: UUID, job_id: UUID, frame: int) -> str | None:
    """Give the key of the newest small picture of a frame."""
    found: str | None = await session.fetchval("result_preview", tenant_id, job_id, frame)
    return found
