"""How fast templates go: averages kept per project and engine, and what one job shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from uuid import UUID

from orchestrator.core.scheduling.pace import Pace
from orchestrator.store.pool import Session

_NEEDED = ("launch_s", "open_s", "first_frame_s", "frame_s", "export_frame_s")


@dataclass(frozen=True, slots=True)
class SeenJob:
    """Be what a done job shows; `whole_s` is what one node took for all of it, if one did."""

    tenant_id: UUID
    project_id: UUID
    engine: str
    frames: int
    pace: Pace
    whole_s: float | None


async def read(session: Session, tenant_id: UUID, project_id: UUID, engine: str) -> Pace | None:
    """Give the pace of a tenant's template with an engine; None while nothing is known."""
    row = await session.fetchrow("pace_get", tenant_id, project_id, engine)
    return Pace(**row) if row else None


async def read_many(
    session: Session, templates: Sequence[tuple[UUID, UUID, str]]
) -> dict[tuple[UUID, UUID, str], Pace]:
    """Give the paces of (tenant, project, engine); what nothing is known of is left out."""
    columns: list[list[object]] = [list(part) for part in zip(*templates, strict=True)]
    rows = await session.fetch("pace_get_many", *columns)
    names = ("tenant_id", "project_id", "engine")
    return {
        (row["tenant_id"], row["project_id"], row["engine"]): Pace(
            **{name: value for name, value in row.items() if name not in names}
        )
        for row in rows
    }


async def seen(session: Session, job_id: UUID) -> SeenJob | None:
    """Give what a done job shows; None when its nodes told too little, or it was tried again."""
    row = await session.fetchrow("pace_seen", job_id)
    if row is None or any(row[name] is None for name in _NEEDED):
        return None
    pace = Pace(
        samples=1,
        bind_s=row["bind_s"] or 0.0,
        launch_s=row["launch_s"],
        open_s=row["open_s"],
        first_frame_s=row["first_frame_s"],
        frame_s=row["frame_s"],
        frame_slowest_s=row["frame_slowest_s"] or row["frame_s"],
        export_frame_s=row["export_frame_s"],
        frame_bytes=row["frame_bytes"] or 0.0,
        link_bytes_s=row["link_bytes_s"] or 0.0,
    )
    whole_s = row["whole_s"]
    return SeenJob(row["tenant_id"], row["project_id"], row["engine"], row["frames"], pace, whole_s)


async def write(
    session: Session, tenant_id: UUID, project_id: UUID, engine: str, pace: Pace
) -> None:
    """Keep the pace of a template with an engine."""
    await session.execute("pace_set", tenant_id, project_id, engine, *astuple(pace))
