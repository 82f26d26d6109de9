"""Have frames of a job made again: they are forgotten, and tasks of their own render them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog

from orchestrator.core.frames import repair
from orchestrator.core.frames.repair import Part, Reason
from orchestrator.core.scheduling.classes import from_document
from orchestrator.store.pool import Session
from orchestrator.store.ranges import Spans
from orchestrator.store.render import moves, queue, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.plans import repairs
from orchestrator.store.render.plans.repairs import NewRepair, Pattern
from orchestrator.store.render.tasks import NewTask, NewTasks
from orchestrator.usecases.jobs.ending import end_job
from orchestrator.usecases.jobs.moves import move
from orchestrator.usecases.nodes.trust import stand_ins
from orchestrator.wire.frames import count, minus, write

log = structlog.get_logger("repairs")


async def begin(
    session: Session, job: LockedJob, expected: Spans, bad: Spans, reason: Reason
) -> bool:
    """Begin a round of repair of a locked job that is validating or exporting.

    Its export waits in the state blocked already. After the last round the job fails with the
    frames named: False.
    """
    found = await repairs.pattern(session, job.id)
    if found is None or job.repair_rounds >= repair.ROUNDS:
        await end_job(session, job, "fail", failure=repair.gave_up(bad))
        return False
    sources = await repairs.sources(session, job.id, bad)
    number = await repairs.next_round(session, job.id)
    await repairs.finish(session, job.id, "failed")
    await repairs.forget(session, job.id, bad)
    planned = repair.parts(sources, minus(expected, bad))
    made = await _insert(session, job, found, planned, reason)
    await repairs.insert(session, job.id, job.tenant_id, number, reason, made)
    await queue.put(session, [one.task_id for one in made])
    await move(session, job.id, "repair")
    told = {"state": "repair", "frames": write(bad), "reason": reason, "round": number}
    await moves.append_event(
        session, tenant_id=job.tenant_id, job_id=job.id, kind="task", data={"kind": "frames"} | told
    )
    log.warning("frames_are_repaired", job=str(job.id), **told)
    return True


async def _insert(
    session: Session, job: LockedJob, like: Pattern, planned: tuple[Part, ...], reason: Reason
) -> list[NewRepair]:
    """Insert a task for each part; one is kept from the node it doubts while others are there."""
    rows: list[NewTask] = []
    spares: list[int | None] = []
    for offset, part in enumerate(planned):
        class_id = like.class_id
        if part.suspect is not None and repair.is_suspect(reason):
            class_id = await _elsewhere(session, like.class_id, part.suspect)
        spares.append(None if class_id == like.class_id else like.class_id)
        spec = like.spec | {"frames": write(part.frames), "check": write(part.neighbours)}
        rows.append(
            NewTask(
                kind="frames",
                stage=like.stage,
                position=like.last_position + 1 + offset,
                state="queued",
                class_id=class_id,
                bundle_id=like.bundle_id,
                vtime=like.vtime,
                cost=count(part.frames),
                spec=spec,
                inputs=like.inputs,
                frames=part.frames,
            )
        )
    common = NewTasks(job.tenant_id, job.id, like.project_id, like.priority, like.failures_max)
    ids = await tasks.insert_many(session, common, rows)
    return [NewRepair(*one) for one in zip(planned, ids, spares, strict=True)]


async def _elsewhere(session: Session, class_id: int, node_id: UUID) -> int:
    """Give the class that keeps one node away; the same one when no other node could come."""
    if not await stand_ins(session, node_id, class_id):
        return class_id
    loose = from_document(await tasks.class_document(session, class_id))
    wanted = replace(loose, not_node=str(node_id))
    digest = wanted.digest().hex()
    return (await tasks.ensure_classes(session, {digest: wanted.document()}))[digest]
