"""What is known of tasks that wait, and of the nodes that might take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.scheduling.classes import Requirements, from_document
from orchestrator.core.scheduling.waiting import NodeFacts, Waiting
from orchestrator.store.pool import Record, Session
from orchestrator.wire.agent import Capabilities

Known = dict[UUID, tuple[str, Capabilities]]
"""What nodes said of themselves, as it is stored and as it was read: reading takes its time."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """Say where a job stands in line; `wanted` is None when nothing of it waits."""

    at_work: int
    wanted: Requirements | None
    ahead: int


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
        shy_of=tuple(row["shy_of"] or ()),
        shy_s=row["shy_s"] or 0,
    )


async def at_work(session: Session, tenant_id: UUID, job_id: UUID) -> int:
    """Count the tasks of a tenant's job that a node works on."""
    return int(await session.fetchval("waiting_at_work", tenant_id, job_id))


async def lines(session: Session, jobs: Sequence[tuple[UUID, UUID]]) -> dict[UUID, JobLine]:
    """Give the places of jobs, each named by (tenant, job)."""
    columns = [list(part) for part in zip(*jobs, strict=True)]
    return {
        row["job_id"]: JobLine(
            at_work=row["at_work"],
            wanted=None if row["requirements"] is None else from_document(row["requirements"]),
            ahead=row["ahead"],
        )
        for row in await session.fetch("waiting_lines", *columns)
    }


async def nodes(session: Session, known: Known | None = None) -> list[NodeFacts]:
    """Give every node that is not retired; who asks often keeps `known`, which this fills."""
    kept: Known = {} if known is None else known
    rows = await session.fetch("waiting_nodes")
    return [
        NodeFacts(
            id=row["id"],
            name=row["name"],
            state=row["state"],
            platform=row["platform"],
            capabilities=_able(row["id"], row["capabilities"], kept),
            slots=row["slots"],
            leases=row["leases"],
        )
        for row in rows
    ]


def _able(node_id: UUID, stored: str | None, known: Known) -> Capabilities | None:
    if stored is None:
        return None
    before = known.get(node_id)
    if before is None or before[0] != stored:
        before = known[node_id] = (stored, Capabilities.model_validate_json(stored, strict=False))
    return before[1]
