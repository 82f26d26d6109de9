"""Tell of scans that nodes do: how far they are, why they wait, what they found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.render.templates import scans
from orchestrator.store.render.templates.scans import ScanRow
from orchestrator.usecases.loose.queueing import why
from orchestrator.wire.content.scanning import ScanFailure, ScanJob, ScanPhase
from orchestrator.wire.scan import ScanResult

ACTIVE = ("queued", "leased", "running")
_PHASES: dict[str, ScanPhase] = {"read": "reading", "open": "opening", "launch": "launching"}
"""What a node tells of, the latest first."""


async def get_scan(deps: Deps, tenant_id: UUID, scan_id: UUID) -> ScanJob:
    """Describe one scan with its result; raises NotFound."""
    session = deps.db.session()
    row = await scans.get(session, tenant_id, scan_id)
    if row is None:
        raise NotFound("scan", scan_id)
    waits_for = None
    if row.state == "queued" and row.task_id is not None:
        waits_for = await why(deps, tenant_id, row.task_id)
    return _described(row, waits_for)


async def list_scans(
    deps: Deps,
    tenant_id: UUID,
    project_id: UUID | None,
    place: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ScanJob]:
    """List a tenant's scans, newest first, all or one project's."""
    rows = await scans.page(deps.db.session(), tenant_id, project_id, place, limit)
    return [_described(row) for row in rows]


def _described(row: ScanRow, waits_for: str | None = None) -> ScanJob:
    failure = None
    if row.failure_code is not None:
        failure = ScanFailure(code=row.failure_code, message=row.failure_message or "")
    return ScanJob.model_validate(
        {
            "id": row.id,
            "project_id": row.project_id,
            "engine": row.engine,
            "mode": row.mode,
            "state": row.state,
            "phase": _phase(row),
            "elapsed_s": max(0.0, row.elapsed_s),
            "attempt": row.attempt,
            "node_name": row.node_name,
            "bundle_md5": row.bundle_md5,
            "created_at": row.created_at,
            "started_at": row.started_at,
            "finished_at": row.finished_at,
            "failure": failure,
            "waits_for": waits_for,
            "result": _result(row),
        }
    )


def _phase(row: ScanRow) -> ScanPhase:
    if row.state not in ACTIVE:
        return "ended"
    if row.state == "queued":
        return "waiting"
    return next((phase for told, phase in _PHASES.items() if told in row.progress), "launching")


def _result(row: ScanRow) -> ScanResult | None:
    """Read a kept result; one that an earlier version wrote is not shown."""
    if row.result is None:
        return None
    try:
        return ScanResult.model_validate(row.result, strict=False)
    except ValidationError:
        return None
