"""Give a project's scan: the one that is kept, or a new quick one."""

from __future__ import annotations

from uuid import UUID

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.store.content import projects
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.wire.scan import ScanResult


async def kept_or_new_scan(deps: Deps, tenant_id: UUID, project_id: UUID) -> ScanResult:
    """Give the stored scan; a template that was not scanned yet is scanned now."""
    stored = await projects.project_scan(deps.db.session(), tenant_id, project_id)
    if stored is not None:
        try:
            return ScanResult.model_validate(stored, strict=False)
        except ValidationError:
            pass  # Written by an earlier version: scan again.
    return await quick_scan(deps, tenant_id, project_id, None)
