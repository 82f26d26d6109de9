"""Ask for pictures of scenes: what is there is answered, the rest is one task; and cancel that."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog

from orchestrator.core.scheduling.classes import Requirements
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, NotFound, TooMany
from orchestrator.ids import new_id
from orchestrator.store.audit import note_person
from orchestrator.store.pool import Session
from orchestrator.store.render import tasks
from orchestrator.store.render.templates import snapshots
from orchestrator.store.render.templates.snapshots import Making, NewSnapshot, SnapshotRow
from orchestrator.usecases.loose.queueing import LooseTask, cancel_task, enqueue
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.snapshots.wanted import Shot, Wanted, check_wanted
from orchestrator.wire.bind import BindStill
from orchestrator.wire.content.snapshots import SnapshotOrder, SnapshotSpec
from orchestrator.wire.media.skills import asked

log = structlog.get_logger("snapshots")
COST = 5
"""What one picture takes of its tenant's share, in frames."""
MOST_UNFINISHED = 20
"""Calls of one tenant whose pictures may wait or be drawn at one time."""
AGAIN_AT_ONCE = ("picture_lost",)
"""Failures that drawing mends for certain."""
FAILED_S = 60.0
"""How long a failure is the answer: asked for again after that, a picture is drawn again."""


async def order_snapshots(
    deps: Deps, tenant_id: UUID, project_id: UUID, order: SnapshotOrder
) -> list[SnapshotRow]:
    """Give a row for each picture, in the order asked; those not there yet are being made.

    The same picture asked for many times at once is made once. Raises NotFound (project), Invalid
    with all that is wrong, Conflict (`no_bundle`, `bundle_replaced`), TooMany
    (`quota_snapshots`).
    """
    project = await find_project(deps, tenant_id, project_id)
    wanted = await check_wanted(deps, tenant_id, project, order)
    keys = [shot.cache_key for shot in wanted.shots]
    session = deps.db.session()
    known = await snapshots.find(session, tenant_id, keys)
    if not all(key in known and _holds(known[key]) for key in keys):
        known = await _make(deps, tenant_id, project_id, order, wanted)
    await snapshots.touch(session, tenant_id, keys)
    if wanted.plain:
        await snapshots.show(session, tenant_id, keys)
    return [known[key] for key in keys]


def _holds(row: SnapshotRow) -> bool:
    """Tell whether a row answers for its picture: it is there, on its way, or failed just now."""
    if row.state == "failed":
        fresh = (row.ended_s or 0.0) < FAILED_S
        return fresh and row.failure_code not in AGAIN_AT_ONCE
    return row.state in ("queued", "running", "ready")


async def _make(
    deps: Deps, tenant_id: UUID, project_id: UUID, order: SnapshotOrder, wanted: Wanted
) -> dict[str, SnapshotRow]:
    """Queue one task for all that is still missing, and give the rows of all."""
    keys = [shot.cache_key for shot in wanted.shots]
    async with deps.db.transaction() as session:
        # Calls of one tenant take turns: who comes second finds the first one's pictures.
        await tasks.take_turn(session, tenant_id)
        known = await snapshots.find(session, tenant_id, keys)
        missing: dict[str, Shot] = {
            shot.cache_key: shot
            for shot in wanted.shots
            if shot.cache_key not in known or not _holds(known[shot.cache_key])
        }
        if not missing:
            return known
        shots = list(missing.values())
        await _require_room(session, tenant_id)
        task_id = await enqueue(session, _task(tenant_id, project_id, order, wanted, shots))
        making = Making(
            tenant_id=tenant_id,
            project_id=project_id,
            task_id=task_id,
            bundle_id=wanted.bundle.bundle_id,
            engine=order.engine,
            max_side=order.max_side,
            plain=wanted.plain,
        )
        new = [
            NewSnapshot(
                id=new_id(),
                scene_key=shot.scene,
                frame=shot.place.frame,
                cache_key=shot.cache_key,
                comp=shot.place.comp,
                place=place,
            )
            for place, shot in enumerate(shots)
        ]
        await snapshots.put(session, making, new)
        about = ("project", project_id)
        await note_person(session, "snapshot.order", about, tenant_id, pictures=len(new))
        known = await snapshots.find(session, tenant_id, keys)
    log.info("snapshots_ordered", project=str(project_id), task=task_id, pictures=len(shots))
    return known


def _task(
    tenant_id: UUID,
    project_id: UUID,
    order: SnapshotOrder,
    wanted: Wanted,
    shots: Sequence[Shot],
) -> LooseTask:
    stills = tuple(BindStill(comp=shot.place.comp, frame=shot.place.frame) for shot in shots)
    engine = wanted.engine
    spec = SnapshotSpec(
        bind=wanted.bind.model_copy(update={"stills": stills}), max_side=order.max_side
    )
    return LooseTask(
        tenant_id=tenant_id,
        project_id=project_id,
        bundle_id=wanted.bundle.bundle_id,
        wanted=Requirements(
            kind="snapshot",
            engine=engine.kind,
            engine_major=engine.major,
            skills=asked(spec),
        ),
        spec=spec,
        inputs=wanted.inputs,
        cost=COST * len(stills),
    )


async def _require_room(session: Session, tenant_id: UUID) -> None:
    """Raise TooMany (`quota_snapshots`): pictures go before renders, everybody's renders."""
    if await snapshots.unfinished(session, tenant_id, MOST_UNFINISHED) >= MOST_UNFINISHED:
        raise TooMany(
            f"Pictures of {MOST_UNFINISHED} calls are not drawn yet, the most at one time. "
            "Wait for some, or cancel them; all scenes of a project go into one call.",
            "quota_snapshots",
        )


async def cancel_snapshot(deps: Deps, tenant_id: UUID, snapshot_id: UUID) -> None:
    """Cancel the task that makes a picture, and with it all that it was still to make.

    One that is cancelled already stays so. Raises NotFound, Conflict for one that has ended.
    """
    async with deps.db.transaction() as session:
        found = await snapshots.get(session, tenant_id, snapshot_id)
        if found is None:
            raise NotFound("snapshot", snapshot_id)
        if found.state == "cancelled":
            return
        task_id = found.task_id
        if task_id is not None and found.finished_at is None:
            was_alive = await cancel_task(session, task_id)
            if was_alive or found.state == "left":
                await snapshots.end(session, task_id, "cancelled")
                about = ("project", found.project_id)
                await note_person(session, "snapshot.cancel", about, tenant_id)
                log.info("snapshot_cancelled", snapshot=str(snapshot_id), task=task_id)
                return
        found = await snapshots.get(session, tenant_id, snapshot_id)
    if found is not None and found.state != "cancelled":
        raise Conflict(
            f"Snapshot {snapshot_id} is {found.state} already; there is nothing to cancel."
        )
