"""Queue one task without a job, cancel it, and say why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from orchestrator.core.scheduling import fairness
from orchestrator.core.scheduling.classes import Requirements
from orchestrator.core.scheduling.waiting import explain
from orchestrator.deps import Deps
from orchestrator.store.pool import Session
from orchestrator.store.render import attempts, jobs, queue, tasks, waiting
from orchestrator.store.render.tasks import NewTask, NewTasks
from orchestrator.store.render.templates import loose
from orchestrator.usecases.tasks.plan import MediaInput
from orchestrator.wire.tasks import TaskSpec

PRIORITY = 60
"""Above renders, where the tenant may: a person waits before the page for it."""
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class LooseTask:
    """Hold what such a task is made of; `cost` is its part of its tenant's share, in frames."""

    tenant_id: UUID
    project_id: UUID
    bundle_id: int
    wanted: Requirements
    spec: TaskSpec
    inputs: Sequence[MediaInput]
    cost: int


async def enqueue(session: Session, one: LooseTask) -> int:
    """Put the task into the queue with its share dealt; give its id."""
    priority = min(PRIORITY, (await jobs.limits(session, one.tenant_id, 0)).priority_max)
    digest = one.wanted.digest().hex()
    class_id = (await tasks.ensure_classes(session, {digest: one.wanted.document()}))[digest]
    last = await tasks.lock_share(session, one.tenant_id, priority)
    heads = await queue.heads(session, [class_id], priority)
    head = heads.get(class_id)
    if head is None:
        head = await tasks.last_finish(session, one.tenant_id, priority)
    share = fairness.tag(head, last, one.cost)
    await tasks.set_share(session, one.tenant_id, priority, share.finish)
    common = NewTasks(one.tenant_id, None, one.project_id, priority, ATTEMPTS)
    task = NewTask(
        kind=one.spec.kind,
        stage=0,
        position=0,
        state="queued",
        class_id=class_id,
        bundle_id=one.bundle_id,
        vtime=share.start,
        cost=one.cost,
        spec=one.spec.model_dump(mode="json"),
        inputs=[asdict(file) for file in one.inputs],
    )
    (task_id,) = await tasks.insert_many(session, common, [task])
    return task_id


async def cancel_task(session: Session, task_id: int) -> bool:
    """Cancel the task; its node ends the engine as soon as it speaks to us next.

    False when it has ended already.
    """
    # The queue's row is everybody's first lock: then nobody ends the task meanwhile.
    await queue.lock_many(session, [task_id])
    if not await loose.cancel(session, task_id):
        return False
    await queue.remove(session, [task_id])
    await attempts.close(session, [task_id], "interrupted")
    return True


async def why(deps: Deps, tenant_id: UUID, task_id: int) -> str | None:
    """Say why nobody works on the task yet; None when somebody does, or it has ended."""
    session = deps.db.session()
    task = await loose.waiting(session, tenant_id, task_id)
    if task is None:
        return None
    return explain(task, await waiting.nodes(session), with_nodes=False).message
