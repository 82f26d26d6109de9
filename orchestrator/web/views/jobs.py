"""The renders: the list over all tenants, one job with all that happened to it, and its log."""

from __future__ import annotations

import json
from typing import get_args
from uuid import UUID

from aiohttp import web

from orchestrator.errors import Invalid
from orchestrator.store.overview.jobs import JobFilter
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.change import change
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.overview import jobs as overview
from orchestrator.usecases.renders import attempts, look, waiting
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import one_of, read_place, uuid, write_place
from orchestrator.wire.renders import JobState, RenderChange

JOBS = "/admin/jobs"
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
    wanted = JobFilter(
        state=one_of(query.get("state"), STATES),
        tenant_id=uuid(tenant, "tenant") if tenant else None,
        project_id=uuid(project, "project") if project else None,
        ids=overview.ids_like(search) if search else None,
    )
    found = await overview.list_jobs(visit.deps, wanted, read_place(query.get("cursor")), PAGE)
    return visit.draw(
        "parts/jobs.html" if visit.part else "pages/jobs.html",
        jobs=found,
        more=write_place(found.more),
        wanted=wanted,
        search=search,
        misread=bool(search) and wanted.ids is None,
        states=STATES,
        active=ACTIVE,
        tenants=await overview.tenants(visit.deps),
    )


@action(JOBS + "/change")
async def change_chosen(visit: Visit) -> web.Response:
    """Cancel, retry or set the priority of the chosen jobs."""
    wish = visit.form.get("wish", "")
    ids = [uuid(text, "render") for text in visit.form.getall("job", [])]
    priority = _priority(visit) if wish == "priority" else None

    async def do(tenant_id: UUID, job_id: UUID) -> None:
        db = visit.deps.db
        if wish == "cancel":
            await cancel(db, tenant_id, job_id)
        elif wish == "retry":
            await retry(db, tenant_id, job_id)
        else:
            await change(db, tenant_id, job_id, RenderChange(priority=priority))

    if wish not in {"cancel", "retry", "priority"}:
        raise Invalid("Choose what to do with the renders.", code="bad_wish")
    done, refused = await overview.change_jobs(visit.deps, ids, do)
    if refused:
        raise Invalid(" ".join(refused[:5]), code="some_refused")
    return visit.done(visit.came_from, f"notice.jobs_{wish}", count=done)


@page(JOBS + "/{id}")
async def show_job(visit: Visit) -> web.Response:
    """Show a job: what was ordered, how far it is, who worked on it, what came of it."""
    deps, job_id = visit.deps, uuid(visit.params["id"], "render")
    tenant_id = await overview.tenant_of(deps, job_id)
    job = await look.get_render(deps, tenant_id, job_id)
    waits = None
    if job.state in ACTIVE:
        waits = await waiting.why(deps, tenant_id, job_id, with_nodes=True)
    found = await attempts.list_attempts(deps, tenant_id, job_id, None, ATTEMPTS, with_nodes=True)
    row = await overview.ordered(deps, tenant_id, job_id)
    return visit.draw(
        "parts/job.html" if visit.part else "pages/job.html",
        job=job,
        ordered=row,
        request=json.dumps(row["request"], ensure_ascii=False, indent=2),
        tasks=await look.list_tasks(deps, tenant_id, job_id, with_nodes=True),
        attempts=found.data,
        strip=await overview.strip(deps, tenant_id, job_id),
        previews=await overview.previews(deps, tenant_id, job_id),
        waits=waits,
        is_active=job.state in ACTIVE,
        tenant_id=tenant_id,
    )


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


def _priority(visit: Visit) -> int:
    text = visit.form.get("priority", "")
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    if not 0 <= value <= 100:
        raise Invalid("A priority is a number from 0 to 100.", code="bad_priority")
    return value


PAGES = (show_jobs, change_chosen, show_job, show_log)
