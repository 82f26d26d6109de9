"""Keep what a scan found for its project: orders and the importer read it from there."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import structlog

from orchestrator.store.content import projects
from orchestrator.store.pool import Session
from orchestrator.store.render.templates import scans
from orchestrator.wire.failures import Failure
from orchestrator.wire.scan import ScanComp, ScanResult

MAX_SIDE = 30_000

log = structlog.get_logger("scans")


async def keep_scan(
    session: Session,
    tenant_id: UUID,
    project_id: UUID,
    md5: str,
    found: ScanResult,
    engine: Literal["quick", "full"],
) -> bool:
    """Make a scan the project's latest; false when its bundle was replaced since."""
    comp = _final(found)
    return await projects.project_set_scan(
        session,
        tenant_id,
        project_id,
        bundle_md5=md5,
        scan=found.model_dump(mode="json"),
        comp=found.final_comp,
        size=None if comp is None else (comp.width, comp.height),
        fps=None if comp is None else (comp.fps.num, comp.fps.den),
        frames=None if comp is None else comp.frames,
        engine=engine,
    )


async def finish_scan(session: Session, task_id: int, found: ScanResult) -> None:
    """End a full scan well; the project takes it over while its bundle is still that one."""
    scan = await scans.of_task(session, task_id)
    result = found.model_dump(mode="json")
    if scan is not None and await scans.finish(session, task_id, "succeeded", result=result):
        await keep_scan(session, scan.tenant_id, scan.project_id, scan.md5, found, "full")
        log.info("scan_ended", scan=str(scan.id), task=task_id, state="succeeded")


async def give_up_scan(session: Session, task_id: int, state: str, failure: Failure) -> None:
    """End a full scan that nobody will try again."""
    scan = await scans.of_task(session, task_id)
    why = (failure.code, failure.message)
    if await scans.finish(session, task_id, state, failure=why) and scan is not None:
        told = {"state": state, "code": failure.code, "message": failure.message}
        log.warning("scan_ended", scan=str(scan.id), task=task_id, **told)


def _final(found: ScanResult) -> ScanComp | None:
    """Give the final comp when it can be rendered and its figures can be kept."""
    for comp in found.comps:
        if comp.name == found.final_comp:
            good = 0 < comp.width <= MAX_SIDE and 0 < comp.height <= MAX_SIDE and comp.frames > 0
            return comp if good else None
    return None
