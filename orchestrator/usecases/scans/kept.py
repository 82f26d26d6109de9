"""Give a project's scan: the one that is kept, or a new quick one."""

from __future__ import annotations

from uuid import UUID

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import Conflict
from orchestrator.store.content import projects
from orchestrator.store.content.projects import ProjectRow
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.wire.scan import ScanResult


async def kept_scan(deps: Deps, tenant_id: UUID, project_id: UUID) -> ScanResult | None:
    """Give the stored scan; None where there is none, or one that an earlier version wrote."""
    stored = await projects.project_scan(deps.db.session(), tenant_id, project_id)
    try:
        return None if stored is None else ScanResult.model_validate(stored, strict=False)
    except ValidationError:
        return None


async def kept_or_new_scan(deps: Deps, tenant_id: UUID, project_id: UUID) -> ScanResult:
    """Give the stored scan; a template that was not scanned yet is scanned now."""
    kept = await kept_scan(deps, tenant_id, project_id)
    return kept or await quick_scan(deps, tenant_id, project_id, None)


async def scan_of(deps: Deps, tenant_id: UUID, project: ProjectRow) -> ScanResult:
    """Give the scan of the very bundle that the project had when it was read.

    Raises Conflict (`bundle_replaced`): what nobody could look into must not pass, and reach a
    node, by the scan of another bundle.
    """
    found = await kept_or_new_scan(deps, tenant_id, project.id)
    now = await find_project(deps, tenant_id, project.id)
    if not bundle_of(now).md5 == bundle_of(project).md5 == now.scan_bundle_md5:
        raise Conflict("The template was replaced meanwhile. Try again.", "bundle_replaced")
    return found
