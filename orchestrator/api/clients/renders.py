"""Handle renders: order, look, cancel, retry, results."""

from __future__ import annotations

from aiohttp import web

from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, Raw, route
from orchestrator.usecases.jobs.cancel import cancel
from orchestrator.usecases.jobs.change import change
from orchestrator.usecases.jobs.retry import retry
from orchestrator.usecases.renders import attempts, look, waiting
from orchestrator.usecases.renders.submit import submit
from orchestrator.usecases.repairs.ask import repair
from orchestrator.wire.base import Message, SizeBytes
from orchestrator.wire.renders import (
    NEXT_OFFSET,
    AttemptPage,
    ExportList,
    JobState,
    Render,
    RenderChange,
    RenderOrder,
    RenderPage,
    RepairOrder,
    TaskList,
)
from orchestrator.wire.waiting import WaitReport

CLIENT = KeyScope("render")
LINK = Raw("application/octet-stream")


class RenderQuery(PageQuery):
    """Hold the query of the list of renders."""

    state: JobState | None = None


class LogQuery(Message):
    """Hold the query of an attempt's log."""

    offset: SizeBytes = 0


@route(
    "POST",
    "/v1/renders",
    summary="Order a render",
    auth=CLIENT,
    body=RenderOrder,
    answer=Render,
    code=201,
    tags=("renders",),
)
async def create_render(call: Call[None], body: RenderOrder) -> Render:
    """Check the order against the template's scan and queue it; 422 lists every problem."""
    await submit(call.deps, call.tenant_id, call.key.key_id, call.new_id, body)
    return await look.get_render(call.deps, call.tenant_id, call.new_id)


@route(
    "GET",
    "/v1/renders",
    summary="List renders",
    auth=CLIENT,
    query=RenderQuery,
    answer=RenderPage,
    tags=("renders",),
)
async def list_renders(call: Call[RenderQuery]) -> RenderPage:
    """List the tenant's renders, newest first."""
    query = call.query
    place = place_of(query.cursor)
    found = await look.list_renders(call.deps, call.tenant_id, place, query.limit, query.state)
    meta = page_of([(one.created_at, one.id) for one in found], query.limit)
    return RenderPage(data=tuple(found), meta=meta)


@route(
    "GET",
    "/v1/renders/{id}",
    summary="Describe a render",
    auth=CLIENT,
    answer=Render,
    tags=("renders",),
)
async def get_render(call: Call[None]) -> Render:
    """Answer the render's state, progress and results."""
    return await look.get_render(call.deps, call.tenant_id, call.params["id"])


@route(
    "PATCH",
    "/v1/renders/{id}",
    summary="Change a render's priority or deadline",
    auth=CLIENT,
    body=RenderChange,
    answer=Render,
    tags=("renders",),
)
async def change_render(call: Call[None], body: RenderChange) -> Render:
    """Move a render that has not ended to another place in line; what is at work goes on."""
    await change(call.deps.db, call.tenant_id, call.params["id"], body)
    return await look.get_render(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    "/v1/renders/{id}/cancel",
    summary="Cancel a render",
    auth=CLIENT,
    answer=Render,
    tags=("renders",),
    once=True,
)
async def cancel_render(call: Call[None]) -> Render:
    """Cancel; one that is cancelled already stays so, one that has ended answers 409."""
    await cancel(call.deps.db, call.tenant_id, call.params["id"])
    return await look.get_render(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    "/v1/renders/{id}/retry",
    summary="Try a failed render again",
    auth=CLIENT,
    answer=Render,
    tags=("renders",),
    once=True,
)
async def retry_render(call: Call[None]) -> Render:
    """Queue what a failed render still lacks; any other state answers 409."""
    await retry(call.deps, call.tenant_id, call.params["id"], is_again=call.is_again)
    return await look.get_render(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    "/v1/renders/{id}/repair",
    summary="Render some frames again",
    auth=CLIENT,
    body=RepairOrder,
    answer=Render,
    tags=("renders",),
    once=True,
)
async def repair_render(call: Call[None], body: RepairOrder) -> Render:
    """Render frames of a finished split render again and cut its video anew; else 409 says why."""
    job_id, again = call.params["id"], call.is_again
    await repair(call.deps, call.tenant_id, job_id, body, is_again=again)
    return await look.get_render(call.deps, call.tenant_id, job_id)


