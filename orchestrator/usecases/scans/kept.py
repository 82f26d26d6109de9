"""Give a project's scan: the one that is kept, or a new quick one."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import Conflict
from orchestrator.store.content import projects
from orchestrator.store.content.projects import ProjectRow, ScanMark
from orchestrator.store.pool import Session
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.wire.scan import ScanResult

BYTES_KEPT = 24 * 2**20
"""Of all scans that are kept, as JSON: some 40,000 fields. In memory they are eight times that,
and a scan without a field may be as large as any."""
SCANS_KEPT = 64


class Scans:
    """Keeps the scans that were read last: thousands of fields are not read for every page."""

    def __init__(self, _: Deps) -> None:
        self._kept: OrderedDict[tuple[UUID, UUID], tuple[ScanMark, ScanResult]] = OrderedDict()
        self._sizes: dict[tuple[UUID, UUID], int] = {}

    async def read(self, session: Session, tenant_id: UUID, project_id: UUID) -> ScanResult | None:
        """Give the stored scan as it is now; None without one.

        Raises ValidationError for one that an earlier version wrote.
        """
        key = (tenant_id, project_id)
        known = self._kept.get(key)
        found = await projects.project_scan(session, *key, known and known[0])
        if found is None:
            return None
        if known is None or found.mark != known[0]:
            known = (found.mark, ScanResult.model_validate(found.scan, strict=False))
            self._kept[key] = known
            self._kept.move_to_end(key)
            self._sizes[key] = size_of(known[1])
            while len(self._kept) > SCANS_KEPT or sum(self._sizes.values()) > BYTES_KEPT:
                del self._sizes[self._kept.popitem(last=False)[0]]
        elif key in self._kept:
            self._kept.move_to_end(key)
        return known[1]


def size_of(scan: ScanResult) -> int:
    """Give how long a scan is as JSON, in bytes: what it takes in memory goes by that."""
    return len(scan.model_dump_json().encode())


async def kept_scan(deps: Deps, tenant_id: UUID, project_id: UUID) -> ScanResult | None:
    """Give the stored scan; None where there is none, or one that an earlier version wrote."""
    try:
        return await deps.shared(Scans).read(deps.db.session(), tenant_id, project_id)
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
