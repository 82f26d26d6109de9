"""Describe renders, their tasks and their results."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.pool import Record
from orchestrator.store.ranges import from_sql
from orchestrator.store.render import jobs
from orchestrator.store.render.jobs import ExportRow, JobRow
from orchestrator.usecases.renders.eta import shown_eta
from orchestrator.wire.base import Fps
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.frames import from_frames, write
from orchestrator.wire.media.output import FORMATS
from orchestrator.wire.renders import Export, Render, StageProgress, TaskView

STAGES = ("bind", "frames", "verify", "export")
ENDINGS = {
    **{one.content_type: one.ending for one in FORMATS.values()},
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
}


async def get_render(deps: Deps, tenant_id: UUID, job_id: UUID) -> Render:
    """Describe one render of the tenant; raises NotFound."""
    row = await jobs.job_get(deps.db.session(), tenant_id, job_id)
    if row is None:
        raise NotFound("render", job_id)
    (render,) = await _described(deps, tenant_id, [row])
    return render.model_copy(update=await shown_eta(deps, tenant_id, row))


async def list_renders(
    deps: Deps,
    tenant_id: UUID,
    before: tuple[datetime, UUID] | None,
    limit: int,
    state: str | None,
) -> list[Render]:
    """Describe renders, newest first."""
    rows = await jobs.job_page(deps.db.session(), tenant_id, before, limit, state)
    return await _described(deps, tenant_id, rows)


async def list_exports(deps: Deps, tenant_id: UUID, job_id: UUID) -> tuple[Export, ...]:
    """Describe what was published of a render; raises NotFound."""
    return (await get_render(deps, tenant_id, job_id)).exports


async def export_url(deps: Deps, tenant_id: UUID, job_id: UUID, kind: str) -> str:
    """Sign an address of one published result; raises NotFound."""
    for export in await list_exports(deps, tenant_id, job_id):
        if export.kind == kind:
            return export.url
    raise NotFound(f"export of render {job_id}, or not yet:", kind)


async def frame_url(deps: Deps, tenant_id: UUID, job_id: UUID, frame: int) -> str:
    """Sign an address of one frame, or of a small picture of it where it stays on its node.

    Raises NotFound, which names the frames of which there are pictures.
    """
    render = await get_render(deps, tenant_id, job_id)
    session, ttl_s, name = deps.db.session(), deps.settings.url_ttl_s, f"{job_id}-{frame:05d}"
    key = await jobs.frame_key(session, tenant_id, job_id, frame) if frame < 2**31 else None
    if key is not None:
        return deps.objects.sign_get(key, ttl_s, f"{name}{PurePosixPath(key).suffix}")
    small = await jobs.previews(session, tenant_id, job_id)
    if frame in small:
        return deps.objects.sign_get(small[frame], ttl_s, f"{name}.jpg")
    there = write(from_frames(small)) or "none"
    if render.plan == "single":
        raise NotFound(
            f"frame of render {job_id} here (its plan is single: frames stay on the node, and "
            f"small pictures are there of {there[:200]}):",
            frame,
        )
    raise NotFound(f"frame of render {job_id}, or not yet (small pictures: {there[:200]}):", frame)


async def list_tasks(
    deps: Deps, tenant_id: UUID, job_id: UUID, *, with_nodes: bool
) -> tuple[TaskView, ...]:
    """Describe a render's tasks in the plan's order; nodes are shown to operators only."""
    await get_render(deps, tenant_id, job_id)
    rows = await jobs.tasks(deps.db.session(), tenant_id, job_id)
    return tuple(_task(row, with_nodes=with_nodes) for row in rows)


async def _described(deps: Deps, tenant_id: UUID, rows: list[JobRow]) -> list[Render]:
    published: dict[UUID, list[Export]] = defaultdict(list)
    done = [row.id for row in rows if row.finished_at is not None]
    if done:
        for found in await jobs.exports(deps.db.session(), tenant_id, done):
            published[found.job_id].append(_export(deps, found))
    return [_render(row, tuple(published[row.id])) for row in rows]


def _export(deps: Deps, row: ExportRow) -> Export:
    ending = ENDINGS.get(row.media_type, "bin")
    name = f"{row.job_id}.{ending}" if row.kind == "video" else f"{row.job_id}-{row.kind}.{ending}"
    fps = None
    if row.fps_num is not None and row.fps_den is not None:
        fps = Fps(num=row.fps_num, den=row.fps_den)
    return Export(
        id=row.id,
        kind=row.kind,
        url=deps.objects.sign_get(row.object_key, deps.settings.url_ttl_s, name),
        content_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        frames=row.frames,
        fps=fps,
        duration_s=row.duration_s,
        has_audio=row.has_audio,
    )


def _render(row: JobRow, exports: tuple[Export, ...]) -> Render:
    last = row.frame_first + row.frames_total - 1
    return Render(
        id=row.id,
        project_id=row.project_id,
        state=row.state,
        plan=row.plan,
        engine=row.engine,
        comp=row.comp,
        frames=write(((row.frame_first, last),)),
        frames_total=row.frames_total,
        width=row.width,
        height=row.height,
        fps=Fps(num=row.fps_num, den=row.fps_den),
        priority=row.priority,
        deadline_at=row.deadline_at,
        stages=_stages(row.progress),
        failure=failure_of(row.failure_class, row.failure_code, row.failure_message),
        warnings=tuple(row.warnings),
        unsupported=row.unsupported,
        exports=exports,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        node_s=None if row.node_ms is None else row.node_ms / 1000,
        cost_units=None if row.node_ms is None else row.node_ms / 1000 * row.cost_weight,
    )


def _stages(progress: dict[str, dict[str, int]]) -> tuple[StageProgress, ...]:
    found: list[Any] = [(name, progress[name]) for name in STAGES if name in progress]
    return tuple(
        StageProgress(stage=name, done=counts["done"], total=counts["total"])
        for name, counts in found
    )


def failure_of(kind: str | None, code: str | None, message: str | None) -> Failure | None:
    """Put the columns of a failure together; None without one."""
    if code is None:
        return None
    return Failure(
        failure_class=FailureClass(kind or "unknown"), code=code, message=message or code
    )


def _task(row: Record, *, with_nodes: bool) -> TaskView:
    return TaskView(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        attempt=row["attempt"],
        frames=None if row["frames"] is None else write(from_sql(row["frames"])),
        node_id=row["node_id"] if with_nodes else None,
        node_name=row["node_name"] if with_nodes else None,
        failure=failure_of(row["failure_class"], row["failure_code"], row["failure_message"]),
        queued_at=row["queued_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
