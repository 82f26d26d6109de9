"""Make a done render once more: the same order, the same bundle, the same engine class."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from orchestrator.core.scheduling.classes import Requirements, from_document
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.audit import note_person
from orchestrator.store.content import projects
from orchestrator.store.render import jobs, moves, tasks
from orchestrator.store.render.plans import manifests
from orchestrator.store.render.plans.manifests import ManifestRow
from orchestrator.usecases.jobs.quota import limits_for_one_more
from orchestrator.usecases.renders.manifest import manifest_of
from orchestrator.usecases.tasks.plan import MediaInput, PlannedJob, enqueue_plan
from orchestrator.wire.base import Fps
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.renders import RenderOrder

log = structlog.get_logger("renders")


async def render_again(
    deps: Deps, tenant_id: UUID, key_id: UUID | None, job_id: UUID, new_id: UUID
) -> None:
    """Make the job under the new id; an id that exists already is left as it is.

    Whatever became of project and template since: the bundle, files and fonts that it was made of
    are used. Raises NotFound, Conflict (`no_manifest`: not done; `bundle_gone`, `input_gone`: what
    it was made of is not kept any more; `order_unreadable`), TooMany (`quota_jobs`).
    """
    session = deps.db.session()
    if await jobs.job_get(session, tenant_id, new_id) is not None:
        return
    row = await manifests.get(session, tenant_id, job_id)
    if row is None:
        raise NotFound("render", job_id)
    engine = manifest_of(row)["engine"]
    await _require_kept(deps, row)
    planned = _planned(deps, tenant_id, row, new_id, engine)
    most = deps.settings.quota_active_jobs
    async with deps.db.transaction() as session:
        await tasks.take_turn(session, tenant_id)
        limits = await limits_for_one_more(session, tenant_id, most)
        planned = replace(planned, priority=min(row.priority, limits.priority_max))
        if not await manifests.insert_again(
            session, tenant_id, job_id, new_id, api_key_id=key_id, priority=planned.priority
        ):
            return
        if not await projects.bundle_use(session, planned.bundle_id):
            raise _bundle_gone(row)
        await moves.append_event(
            session, tenant_id=tenant_id, job_id=new_id, kind="state", data={"state": "queued"}
        )
        await enqueue_plan(session, planned)
        about = ("render", new_id)
        await note_person(session, "render.again", about, tenant_id, render=str(job_id))
    log.info("job_ordered_again", job=str(new_id), again_of=str(job_id))


async def _require_kept(deps: Deps, row: ManifestRow) -> None:
    """Raise Conflict when the bundle, a file or a font is not in the storage any more."""
    bundle = await deps.objects.stat(row.bundle_key)
    if bundle is None or bundle.sha256 != row.bundle_sha256:
        raise _bundle_gone(row)
    for one in row.inputs or ():
        stored = await deps.objects.stat(one["object_key"])
        if stored is None or stored.sha256 != one["sha256"]:
            raise Conflict(
                f"The file {one['path']} that render {row.job_id} was made of is not kept any "
                "more. Order a new render.",
                "input_gone",
            )


def _bundle_gone(row: ManifestRow) -> Conflict:
    return Conflict(
        f"The template that render {row.job_id} was made of (md5 {row.bundle_md5}) is not kept "
        "any more. Upload that very file again, or order a new render.",
        "bundle_gone",
    )


def _planned(
    deps: Deps, tenant_id: UUID, row: ManifestRow, new_id: UUID, engine: dict[str, Any]
) -> PlannedJob:
    try:
        order = RenderOrder.model_validate(row.request, strict=False)
        bind = BindSpec.model_validate(row.bind_spec, strict=False)
    except ValidationError as error:
        raise Conflict(
            f"Render {row.job_id} was ordered with another version of the farm, which this one "
            "cannot read. Order a new render.",
            "order_unreadable",
        ) from error
    fps = Fps(num=row.fps_num, den=row.fps_den)
    size = {"width": row.width, "height": row.height, "fps": fps}
    return PlannedJob(
        job_id=new_id,
        tenant_id=tenant_id,
        project_id=row.project_id,
        bundle_id=row.bundle_id,
        engine=row.engine,
        plan=row.plan,
        priority=row.priority,
        bind=bind,
        frames=((row.frame_first, row.frame_first + row.frames_total - 1),),
        fps=fps,
        width=row.width,
        height=row.height,
        output=order.output.model_copy(update=size),
        media=tuple(MediaInput(**one) for one in row.inputs or ()),
        max_attempts=deps.settings.max_attempts,
        like=_like(engine),
    )


def _like(engine: dict[str, Any]) -> Requirements:
    return from_document({"kind": "render", **engine})
