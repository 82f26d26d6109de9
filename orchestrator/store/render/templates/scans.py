"""Write and read the scans that nodes do; until a scan ends its state is its task's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import Mode


@dataclass(frozen=True, slots=True)
class ScanRow:
    """Be one scan; `progress` is its task's, `{stage: {done, total}}`."""

    id: UUID
    project_id: UUID
    engine: EngineKind
    mode: Mode | None
    state: str
    result: dict[str, Any] | None
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    bundle_md5: str | None
    attempt: int
    progress: dict[str, Any]
    node_name: str | None
    task_id: int | None
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class ScannedBundle:
    """Be what a scan task is about: the scan, and the very bundle that it was asked for."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    mode: Mode | None
    md5: str
    kind: str
    aep_path: str
    object_key: str


async def insert(
    session: Session,
    *,
    scan_id: UUID,
    tenant_id: UUID,
    project_id: UUID,
    task_id: int,
    bundle_id: int,
    mode: Mode | None,
    engine: EngineKind,
) -> None:
    """Write a scan beside its task."""
    args = (scan_id, tenant_id, project_id, task_id, bundle_id, mode, engine)
    await session.execute("scan_insert", *args)


async def exists(session: Session, tenant_id: UUID, scan_id: UUID) -> bool:
    """Tell whether a tenant has a scan."""
    return bool(await session.fetchval("scan_exists", tenant_id, scan_id))


async def unfinished(session: Session, tenant_id: UUID, count_to: int) -> int:
    """Count a tenant's scans that have not ended, up to `count_to`."""
    return int(await session.fetchval("scan_unfinished", tenant_id, count_to))


async def get(session: Session, tenant_id: UUID, scan_id: UUID) -> ScanRow | None:
    """Give one scan of a tenant with its result."""
    row = await session.fetchrow("scan_get", tenant_id, scan_id)
    return ScanRow(**row) if row else None


async def page(
    session: Session,
    tenant_id: UUID,
    project_id: UUID | None,
    place: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ScanRow]:
    """Give scans of a tenant, newest first, without results."""
    at, last = place or (None, None)
    rows = await session.fetch("scan_list", tenant_id, project_id, at, last, limit)
    return [ScanRow(**row) for row in rows]


async def of_task(session: Session, task_id: int) -> ScannedBundle | None:
    """Give the scan whose task it is."""
    row = await session.fetchrow("scan_of_task", task_id)
    return ScannedBundle(**row) if row else None


async def finish(
    session: Session,
    task_id: int,
    state: str,
    *,
    result: dict[str, Any] | None = None,
    failure: tuple[str, str] | None = None,
) -> bool:
    """End a scan with its task, once; `failure` is code and sentence."""
    code, message = failure or (None, None)
    row = await session.fetchval("scan_finish", task_id, state, result, code, message)
    return row is not None
