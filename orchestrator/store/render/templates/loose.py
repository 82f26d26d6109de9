"""Tasks without a job, of scans and pictures: cancelled by themselves, asked why they wait."""

from __future__ import annotations

from uuid import UUID

from orchestrator.core.machines.task import TASK
from orchestrator.core.scheduling.waiting import Waiting
from orchestrator.store.pool import Session
from orchestrator.store.render.waiting import waiting_of


async def cancel(session: Session, task_id: int) -> bool:
    """Cancel such a task; false when it has ended already."""
    row = await session.fetchval(
        "loose_cancel", task_id, TASK.target("cancel"), TASK.sources("cancel")
    )
    return row is not None


async def waiting(session: Session, tenant_id: UUID, task_id: int) -> Waiting | None:
    """Give what is known of such a task that waits; None when somebody works on it."""
    row = await session.fetchrow("loose_waiting", tenant_id, task_id)
    return waiting_of(row) if row else None
