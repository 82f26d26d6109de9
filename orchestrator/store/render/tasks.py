"""Tasks as durable rows, their classes, and the tenants' shares of the queue."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from orchestrator.core.machines.task import TASK
from orchestrator.store.pool import Record, Session, dumps
from orchestrator.store.ranges import Spans, to_sql
from orchestrator.wire.frames import count


class NewTask(NamedTuple):
    """Hold what a task is inserted with; `stage` orders the parts of a split plan."""

    kind: str
    stage: int
    position: int
    state: str
    class_id: int
    bundle_id: int | None
    vtime: int
    cost: int
    spec: dict[str, Any]
    inputs: list[dict[str, Any]]
    frames: Spans = ()


@dataclass(frozen=True, slots=True)
class NewTasks:
    """Hold what all tasks that are inserted together have in common."""

    tenant_id: UUID
    job_id: UUID | None
    project_id: UUID | None
    priority: int
    failures_max: int


@dataclass(frozen=True, slots=True)
class JobTask:
    """Be one task among its job's."""

    id: int
    kind: str
    stage: int
    position: int
    state: str
    attempt: int
    outputs: list[dict[str, Any]]
    progress: dict[str, Any]


async def insert_many(session: Session, common: NewTasks, parts: Sequence[NewTask]) -> list[int]:
    """Insert the tasks of a job, their frames and queue rows at once; give ids in plan order.

    Raises LookupError, and inserts nothing, when the job, a class or a bundle does not exist.
    """
    rows = await session.fetch(
        "task_insert_many",
        common.tenant_id,
        common.job_id,
        common.project_id,
        common.priority,
        common.failures_max,
        [part.kind for part in parts],
        [part.stage for part in parts],
        [part.position for part in parts],
        [part.state for part in parts],
        [part.class_id for part in parts],
        [part.bundle_id for part in parts],
        [part.vtime for part in parts],
        [part.cost for part in parts],
        [dumps(part.spec) for part in parts],
        [dumps(part.inputs) for part in parts],
        [to_sql(part.frames) for part in parts],
        [count(part.frames) for part in parts],
    )
    if len(rows) != len(parts):
        raise LookupError(f"Tasks of job {common.job_id} name a job, class or bundle there is not.")
    return [row[0] for row in rows]


async def get(session: Session, task_id: int) -> Record | None:
    """Give the whole row of a task."""
    return await session.fetchrow("task_get", task_id)


@dataclass(frozen=True, slots=True)
class Outline:
    """Say how far a job is; `goes_on` when a stage of it may begin now or nothing is left."""

    tasks: int
    goes_on: bool
    stages: dict[str, dict[str, int]]


async def of_job(session: Session, job_id: UUID) -> list[JobTask]:
    """Give the tasks of a job in the plan's order."""
    return (await of_jobs(session, [job_id]))[job_id]


async def of_jobs(session: Session, job_ids: Sequence[UUID]) -> dict[UUID, list[JobTask]]:
    """Give the tasks of jobs, each job's in the plan's order."""
    found: dict[UUID, list[JobTask]] = {job_id: [] for job_id in job_ids}
    for job_id, *row in await session.fetch("task_of_job", list(job_ids)):
        found[job_id].append(JobTask(*row))
    for own in found.values():
        own.sort(key=lambda task: (task.stage, task.position))
    return found


async def outlines(session: Session, job_ids: Sequence[UUID]) -> dict[UUID, Outline]:
    """Give how far jobs are."""
    rows = await session.fetch("task_outline", list(job_ids), TASK.target("succeed"), TASK.start)
    return {row["job_id"]: Outline(row["tasks"], row["goes_on"], row["stages"]) for row in rows}


async def for_grants(session: Session, task_ids: Sequence[int]) -> dict[int, Record]:
    """Give what grants tell of their tasks, by task id."""
    rows = await session.fetch("task_grants", list(task_ids))
    return {row["id"]: row for row in rows}


async def unblock(
    session: Session,
    task_id: int,
    spec: dict[str, Any],
    inputs: list[dict[str, Any]],
    class_id: int | None = None,
) -> bool:
    """Let a blocked task be queued, with its inputs, and its class if given, as known now."""
    return await _moved(session, "unblock", task_id, spec, inputs, class_id)


async def run(session: Session, task_id: int) -> bool:
    """Note that a leased task began."""
    return await _moved(session, "run", task_id)