@route(
    "GET",
    "/v1/renders/{id}/tasks",
    summary="List a render's tasks",
    auth=CLIENT,
    answer=TaskList,
    tags=("renders",),
)
async def list_render_tasks(call: Call[None]) -> TaskList:
    """List the tasks in the plan's order; the nodes only for operators."""
    nodes = bool(call.key.scopes & {"operator", "admin"})
    found = await look.list_tasks(call.deps, call.tenant_id, call.params["id"], with_nodes=nodes)
    return TaskList(data=found)


@route(
    "GET",
    "/v1/renders/{id}/attempts",
    summary="List a render's attempts",
    auth=CLIENT,
    query=PageQuery,
    answer=AttemptPage,
    tags=("renders",),
)
async def list_render_attempts(call: Call[PageQuery]) -> AttemptPage:
    """List who tried what, when, and how it ended; the nodes only for operators."""
    nodes = bool(call.key.scopes & {"operator", "admin"})
    query = call.query
    return await attempts.list_attempts(
        call.deps, call.tenant_id, call.params["id"], query.cursor, query.limit, with_nodes=nodes
    )


@route(
    "GET",
    "/v1/renders/{id}/attempts/{task_id:int}/{attempt:int}/log",
    summary="Read the log of an attempt",
    auth=CLIENT,
    query=LogQuery,
    answer=Raw("text/plain"),
    tags=("renders",),
)
async def read_attempt_log(call: Call[LogQuery]) -> web.Response:
    """Answer the log from a byte on; the header Next-Offset says where the next piece begins."""
    text, offset = await attempts.read_log(
        call.deps,
        call.tenant_id,
        call.params["id"],
        call.params["task_id"],
        call.params["attempt"],
        call.query.offset,
    )
    return web.Response(text=text, headers={NEXT_OFFSET: str(offset)})


@route(
    "GET",
    "/v1/renders/{id}/why",
    summary="Say why a render waits",
    auth=CLIENT,
    answer=WaitReport,
    tags=("renders",),
)
async def explain_render_wait(call: Call[None]) -> WaitReport:
    """Say of each task that nobody works on why it waits and what would let it go on."""
    nodes = bool(call.key.scopes & {"operator", "admin"})
    return await waiting.why(call.deps, call.tenant_id, call.params["id"], with_nodes=nodes)


@route(
    "GET",
    "/v1/renders/{id}/exports",
    summary="List a render's results",
    auth=CLIENT,
    answer=ExportList,
    tags=("renders",),
)
async def list_render_exports(call: Call[None]) -> ExportList:
    """List video, poster and thumbnail with addresses that work for a while."""
    found = await look.list_exports(call.deps, call.tenant_id, call.params["id"])
    return ExportList(data=found)


@route(
    "GET",
    "/v1/renders/{id}/exports/{kind:str}",
    summary="Download a result",
    auth=CLIENT,
    answer=LINK,
    code=303,
    tags=("renders",),
)
async def download_render_export(call: Call[None]) -> web.Response:
    """Redirect to a signed address of the video, poster or thumbnail, which takes ranges."""
    job_id, kind = call.params["id"], call.params["kind"]
    url = await look.export_url(call.deps, call.tenant_id, job_id, kind)
    return web.Response(status=303, headers={"Location": url})


@route(
    "GET",
    "/v1/renders/{id}/frames/{frame:int}",
    summary="Download one frame",
    auth=CLIENT,
    answer=LINK,
    code=303,
    tags=("renders",),
)
async def download_render_frame(call: Call[None]) -> web.Response:
    """Redirect to a frame, or to a small JPEG of it: frames of a single plan stay on their node."""
    job_id, frame = call.params["id"], call.params["frame"]
    url = await look.frame_url(call.deps, call.tenant_id, job_id, frame)
    return web.Response(status=303, headers={"Location": url})


ROUTES = (
    create_render,
    list_renders,
    get_render,
    change_render,
    cancel_render,
    retry_render,
    repair_render,
    list_render_tasks,
    list_render_attempts,
    read_attempt_log,
    explain_render_wait,
    list_render_exports,
    download_render_export,
    download_render_frame,
)
