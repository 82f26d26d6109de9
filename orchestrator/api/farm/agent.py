"""Handle the calls of node agents: credentials, sessions, claims, reports on leases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import structlog

from orchestrator.api.route import Call, NodeSigned, Public, route
from orchestrator.usecases.agents import calls, enrol, heartbeat, register
from orchestrator.usecases.health.counts import Counts
from orchestrator.usecases.tasks import claim, fence, frames, notes, progress, result, uploads
from orchestrator.wire.agent import (
    CallAnswer,
    CallRequest,
    ClaimRequest,
    EnrolAnswer,
    EnrolRequest,
    HeartbeatAnswer,
    HeartbeatRequest,
    RegisterAnswer,
    RegisterRequest,
)
from orchestrator.wire.base import Empty
from orchestrator.wire.tasks import (
    ClaimAnswer,
    CrashReport,
    FramesReport,
    LogAnswer,
    LogChunk,
    ProgressReport,
    ResultAnswer,
    ResultReport,
    UploadAnswer,
    UploadRequest,
)

NODE = NodeSigned()
ATTEMPT = "/v1/agent/tasks/{task_id:int}/attempts/{attempt:int}"
TAGS = ("agents",)


class _WithToken(Protocol):
    """Be any report on a lease."""

    @property
    def token(self) -> str:
        """Give the lease's token."""


log = structlog.get_logger("agents")


def _claimed(call: Call[None], body: _WithToken) -> fence.Claimed:
    params = call.params
    return fence.claimed(call.node.node_id, params["task_id"], params["attempt"], body.token)


@route(
    "POST",
    "/v1/agent/enrol",
    summary="Trade a one-time token for a node's credentials",
    auth=Public(),
    body=EnrolRequest,
    answer=EnrolAnswer,
    code=201,
    tags=TAGS,
    secret=True,
)
async def enrol_node(call: Call[None], body: EnrolRequest) -> EnrolAnswer:
    """Make a node; the token is used up, but the same request again is answered the same."""
    return await enrol.enrol(call.deps, body)


@route(
    "POST",
    "/v1/agent/register",
    summary="Start an agent's session",
    auth=NODE,
    body=RegisterRequest,
    answer=RegisterAnswer,
    tags=TAGS,
)
async def register_agent(call: Call[None], body: RegisterRequest) -> RegisterAnswer:
    """Open a session and settle the leases of the one before."""
    return await register.register(call.deps, call.node.node_id, body)


@route(
    "POST",
    "/v1/agent/heartbeat",
    summary="Renew a session's leases",
    auth=NODE,
    body=HeartbeatRequest,
    answer=HeartbeatAnswer,
    tags=TAGS,
)
async def beat(call: Call[None], body: HeartbeatRequest) -> HeartbeatAnswer:
    """Take a sign of life."""
    now = datetime.now(UTC)
    return await heartbeat.heartbeat(call.deps, call.node.node_id, body, now)


@route(
    "POST",
    "/v1/agent/calls",
    summary="Wait for a call; held open until a sign of life is wanted",
    auth=NODE,
    body=CallRequest,
    answer=CallAnswer,
    tags=TAGS,
)
async def wait_for_call(call: Call[None], body: CallRequest) -> CallAnswer:
    """Tell a node at work when to send a sign of life at once."""
    return await calls.wait_for_call(call.deps, call.node.node_id, body)


@route(
    "POST",
    "/v1/agent/claim",
    summary="Ask for work; held open until there is some",
    auth=NODE,
    body=ClaimRequest,
    answer=ClaimAnswer,
    tags=TAGS,
)
async def claim_tasks(call: Call[None], body: ClaimRequest) -> ClaimAnswer:
    """Lease tasks to the node."""
    return await claim.claim(call.deps, call.node.node_id, body)


@route(
    "POST",
    ATTEMPT + "/progress",
    summary="Tell how far an attempt is",
    auth=NODE,
    body=ProgressReport,
    answer=Empty,
    tags=TAGS,
)
async def report_progress(call: Call[None], body: ProgressReport) -> Empty:
    """Keep and show an attempt's progress."""
    await progress.progress(call.deps, _claimed(call, body), body)
    return Empty()


@route(
    "POST",
    ATTEMPT + "/log",
    summary="Append to an attempt's log",
    auth=NODE,
    body=LogChunk,
    answer=LogAnswer,
    tags=TAGS,
)
async def report_log(call: Call[None], body: LogChunk) -> LogAnswer:
    """Append and answer the offset that is wanted next."""
    return await notes.log(call.deps, _claimed(call, body), body)


@route(
    "POST",
    ATTEMPT + "/frames",
    summary="Record finished frames",
    auth=NODE,
    body=FramesReport,
    answer=Empty,
    tags=TAGS,
)
async def report_frames(call: Call[None], body: FramesReport) -> Empty:
    """Record frames; repeats change nothing."""
    await frames.record(call.deps, _claimed(call, body), body)
    return Empty()


@route(
    "POST",
    ATTEMPT + "/uploads",
    summary="Ask where to upload an attempt's files",
    auth=NODE,
    body=UploadRequest,
    answer=UploadAnswer,
    tags=TAGS,
)
async def upload_targets(call: Call[None], body: UploadRequest) -> UploadAnswer:
    """Sign upload addresses."""
    return await uploads.targets(call.deps, _claimed(call, body), body)


@route(
    "POST",
    ATTEMPT + "/result",
    summary="End an attempt",
    auth=NODE,
    body=ResultReport,
    answer=ResultAnswer,
    tags=TAGS,
)
async def report_result(call: Call[None], body: ResultReport) -> ResultAnswer:
    """Take the end of an attempt; the same again answers the same."""
    claimed = _claimed(call, body)
    answer = await result.result(call.deps, claimed, body)
    call.deps.shared(Counts).result(body, answer)
    log.info(
        "attempt_ended",
        task=claimed.task_id,
        attempt=claimed.attempt,
        outcome=body.outcome,
        task_state=answer.task_state,
        code=body.failure.code if body.failure else None,
        message=body.failure.message if body.failure else None,
    )
    return answer


@route(
    "POST",
    ATTEMPT + "/crash",
    summary="Tell of an engine's crash",
    auth=NODE,
    body=CrashReport,
    answer=Empty,
    tags=TAGS,
)
async def report_crash(call: Call[None], body: CrashReport) -> Empty:
    """Record a crash."""
    await notes.crash(call.deps, _claimed(call, body), body)
    return Empty()


ROUTES = (
    enrol_node,
    register_agent,
    beat,
    wait_for_call,
    claim_tasks,
    report_progress,
    report_log,
    report_frames,
    upload_targets,
    report_result,
    report_crash,
)