async def succeed(session: Session, task_id: int, outputs: list[dict[str, Any]]) -> bool:
    """End a held task well."""
    return await _moved(session, "succeed", task_id, outputs)


async def requeue(
    session: Session,
    task_id: int,
    *,
    rest_s: float,
    failures: int,
    interruptions: int,
    shy_of: Sequence[UUID] | None,
    shy_s: float,
) -> bool:
    """Put a held task back, resting first when `rest_s` is above 0.

    The nodes `shy_of` get it last, for `shy_s` beyond its rest; None leaves that as it was.
    """
    shy = None if shy_of is None else list(shy_of)
    return await _moved(session, "requeue", task_id, rest_s, failures, interruptions, shy, shy_s)


async def end(
    session: Session, task_id: int, event: str, *, failures: int, reason: tuple[str, str, str]
) -> bool:
    """End a held task badly (`fail`, `quarantine`); `reason` is code, class, message."""
    row = await session.fetchval(
        "task_end", task_id, TASK.target(event), TASK.sources(event), failures, *reason
    )
    return row is not None


async def cancel_of_job(session: Session, job_id: UUID) -> list[int]:
    """Cancel every task of a job that has not ended; give their ids."""
    rows = await session.fetch(
        "task_cancel_of_job", job_id, TASK.target("cancel"), TASK.sources("cancel")
    )
    return [row["id"] for row in rows]


async def revive(session: Session, task_ids: Sequence[int], event: str) -> list[int]:
    """Bring ended tasks back (`revive`, `revive_blocked`); give those that were moved."""
    rows = await session.fetch(
        "task_revive", list(task_ids), TASK.target(event), TASK.sources(event)
    )
    return [row["id"] for row in rows]


async def hold_back(session: Session, task_id: int, event: str) -> bool:
    """Put a task back behind earlier stages (`hold_back` a held one, `reopen` one that is done)."""
    row = await session.fetchval("task_hold_back", task_id, TASK.target(event), TASK.sources(event))
    return row is not None


async def note_progress(session: Session, task_id: int, progress: dict[str, Any]) -> None:
    """Keep the latest progress of a task, by stage."""
    await session.execute("task_progress", task_id, progress)


async def ensure_classes(session: Session, wanted: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """Give the classes of requirements by digest, made when they are new."""
    rows = await session.fetch("task_class_find", list(wanted))
    found: dict[str, int] = {row["requirements_sha256"]: row["class_id"] for row in rows}
    for digest, requirements in wanted.items():
        if digest not in found:
            found[digest] = await session.fetchval("task_class_ensure", digest, requirements)
    return found


async def unknown_classes(
    session: Session, known: Collection[int]
) -> list[tuple[int, dict[str, Any]]]:
    """Give the classes that are not among the known ones: (class id, requirements)."""
    rows = await session.fetch("task_class_unknown", list(known))
    return [(row["class_id"], row["requirements"]) for row in rows]


async def class_document(session: Session, class_id: int) -> dict[str, Any]:
    """Give the requirements of a class."""
    document: dict[str, Any] = await session.fetchval("task_class_get", class_id)
    return document


async def take_turn(session: Session, tenant_id: UUID) -> None:
    """Let the orders of one tenant come one after the other, until the transaction ends."""
    await session.execute("share_turn", tenant_id)


async def lock_share(session: Session, tenant_id: UUID, priority: int) -> int:
    """Lock a tenant's share at a priority; give its last finish tag."""
    return int(await session.fetchval("share_lock", tenant_id, priority))


async def set_share(session: Session, tenant_id: UUID, priority: int, finish: int) -> None:
    """Write the tenant's last finish tag."""
    await session.execute("share_set", tenant_id, priority, finish)


async def last_finish(session: Session, tenant_id: UUID, priority: int) -> int:
    """Give the last finish tag of all other tenants at a priority."""
    return int(await session.fetchval("share_last", priority, tenant_id))


async def bundle_ids(session: Session, md5s: Collection[str]) -> list[tuple[str, int]]:
    """Give the bundles with these sums: (md5, bundle id)."""
    if not md5s:
        return []
    rows = await session.fetch("bundle_ids", list(md5s))
    return [(row["md5"], row["bundle_id"]) for row in rows]


async def _moved(session: Session, event: str, task_id: int, *args: object) -> bool:
    """Run the guarded statement of an event; tell whether the task was in a state for it."""
    row = await session.fetchval(
        f"task_{event}", task_id, TASK.target(event), TASK.sources(event), *args
    )
    return row is not None
