"""Turn a job into tasks in the queue, inside the transaction that makes the job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from orchestrator.core.scheduling import fairness, plans
from orchestrator.core.scheduling.classes import Requirements
from orchestrator.store.pool import Session
from orchestrator.store.render import queue, tasks
from orchestrator.store.render.plans import changes
from orchestrator.store.render.tasks import NewTask, NewTasks
from orchestrator.wire.base import EngineKind, Fps, TaskKind
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.frames import count, write
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.skills import asked
from orchestrator.wire.renders import Plan
from orchestrator.wire.tasks import BindTaskSpec, ExportSpec, FramesSpec, RenderSpec, TaskSpec

LIGHT_COST = 10
"""What a bind or an export takes of its tenant's share, in frames."""


@dataclass(frozen=True, slots=True)
class MediaInput:
    """Be one file of the client's: where it lies in the job folder and in storage."""

    path: str
    object_key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """Hold all of a job that its tasks are made from; `frames` are spans, both ends included."""

    job_id: UUID
    tenant_id: UUID
    project_id: UUID
    bundle_id: int
    engine: EngineKind
    plan: Plan
    priority: int
    bind: BindSpec
    frames: plans.Spans
    fps: Fps
    width: int
    height: int
    output: OutputSpec
    media: tuple[MediaInput, ...] = ()
    max_attempts: int = 3
    chunk_frames: int | None = None
    """How many frames a chunk is to have; None while the template's pace is not known."""
    like: Requirements | None = None
    """The engine class to be kept to, of a render that is made again; the export is free."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Be one task to come: where it stands in the plan, what it does, what it costs."""

    kind: TaskKind
    stage: int
    position: int
    spec: TaskSpec
    cost: int
    frames: plans.Spans = ()


async def enqueue_plan(session: Session, job: PlannedJob) -> list[int]:
    """Insert a job's tasks and make the first stage ready; give the task ids in plan order.

    The job's row exists already. Virtual times are dealt here, once: a retry keeps its own.
    A job with a deadline starts earlier by the credit that is noted in its row.
    """
    parts = _split(job) if job.plan == "split" else [_single(job)]
    priority = fairness.clamp_priority(job.priority, None)
    classes = await _classes(session, job, parts)
    last = await tasks.lock_share(session, job.tenant_id, priority)
    heads = await queue.heads(session, sorted(set(classes.values())), priority)
    credit = await deal_credit(session, job.job_id)
    idle = None
    rows: list[NewTask] = []
    for part in parts:
        class_id = classes[part.kind]
        if class_id not in heads and idle is None:
            idle = await tasks.last_finish(session, job.tenant_id, priority)
        share = fairness.tag(heads.get(class_id, idle or 0), last, part.cost, credit=credit)
        last = share.finish
        rows.append(_row(job, part, class_id, share.start))
    await tasks.set_share(session, job.tenant_id, priority, last)
    common = NewTasks(job.tenant_id, job.job_id, job.project_id, priority, job.max_attempts)
    return await tasks.insert_many(session, common, rows)


async def deal_credit(session: Session, job_id: UUID) -> int:
    """Give the virtual time that a job's deadline gains it now, and note it in its row."""
    urgency = await changes.urgency(session, job_id)
    credit = fairness.deadline_credit(urgency.left_s)
    if credit != urgency.credit:
        await changes.set_credit(session, job_id, credit)
    return credit


def _single(job: PlannedJob) -> _Part:
    spec = RenderSpec(
        bind=job.bind,
        frames=write(job.frames),
        fps=job.fps,
        width=job.width,
        height=job.height,
        output=job.output,
    )
    return _Part("render", 0, 0, spec, count(job.frames) + LIGHT_COST, job.frames)


def _split(job: PlannedJob) -> list[_Part]:
    """Give bind, the chunks with first, middle and last in front, and the export."""
    pieces = plans.chunks(job.frames, *([job.chunk_frames] if job.chunk_frames else []))
    chunks = [
        _Part(
            "frames",
            1,
            index,
            _frames(job, pieces[index]),
            count(pieces[index]),
            pieces[index],
        )
        for index in plans.first_looks(len(pieces))
    ]
    return [
        _Part("bind", 0, 0, BindTaskSpec(bind=job.bind, alpha=job.output.alpha), LIGHT_COST),
        *chunks,
        _Part("export", 2, 0, _export(job), LIGHT_COST),
    ]


def _frames(job: PlannedJob, spans: plans.Spans) -> FramesSpec:
    """Ask one chunk for its frames."""
    return FramesSpec(
        comp=job.bind.comp,
        frames=write(spans),
        width=job.width,
        height=job.height,
        fps=job.fps,
        alpha=job.output.alpha,
        media=job.bind.media,
    )


def _export(job: PlannedJob) -> ExportSpec:
    """Ask for the video; whether there is a sound is known once the project is bound."""
    return ExportSpec(
        frames=write(job.frames),
        fps=job.fps,
        width=job.width,
        height=job.height,
        output=job.output,
        audio=job.bind.audio,
        has_sound=False,
    )


def _inputs(job: PlannedJob, kind: TaskKind) -> Iterator[dict[str, object]]:
    """Give the client's files that a kind needs: an export only its sounds."""
    audio = job.bind.audio
    sounds = {track.path for track in (audio.music, audio.sfx, audio.voiceover) if track}
    for one in job.media:
        if kind != "export" or one.path in sounds:
            yield {
                "path": one.path,
                "object_key": one.object_key,
                "sha256": one.sha256,
                "size_bytes": one.size_bytes,
            }


def _row(job: PlannedJob, part: _Part, class_id: int, vtime: int) -> NewTask:
    return NewTask(
        kind=part.kind,
        stage=part.stage,
        position=part.position,
        state="queued" if part.stage == 0 else "blocked",
        class_id=class_id,
        bundle_id=None if part.kind == "export" else job.bundle_id,
        vtime=vtime,
        cost=part.cost,
        spec=part.spec.model_dump(mode="json"),
        inputs=list(_inputs(job, part.kind)),
        frames=part.frames,
    )


def _wanted(job: PlannedJob, part: _Part) -> Requirements:
    skills = asked(part.spec)
    if job.like is None or part.kind == "export":
        return Requirements(kind=part.kind, engine=job.engine, skills=skills)
    return replace(job.like, kind=part.kind, skills=skills)


async def _classes(
    session: Session, job: PlannedJob, parts: Sequence[_Part]
) -> dict[TaskKind, int]:
    """Give the class of each kind of task of a job; those of one kind ask for the same."""
    kinds = {part.kind: part for part in parts}
    wanted = {kind: _wanted(job, kinds[kind]) for kind in sorted(kinds)}
    digests = {kind: one.digest().hex() for kind, one in wanted.items()}
    found = await tasks.ensure_classes(
        session, {digests[kind]: one.document() for kind, one in wanted.items()}
    )
    return {kind: found[digest] for kind, digest in digests.items()}
