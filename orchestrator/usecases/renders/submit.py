"""Take an order: check it against the template's scan, make the job and its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog

from orchestrator.core.importing.review import Review
from orchestrator.core.media import media_rules
from orchestrator.core.picture import Picture, picture_of, picture_problems
from orchestrator.core.templates.final import ChoiceNeeded
from orchestrator.core.templates.spec import bind_spec
from orchestrator.core.templates.timeline import rendered_comp, sequenced
from orchestrator.deps import Deps
from orchestrator.errors import Invalid
from orchestrator.store.audit import note_person
from orchestrator.store.content import rows
from orchestrator.store.content.projects import BundleRow
from orchestrator.store.render import jobs, moves, tasks
from orchestrator.store.render.jobs import NewJob, TenantLimits
from orchestrator.usecases.jobs.quota import limits_for_one_more
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.renders.checking import check_values, fonts_for, summary
from orchestrator.usecases.renders.media import Media
from orchestrator.usecases.renders.planning import Planned, plan_of
from orchestrator.usecases.scans.kept import scan_of
from orchestrator.usecases.tasks.plan import MediaInput, PlannedJob, enqueue_plan
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.renders import RenderOrder

log = structlog.get_logger("renders")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Be an order that was checked."""

    order: RenderOrder
    bundle: BundleRow
    bind: BindSpec
    picture: Picture
    media: Media
    fonts: tuple[MediaInput, ...]
    plan: Planned
    priority: int


async def submit(
    deps: Deps, tenant_id: UUID, key_id: UUID | None, job_id: UUID, order: RenderOrder
) -> None:
    """Make the job under the given id; an id that exists already is left as it is.

    Raises NotFound (project), Conflict (`no_bundle`, `bundle_replaced`), TooMany (`quota_jobs`),
    Invalid with every problem of the order.
    """
    if await jobs.job_get(deps.db.session(), tenant_id, job_id) is not None:
        return
    project = await find_project(deps, tenant_id, order.project_id)
    bundle = bundle_of(project)
    most = deps.settings.quota_active_jobs
    limits = await limits_for_one_more(deps.db.session(), tenant_id, most)
    scan = await scan_of(deps, tenant_id, project)
    reviewed = await rows.read_all(deps.db.session(), tenant_id, order.project_id)
    accepted = await _check(deps, tenant_id, order, bundle, Review(scan, reviewed), limits)
    async with deps.db.transaction() as session:
        # Orders of one tenant take turns here, or several would pass the quota at the same moment.
        await tasks.take_turn(session, tenant_id)
        weight = _weight(deps, order.engine)
        if not await jobs.job_insert(session, _row(accepted, tenant_id, key_id, job_id, weight)):
            return
        await limits_for_one_more(session, tenant_id, most, own=1)
        await moves.append_event(
            session, tenant_id=tenant_id, job_id=job_id, kind="state", data={"state": "queued"}
        )
        await enqueue_plan(session, _planned(deps, accepted, tenant_id, job_id))
        about = ("render", job_id)
        project_id = str(order.project_id)
        await note_person(session, "render.order", about, tenant_id, project=project_id)
    log.info(
        "job_ordered",
        job=str(job_id),
        project=str(order.project_id),
        engine=order.engine,
        plan=accepted.plan.plan,
        frames=accepted.picture.frames,
    )


async def _check(
    deps: Deps,
    tenant_id: UUID,
    order: RenderOrder,
    bundle: BundleRow,
    review: Review,
    limits: TenantLimits,
) -> Accepted:
    scan, offered = review.scan, review.orderable()
    checked = await check_values(deps, tenant_id, order, bundle.bundle_id, review)
    found, media = checked.problems, checked.media
    order = sequenced(order, offered)
    try:
        comp = rendered_comp(order, offered)
    except ChoiceNeeded:
        comp = None
    if comp is not None:
        frames = min(deps.settings.max_frames, limits.output_frames_max or 2**31)
        more = picture_problems(order, comp, max_frames=frames, max_pixels=limits.output_pixels_max)
        told = {(problem.code, problem.place) for problem in found}
        found += [one for one in more if (one.code, one.place) not in told]
    if found or comp is None:
        raise Invalid(summary("The order cannot be rendered", found), found, "bad_order")
    picture = picture_of(order, comp)
    bind = bind_spec(review.completed(order), scan, media.paths, offered)
    return Accepted(
        order=order,
        bundle=bundle,
        bind=bind.model_copy(
            update={
                "fps": picture.fps,
                "media": media_rules(order, offered, media.seen, picture.fps),
            }
        ),
        picture=picture,
        media=media,
        fonts=await fonts_for(deps, tenant_id, order, bundle.bundle_id, review),
        plan=await plan_of(deps, tenant_id, order, picture),
        priority=min(order.priority, limits.priority_max),
    )


def _weight(deps: Deps, engine: EngineKind) -> float:
    """Give what a node-second costs; the job keeps it, whatever is set later."""
    prices = {
        "aftereffects": deps.settings.cost_aftereffects,
        "preview": deps.settings.cost_preview,
    }
    return prices[engine]


def _row(
    accepted: Accepted, tenant_id: UUID, key_id: UUID | None, job_id: UUID, weight: float
) -> NewJob:
    order, picture, audio = accepted.order, accepted.picture, accepted.order.audio
    return NewJob(
        id=job_id,
        tenant_id=tenant_id,
        project_id=order.project_id,
        api_key_id=key_id,
        plan=accepted.plan.plan,
        engine=order.engine,
        request=order.model_dump(mode="json", exclude_none=True),
        bind_spec=accepted.bind.model_dump(mode="json"),
        bundle_id=accepted.bundle.bundle_id,
        comp=accepted.bind.comp,
        width=picture.width,
        height=picture.height,
        fps_num=picture.fps.num,
        fps_den=picture.fps.den,
        frame_first=picture.first,
        frames_total=picture.frames,
        quality=order.output.quality,
        container=order.output.container,
        alpha=order.output.alpha,
        has_voiceover=audio.voiceover is not None,
        music_volume=audio.music.volume if audio.music else 1.0,
        sfx_volume=audio.template_volume,
        voiceover_volume=audio.voiceover.volume if audio.voiceover else 1.0,
        priority=accepted.priority,
        deadline_at=order.deadline_at,
        cost_weight=weight,
    )


def _planned(deps: Deps, accepted: Accepted, tenant_id: UUID, job_id: UUID) -> PlannedJob:
    picture = accepted.picture
    output = OutputSpec.model_validate(
        {
            **dict(accepted.order.output),
            "width": picture.width,
            "height": picture.height,
            "fps": picture.fps,
        },
        strict=False,
    )
    return PlannedJob(
        job_id=job_id,
        tenant_id=tenant_id,
        project_id=accepted.order.project_id,
        bundle_id=accepted.bundle.bundle_id,
        engine=accepted.order.engine,
        plan=accepted.plan.plan,
        priority=accepted.priority,
        bind=accepted.bind,
        frames=((picture.first, picture.last),),
        fps=picture.fps,
        width=picture.width,
        height=picture.height,
        output=output,
        media=(*accepted.media.inputs, *accepted.fonts),
        max_attempts=deps.settings.max_attempts,
        chunk_frames=accepted.plan.chunk_frames,
    )
