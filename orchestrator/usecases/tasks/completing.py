"""Complete a task, and let what waited for it begin; the last one completes its job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from orchestrator.core.scheduling.classes import alike, from_document, major_of
from orchestrator.ids import new_id
from orchestrator.store.pool import Session
from orchestrator.store.render import frames, moves, nodes, queue, tasks
from orchestrator.store.render.frames import RecordedFrame
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.plans import repairs
from orchestrator.store.render.queue import Lease
from orchestrator.store.render.tasks import JobTask
from orchestrator.usecases.jobs import progress
from orchestrator.usecases.jobs.learn import learn
from orchestrator.usecases.jobs.moves import advance, note_task
from orchestrator.usecases.renders.manifest import LAST, write_manifest
from orchestrator.usecases.repairs.compare import compare
from orchestrator.usecases.repairs.validate import sound_frames
from orchestrator.usecases.tasks.check import PUBLISHED, remarks
from orchestrator.wire.agent import Capabilities
from orchestrator.wire.frames import parse
from orchestrator.wire.tasks import Output, ResultReport


@dataclass(frozen=True, slots=True)
class Binder:
    """Say which node, with which version of the engine, did a task."""

    node_id: UUID
    engine_version: str | None


async def complete(
    session: Session,
    lease: Lease,
    job: LockedJob | None,
    report: ResultReport,
    frame_hashes: bytes | None = None,
) -> None:
    """End a checked task well: outputs published, the next stage unblocked, the job moved.

    `frame_hashes` are those of a whole job's frames, for its manifest.
    """
    await queue.remove(session, [lease.task_id])
    await frames.complete(session, lease.task_id)
    outputs = [output.model_dump(mode="json") for output in report.outputs]
    await tasks.succeed(session, lease.task_id, outputs)
    if job is None:
        return
    await moves.note_remarks(session, job.id, *remarks(report))
    await note_task(
        session,
        tenant_id=job.tenant_id,
        job_id=job.id,
        task_id=lease.task_id,
        attempt=lease.attempt,
        data={"kind": lease.kind, "state": "succeeded"},
    )
    for output in report.outputs:
        if output.kind in PUBLISHED:
            await _publish(session, lease, job, output)
    own = await tasks.of_job(session, job.id)
    await progress.show(session, job, own, matters=True)
    await compare(session, job.id, lease.task_id, report)
    await go_on(session, job, own, Binder(lease.node_id, report.engine_version))
    if lease.kind in LAST:
        await write_manifest(session, lease, job, report.engine_version, frame_hashes)


async def _publish(session: Session, lease: Lease, job: LockedJob, output: Output) -> None:
    """Write the pointer to an uploaded output; it never changes afterwards."""
    export_id = new_id()
    if await frames.publish(
        session,
        output,
        export_id=export_id,
        job_id=job.id,
        tenant_id=job.tenant_id,
        task_id=lease.task_id,
        attempt=lease.attempt,
    ):
        await moves.append_event(
            session,
            tenant_id=job.tenant_id,
            job_id=job.id,
            kind="export",
            data={"id": str(export_id), "kind": output.kind, "size_bytes": output.size_bytes},
            task_id=lease.task_id,
            attempt=lease.attempt,
        )


async def go_on(
    session: Session, job: LockedJob, own: list[JobTask], binder: Binder | None = None
) -> None:
    """Unblock the next stage when every task below it succeeded, or finish the job.

    `binder` is who did the task that has just ended: frames stay in their binder's engine class.
    """
    left = [task for task in own if task.state != "succeeded"]
    if not left:
        await advance(session, job, "done")
        await moves.count_usage(session, job.id)
        await learn(session, job.id)
        return
    stage = min(task.stage for task in left)
    ready = [task for task in left if task.stage == stage and task.state == "blocked"]
    if not ready:
        return
    class_id = None
    recorded: list[RecordedFrame] | None = []
    if ready[0].kind == "frames":
        class_id = await _class_of_binder(session, ready[0], binder)
    if ready[0].kind == "export":
        recorded = await _validated(session, job, ready[0])
    if recorded is None:
        return
    for task in ready:
        await _unblock(session, task, own, class_id, recorded)
    await queue.put(session, [task.id for task in ready])


async def _validated(
    session: Session, job: LockedJob, export: JobTask
) -> list[RecordedFrame] | None:
    """Give the frames of a job that now validates; None when some are made again first."""
    await advance(session, job, "validating")
    if job.repair_rounds:
        await repairs.finish(session, job.id, "mended")
    row = await tasks.get(session, export.id)
    expected = parse(row["spec"]["frames"]) if row else ()
    return await sound_frames(session, job, expected)


async def _class_of_binder(session: Session, task: JobTask, binder: Binder | None) -> int | None:
    """Give the class that all frames of a job move to: their own, of the binder's engine class."""
    row = await tasks.get(session, task.id)
    if row is None or binder is None:
        return None
    loose = from_document(await tasks.class_document(session, row["class_id"]))
    node = await nodes.get(session, binder.node_id)
    if node is None or not node.capabilities:
        return None
    able = Capabilities.model_validate(node.capabilities, strict=False)
    wanted = alike(loose, able, node.platform, major_of(binder.engine_version))
    digest = wanted.digest().hex()
    return (await tasks.ensure_classes(session, {digest: wanted.document()}))[digest]


async def _unblock(
    session: Session,
    task: JobTask,
    own: list[JobTask],
    class_id: int | None,
    recorded: Sequence[RecordedFrame],
) -> None:
    """Give a task what earlier stages made: the bound project, or the frames and the sound."""
    row = await tasks.get(session, task.id)
    if row is None:
        return
    spec: dict[str, Any] = row["spec"]
    made: list[dict[str, Any]] = []
    if task.kind == "frames":
        bound = _outputs(own, "bound")
        made = [_as_input("bound.aep", one) for one in bound]
        spec = {**spec, "module": next((one.get("module") for one in bound), None)}
    elif task.kind == "export":
        sound = [_as_input("sound.wav", one) for one in _outputs(own, "sound")][:1]
        made = [*sound, *_frame_inputs(recorded)]
        spec = {**spec, "has_sound": bool(sound)}
    fixed = [one for one in row["inputs"] if one["path"].startswith(("media/", "fonts/"))]
    await tasks.unblock(session, task.id, spec, [*fixed, *made], class_id)


def _outputs(own: list[JobTask], kind: str) -> list[dict[str, Any]]:
    return [one for task in own for one in task.outputs if one["kind"] == kind]


def _as_input(path: str, output: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": path,
        "object_key": output["key"],
        "sha256": output["sha256"],
        "size_bytes": output["size_bytes"],
    }


def _frame_inputs(recorded: Sequence[RecordedFrame]) -> list[dict[str, Any]]:
    """Lay every recorded frame into the export's folder; each has exactly one source.

    The ending stays: a node without our output modules writes TIFF.
    """
    return [
        {
            "path": f"frames/{frame.frame:05d}{_ending(frame.object_key)}",
            "object_key": frame.object_key,
            "sha256": frame.sha256,
            "size_bytes": frame.size_bytes,
        }
        for frame in recorded
    ]


def _ending(key: str | None) -> str:
    ending = PurePosixPath(key or "").suffix.lower()
    return ending if ending in {".tif", ".tiff"} else ".png"
