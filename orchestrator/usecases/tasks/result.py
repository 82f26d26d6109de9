"""Take the end of an attempt: once, by its holder, checked; the same again answers the same."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.scheduling import blame
from orchestrator.deps import Deps
from orchestrator.errors import Invalid, LeaseLost
from orchestrator.store.pool import Session
from orchestrator.store.render import attempts, frames
from orchestrator.store.render.attempts import Attempt
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.queue import Lease
from orchestrator.usecases.batches.successes import Success, successes
from orchestrator.usecases.batches.tried import tried
from orchestrator.usecases.loose.made import Made, keep, made_by
from orchestrator.usecases.nodes.trust import note_outcome
from orchestrator.usecases.repairs import validate
from orchestrator.usecases.tasks import check, completing, ending
from orchestrator.usecases.tasks.fence import Claimed, attempt_of, hold
from orchestrator.wire.failures import FINAL, Failure
from orchestrator.wire.frames import count, parse
from orchestrator.wire.tasks import ResultAnswer, ResultReport


@dataclass(frozen=True, slots=True)
class _Ended:
    """Say what became of the task and what it says of the node: None = nothing."""

    answer: ResultAnswer
    node_did_well: bool | None
    class_id: int


async def result(deps: Deps, claim: Claimed, report: ResultReport) -> ResultAnswer:
    """End an attempt; raises LeaseLost for a stale one, Invalid when it contradicts itself."""
    if (report.outcome == "failed") != (report.failure is not None):
        raise Invalid(f"A result that is {report.outcome} must {_need(report)} a failure.")
    found = await deps.shared(tried).ask(claim)
    if found.reply is not None:
        return ResultAnswer.model_validate(found.reply)
    refused, made = None, None
    if report.outcome == "succeeded":
        refused = await check.outputs_arrived(deps.objects, claim, found, report)
        if refused is None and await _taken(deps, claim, found, report):
            return ResultAnswer(task_state="succeeded")
        if refused is None:
            read = await _read(deps, claim, found.kind, report)
            refused, made = (read, None) if isinstance(read, Failure) else (None, read)
    try:
        async with deps.db.transaction() as session:
            lease, job = await hold(session, claim)
            ended = await _end(session, lease, job, report, refused, made)
    except LeaseLost:
        # The same result on another connection may have been faster.
        found = await attempt_of(deps.db.session(), claim)
        if found.reply is None:
            raise
        return ResultAnswer.model_validate(found.reply)
    if ended.node_did_well is not None:
        await note_outcome(
            deps.db, claim.node_id, did_well=ended.node_did_well, class_id=ended.class_id
        )
    return ended.answer


async def _read(
    deps: Deps, claim: Claimed, kind: str, report: ResultReport
) -> Made | bytes | Failure | None:
    """Read what a kind of task brings beside its outputs: a whole job its frames' hashes."""
    if kind == "render":
        return await check.frame_hashes(deps.objects, report)
    return await made_by(deps, claim.task_id, claim.attempt, kind, report)


async def _taken(deps: Deps, claim: Claimed, found: Attempt, report: ResultReport) -> bool:
    """Settle a plain success, a chunk's, with others; False leaves it to be judged by itself."""
    if found.kind != "frames" or found.job_id is None:
        return False
    return await deps.shared(successes).ask(Success(claim, found.job_id, report))


def _need(report: ResultReport) -> str:
    return "carry" if report.outcome == "failed" else "not carry"


async def _end(
    session: Session,
    lease: Lease,
    job: LockedJob | None,
    report: ResultReport,
    refused: Failure | None,
    made: Made | bytes | None,
) -> _Ended:
    """Act on the result of a locked lease; `made` is what was read of its outputs."""
    ordered = await frames.of_task(session, lease.task_id)
    failure = report.failure or refused
    if report.outcome == "succeeded" and failure is None:
        recorded = await frames.count_of_attempt(session, lease.task_id, lease.attempt)
        failure = check.success(lease, report, ordered, recorded)
        failure = failure or await validate.as_recorded(session, lease, report)
    if report.outcome == "interrupted" and report.agent_died:
        # As when a node falls silent: a task that ends every agent must stop. It rests, for the
        # first to ask is the very node that it has just taken down.
        state = await ending.lose(session, lease, job, "died", rest_s=blame.AFTER_DEATH_S)
        await attempts.reply(session, lease.task_id, lease.attempt, {"task_state": state})
        return _ended(state, None, lease)
    if report.outcome == "interrupted":
        await _record(session, lease, report, None, "interrupted", "queued")
        await ending.requeue(session, lease, interruptions=1)
        return _ended("queued", None, lease)
    if failure is None:
        await _record(session, lease, report, None, "succeeded", "succeeded")
        hashes = made if isinstance(made, bytes) else None
        await completing.complete(session, lease, job, report, hashes)
        if made is not None and not isinstance(made, bytes):
            await keep(session, lease.task_id, made)
        return _ended("succeeded", True, lease)
    bad = validate.bad_frames(lease, failure)
    if bad and job is not None:
        # Neither the export nor its node made them.
        await _record(session, lease, report, failure, "failed", None)
        state = await validate.send_back(session, lease, job, bad, failure)
        await attempts.reply(session, lease.task_id, lease.attempt, {"task_state": state})
        return _ended(state, None, lease)
    counted = blame.counts_against_task(failure.failure_class)
    await _record(session, lease, report, failure, "failed", None, counted=counted)
    state = await ending.judge_failure(session, lease, job, failure, counted=counted)
    await attempts.reply(session, lease.task_id, lease.attempt, {"task_state": state})
    return _ended(state, None if failure.failure_class in FINAL else False, lease)


def _ended(state: str, node_did_well: bool | None, lease: Lease) -> _Ended:
    answer = ResultAnswer.model_validate({"task_state": state})
    return _Ended(answer, node_did_well, lease.class_id)


async def _record(
    session: Session,
    lease: Lease,
    report: ResultReport,
    failure: Failure | None,
    outcome: str,
    state: str | None,
    *,
    counted: bool = False,
) -> None:
    await attempts.end(
        session,
        lease.task_id,
        lease.attempt,
        report,
        failure=failure,
        outcome=outcome,
        counted=counted,
        reply={"task_state": state} if state else None,
        frames_done=count(parse(report.frames_done)),
    )
