"""Find the scan that is to be imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.content import rows
from orchestrator.store.pool import Session
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.scans.kept import kept_or_new_scan
from orchestrator.wire.scan import ScanResult


@dataclass(frozen=True, slots=True)
class Source:
    """Be a scan with where it comes from."""

    scan: ScanResult
    engine: Literal["quick", "full"]
    scanned_at: datetime


async def prepare(deps: Deps, tenant_id: UUID, project_id: UUID, scan_id: UUID | None) -> None:
    """See to it that the latest scan is there; raises NotFound and Conflict (`no_bundle`)."""
    bundle_of(await find_project(deps, tenant_id, project_id))
    if scan_id is None:
        await kept_or_new_scan(deps, tenant_id, project_id)


async def source_of(
    session: Session, tenant_id: UUID, project_id: UUID, scan_id: UUID | None
) -> Source:
    """Read the latest scan, or the full scan of that id.

    Raises NotFound for a scan that is not there or did not succeed, Conflict (`scan_outdated`)
    for one of an earlier bundle or version of this server.
    """
    kept = await rows.kept_scan(session, tenant_id, project_id, scan_id)
    if kept is None and scan_id is not None:
        raise NotFound("finished scan", scan_id)
    if kept is None or not kept.current:
        raise _outdated("is of an earlier upload")
    try:
        scan = ScanResult.model_validate(kept.scan, strict=False)
    except ValidationError as error:
        raise _outdated("was written by another version of this server") from error
    engine = cast("Literal['quick', 'full']", kept.engine)
    return Source(scan, engine, kept.scanned_at)


def _outdated(why: str) -> Conflict:
    return Conflict(f"The scan {why}. Scan the template again.", "scan_outdated")
