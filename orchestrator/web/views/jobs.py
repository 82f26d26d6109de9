"""The renders: the list over all tenants, one job with all that happened to it, and its log."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid
from orchestrator.ids import new_id
from orchestrator.store.overview.jobs import JobFilter
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.change import change
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.overview import jobs as overview
from orchestrator.usecases.overview.results import preview_frames
from orchestrator.usecases.overview.timeline import timeline
from orchestrator.usecases.renders import attempts, look, waiting
from orchestrator.usecases.renders.again import render_again
from orchestrator.usecases.renders.eta import Crowd
from orchestrator.usecases.renders.manifest import get_manifest
from orchestrator.usecases.repairs.ask import repair
from orchestrator.web.cookies import Undo
from orchestrator.web.inputs import frames_in
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import number, one_of, read_place, uuid, write_place
from orchestrator.wire.media.manifest import Manifest
from orchestrator.wire.renders import JobState, RenderChange, RepairOrder

JOBS = "/admin/jobs"
CHANGE = JOBS + "/change"
PAGE = 40
ATTEMPTS = 100
STATES: tuple[str, ...] = get_args(JobState)
ACTIVE = frozenset({"queued", "preparing", "rendering", "validating", "exporting"})


@page(JOBS)
async def show_jobs(visit: Visit) -> web.Response:
    """List jobs, the newest first."""
    query = visit.query
    search = (query.get("q") or "").strip()[:100]
    tenant, project = query.get("tenant"), query.get("project")
    named = await overview.projects_called(visit.deps, search) if search else []
    ids = overview.ids_like(search) if search and not named else None
    is_misread = bool(search) and not named and ids is None
    wanted = JobFilter(
        state=one_of(query.get("state"), STATES),
        tenant_id=uuid(tenant, "tenant") if tenant else None,
        project_id=uuid(project, "project") if project else None,
        # Nothing is found by what means nothing: all renders would be one tick from cancelled.
        projects=[] if is_misread else named or None,
        ids=ids,
    )
    found = await overview.list_jobs(visit.deps, wanted, read_place(query.get("cursor")), PAGE)
    return visit.draw(
        "parts/jobs.html" if visit.part else "pages/jobs.html",
        jobs=found,
        more=write_place(found.more),
        wanted=wanted,
        search=search,
        misread=is_misread,
        states=STATES,
        active=ACTIVE,
        tenants=await overview.tenants(visit.deps),
    )


@action(CHANGE)
async def change_chosen(visit: Visit) -> web.Response:
    """Cancel, retry or set the priority of the chosen jobs."""
    wish = visit.form.get("wish", "")
    ids = [uuid(text, "render") for text in visit.form.getall("job", [])]
    if wish not in {"cancel", "retry", "priority"}:
        raise Invalid("Choose what to do with the renders.", code="bad_wish")
    priorities = _priorities(visit, ids) if wish == "priority" else {}

    async def do(tenant_id: UUID, job_id: UUID) -> None:
        db = visit.deps.db
        if wish == "cancel":
            await cancel(db, tenant_id, job_id)
        elif wish == "retry":
            await retry(visit.deps, tenant_id, job_id)
        else:
            await change(db, tenant_id, job_id, RenderChange(priority=priorities[job_id]))

    before = await overview.priorities(visit.deps, ids)
    many = await overview.change_jobs(visit.deps, ids, do)
    undo = _way_back(wish, many.done, before)
    return visit.done_many(visit.came_from, f"notice.jobs_{wish}", many, undo=undo)


def _way_back(wish: str, done: tuple[UUID, ...], before: dict[UUID, int]) -> Undo | None:
    """Give the form that takes a change back; a cancelled render stays so, it was asked first."""
    jobs = tuple(("job", str(one)) for one in done)
    if wish == "retry" and done:
        return Undo(CHANGE, (("wish", "cancel"), *jobs))
    if wish == "priority" and done:
        former = tuple(("priority", str(before[one])) for one in done)
        return Undo(CHANGE, (("wish", "priority"), *former, *jobs))
    return None


@page(JOBS + "/{id}")
async def show_job(visit: Visit) -> web.Response:
    """Show a job: what was ordered, how far it is, who worked on it, what came of it."""
    deps, job_id = visit.deps, uuid(visit.params["id"], "render")
    tenant_id = await overview.tenant_of(deps, job_id)
    job = await look.get_render(deps, tenant_id, job_id)
    shown: dict[str, Any] = {"job": job, "is_active": job.state in ACTIVE}
    if visit.part == "acts":
        return visit.draw("parts/job_acts.html", **shown)
    waits = None
    if job.state in ACTIVE:
        nodes = await deps.shared(Crowd).nodes()
        waits = await waiting.why(deps, tenant_id, job_id, with_nodes=True, nodes=nodes)
    found = await attempts.list_attempts(deps, tenant_id, job_id, None, ATTEMPTS, with_nodes=True)
    row = await overview.ordered(deps, tenant_id, job_id)
    strip = await overview.strip(deps, tenant_id, job_id)
    return visit.draw(
        "parts/job.html" if visit.part else "pages/job.html",
        **shown,
        ordered=row,
        request=json.dumps(row["request"], ensure_ascii=False, indent=2),
        tasks=await look.list_tasks(deps, tenant_id, job_id, with_nodes=True),
        attempts=found.data,
        timeline=timeline(found.data, datetime.now(UTC)),
        strip=overview.coarse(strip),
        counts=_counted(strip),
        previews=await preview_frames(deps, tenant_id, job_id),
        waits=waits,
        manifest=await _manifest(deps, tenant_id, job_id) if job.state == "done" else None,
        tenant_id=tenant_id,
    )


def _counted(strip: list[overview.Stretch]) -> Counter[str]:
    """Count the frames of each state."""
    found: Counter[str] = Counter()
    for one in strip:
        found[one.state] += one.count
    return found


@action(JOBS + "/{id}/repair")
async def repair_frames(visit: Visit) -> web.Response:
    """Render some frames of a finished render again and cut its video anew."""
    job_id = uuid(visit.params["id"], "render")
    frames = frames_in(visit.form.get("frames", ""))
    try:
        order = RepairOrder(frames=frames)
    except ValidationError as error:
        raise Invalid(
            "Write the frames as 12, or 40-55, with commas between.", code="bad_frames"
        ) from error
    tenant_id = await overview.tenant_of(visit.deps, job_id)
    await repair(visit.deps, tenant_id, job_id, order)
    return visit.done(f"{JOBS}/{job_id}", "notice.job_repair", frames=order.frames)


@action(JOBS + "/{id}/again")
async def order_again(visit: Visit) -> web.Response:
    """Make a done render once more, of the same things."""
    job_id, made = uuid(visit.params["id"], "render"), new_id()
    tenant_id = await overview.tenant_of(visit.deps, job_id)
    await render_again(visit.deps, tenant_id, None, job_id, made)
    undo = Undo(CHANGE, (("wish", "cancel"), ("job", str(made))))
    return visit.done(f"{JOBS}/{made}", "notice.job_again", undo=undo)


@page(JOBS + "/{id}/manifest.json")
async def give_manifest(visit: Visit) -> web.Response:
    """Give what a render was made of, as the API tells it, to keep as a file."""
    job_id = uuid(visit.params["id"], "render")
    tenant_id = await overview.tenant_of(visit.deps, job_id)
    found = await get_manifest(visit.deps, tenant_id, job_id)
    headers = {"Content-Disposition": f'attachment; filename="{job_id}.manifest.json"'}
    text = found.model_dump_json(indent=1)
    return web.Response(text=text, content_type="application/json", headers=headers)


async def _manifest(deps: Deps, tenant_id: UUID, job_id: UUID) -> Manifest | None:
    """Give the manifest of a done render; None for one from before there were any."""
    try:
        return await get_manifest(deps, tenant_id, job_id)
    except Conflict:
        return None


@page(JOBS + "/{id}/log/{task}/{attempt}")
async def show_log(visit: Visit) -> web.Response:
    """Show an attempt's log, which follows while it runs and can be searched."""
    job_id = uuid(visit.params["id"], "render")
    task, attempt = _number(visit.params["task"]), _number(visit.params["attempt"])
    tenant_id = await overview.tenant_of(visit.deps, job_id)
    text, offset = await attempts.read_log(visit.deps, tenant_id, job_id, task, attempt, 0)
    return visit.draw(
        "pages/log.html",
        job_id=job_id,
        task=task,
        attempt=attempt,
        text=text,
        offset=offset,
        tenant_id=tenant_id,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _priorities(visit: Visit, ids: list[UUID]) -> dict[UUID, int]:
    """Read one priority for all jobs, or one for each, as an undo brings them back."""
    given = [_priority(text) for text in visit.form.getall("priority", [""])]
    if len(given) == 1:
        given *= len(ids)
    if len(given) != len(ids):
        raise Invalid("A priority is a number from 0 to 100.", code="bad_priority")
    return dict(zip(ids, given, strict=True))


def _priority(text: str) -> int:
    value = number(text)
    if value is None or value > 100:
        raise Invalid("A priority is a number from 0 to 100.", code="bad_priority")
    return value


PAGES = (
    show_jobs,
    change_chosen,
    show_job,
    repair_frames,
    order_again,
    give_manifest,
    show_log,
)
