"""What is known of tasks that wait, and of the nodes that might take them."""

from __future__ import annotations

from uuid import UUID

from orchestrator.core.scheduling.classes import from_document
from orchestrator.core.scheduling.waiting import NodeFacts, Waiting
from orchestrator.store.pool import Record, Session
from orchestrator.wire.agent import Capabilities


async def tasks(session: Session, tenant_id: UUID, job_id: UUID, limit: int) -> list[Waiting]:
    """Give the tasks of a tenant's job that nobody works on, in the plan's order."""
    rows = await session.fetch("waiting_tasks", tenant_id, job_id, limit)
    return [waiting_of(row) for row in rows]


def waiting_of(row: Record) -> Waiting:
    """Read one row of a task that nobody works on."""
    return Waiting(
        task_id=row["id"],
        kind=row["kind"],
        state=row["state"],
        wanted=from_document(row["requirements"]),
        rest_s=row["rest_s"] or 0,
        ahead=row["ahead"],
        open_below=row["open_below"],
        last_failure=row["failure_message"],
    )


async def at_work(session: Session, tenant_id: UUID, job_id: UUID) -> int:
    """Count the tasks of a tenant's job that a node works on."""
    return int(await session.fetchval("waiting_at_work", tenant_id, job_id))


async def nodes(session: Session) -> list[NodeFacts]:
    """Give every node that is not retired."""
    return [
        NodeFacts(
            id=row["id"],
            name=row["name"],
            state=row["state"],
            platform=row["platform"],
            capabilities=Capabilities.model_validate(row["capabilities"], strict=False)
            if row["capabilities"]
            else None,
            slots=row["slots"],
            leases=row["leases"],
        )
        for row in await session.fetch("waiting_nodes")
    ]
