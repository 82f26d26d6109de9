"""Tell of pictures of scenes, and find their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.storage.base import Stored
from orchestrator.store.render.templates import snapshots
from orchestrator.store.render.templates.snapshots import SnapshotRow
from orchestrator.usecases.loose.queueing import why
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.snapshots.order import FAILED_S
from orchestrator.wire.content.snapshots import Snapshot, SnapshotFailure, SnapshotState

_STATES: dict[str, SnapshotState] = {
    "queued": "queued",
    "running": "running",
    "ready": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
    "left": "cancelled",
}

LOST = ("picture_lost", "The picture is not in the storage any more. Ask for it again.")


async def get_snapshot(deps: Deps, tenant_id: UUID, snapshot_id: UUID) -> Snapshot:
    """Describe one picture, and why nobody draws it yet; raises NotFound."""
    row = await snapshots.get(deps.db.session(), tenant_id, snapshot_id)
    if row is None:
        raise NotFound("snapshot", snapshot_id)
    waits_for = None
    if row.state == "queued" and row.task_id is not None:
        waits_for = await why(deps, tenant_id, row.task_id)
    return describe(row, waits_for)


async def list_snapshots(
    deps: Deps,
    tenant_id: UUID,
    project_id: UUID,
    place: tuple[datetime, UUID] | None,
    limit: int,
    *,
    shown: bool,
) -> list[Snapshot]:
    """Describe a project's pictures, newest first; with `shown` those that its scenes show."""
    await find_project(deps, tenant_id, project_id)
    session = deps.db.session()
    rows = await snapshots.page(session, tenant_id, project_id, place, limit, shown=shown)
    return [describe(row) for row in rows]


async def picture_of(deps: Deps, tenant_id: UUID, project_id: UUID, cache_key: str) -> Stored:
    """Find the bytes of a picture; raises NotFound, also for one that was dropped meanwhile."""
    session = deps.db.session()
    key = await snapshots.picture_key(session, tenant_id, project_id, cache_key)
    stored = None if key is None else await deps.objects.stat(key)
    if key is not None and stored is None:
        await snapshots.lose(session, tenant_id, cache_key, LOST)
    if stored is None:
        raise NotFound("picture, or not yet:", cache_key)
    await snapshots.touch(session, tenant_id, [cache_key])
    return stored


def describe_all(rows: Sequence[SnapshotRow]) -> tuple[Snapshot, ...]:
    """Describe pictures in the order given."""
    return tuple(describe(row) for row in rows)


def describe(row: SnapshotRow, waits_for: str | None = None) -> Snapshot:
    """Describe one picture as its tenant sees it."""
    failure = None
    if row.failure_code is not None:
        failure = SnapshotFailure(code=row.failure_code, message=row.failure_message or "")
    ready = row.state == "ready"
    return Snapshot(
        id=row.id,
        project_id=row.project_id,
        scene=row.scene_key,
        comp=row.comp,
        frame=row.frame,
        plain=row.plain,
        max_side=row.max_side,
        engine=row.engine,
        state=_STATES[row.state],
        key=row.cache_key,
        url=address(row.project_id, row.cache_key) if ready else None,
        width=row.width,
        height=row.height,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        failure=failure,
        asked_again_s=FAILED_S if row.state == "failed" else None,
        waits_for=waits_for,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def address(project_id: UUID, cache_key: str) -> str:
    """Write where a picture is, for as long as it is."""
    return f"/v1/scene-snapshots/{project_id}/pictures/{cache_key}"
