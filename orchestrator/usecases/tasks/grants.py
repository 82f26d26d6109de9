"""Make grants of leases: everything that a node needs, with addresses signed now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from orchestrator.deps import Deps
from orchestrator.store.pool import Record
from orchestrator.store.render import frames, tasks
from orchestrator.store.render.frames import FrameJob
from orchestrator.store.render.queue import Leased
from orchestrator.usecases.batches.gather import Gather
from orchestrator.usecases.jobs.paces import Paces, Template
from orchestrator.usecases.tasks.fence import to_text
from orchestrator.wire.agent import Usual
from orchestrator.wire.frames import write
from orchestrator.wire.tasks import BundleRef, FramesSpec, Grant, InputFile, TaskSpec

MOST = 500
WATCHED = frozenset({"render", "frames"})
_SPEC: TypeAdapter[TaskSpec] = TypeAdapter(TaskSpec)


async def make_grants(deps: Deps, leased: Sequence[Leased]) -> tuple[Grant, ...]:
    """Give the grants of these leases in their order."""
    if not leased:
        return ()
    found = await asyncio.gather(*(deps.shared(details).ask(lease.task_id) for lease in leased))
    return tuple([_grant(deps, one, lease) for one, lease in zip(found, leased, strict=True)])


@dataclass(frozen=True, slots=True)
class Details:
    """Hold what a grant tells of its task, and the frames ordered of it."""

    row: Record
    job: FrameJob | None
    usual: Usual | None = None


def details(deps: Deps) -> Gather[int, Details]:
    """Make the desk where grants made at the same moment ask for their tasks together."""
    return Gather(partial(_look, deps), most=MOST, at_once=2)


async def _look(deps: Deps, task_ids: Sequence[int]) -> list[Details | Exception]:
    session = deps.db.session()
    rows = await tasks.for_grants(session, task_ids)
    jobs = await frames.of_tasks(session, task_ids)
    paces = await deps.shared(Paces).of([_template(rows[task_id]) for task_id in task_ids])
    return [
        Details(rows[task_id], jobs.get(task_id), usual)
        for task_id, usual in zip(task_ids, paces, strict=True)
    ]


def _template(row: Record) -> Template | None:
    """Name whose pace matters: that of a task whose node watches over an engine."""
    if row["project_id"] is None or row["spec"].get("kind") not in WATCHED:
        return None
    return row["tenant_id"], row["project_id"], row["requirements"]["engine"]


def _grant(deps: Deps, found: Details, lease: Leased) -> Grant:
    row = found.row
    spec = _SPEC.validate_python(row["spec"], strict=False)
    if isinstance(spec, FramesSpec):
        spec = _what_is_left(found.job, spec)
    return Grant(
        task_id=lease.task_id,
        attempt=lease.attempt,
        token=to_text(lease.token),
        lease_ttl_s=deps.settings.lease_ttl_s,
        job_id=row["job_id"],
        project_id=row["project_id"],
        engine=row["requirements"]["engine"],
        engine_major=row["requirements"].get("engine_major"),
        bundle=_bundle(deps, row),
        inputs=tuple(_input(deps, one) for one in row["inputs"]),
        spec=spec,
        usual=found.usual,
    )


def _what_is_left(job: FrameJob | None, spec: FramesSpec) -> FramesSpec:
    """Ask only for frames that no earlier attempt delivered.

    An attempt may have delivered all of them and been lost before its result: then the first
    frame is asked for again, and what is recorded stays.
    """
    if job is None or job.missing == job.frames:
        return spec
    first = job.frames[0][0]
    return spec.model_copy(update={"frames": write(job.missing or ((first, first),))})


def _bundle(deps: Deps, row: Record) -> BundleRef | None:
    if row["md5"] is None:
        return None
    return BundleRef(
        md5=row["md5"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        is_bundle=row["bundle_kind"] == "zip",
        aep_path=row["aep_path"],
        url=deps.objects.sign_get(row["object_key"], deps.settings.url_ttl_s),
    )


def _input(deps: Deps, one: dict[str, Any]) -> InputFile:
    return InputFile(
        path=one["path"],
        url=deps.objects.sign_get(one["object_key"], deps.settings.url_ttl_s),
        sha256=one["sha256"],
        size_bytes=one["size_bytes"],
    )
