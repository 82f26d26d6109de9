"""Have a node scan a template in its engine, and cancel that."""

from __future__ import annotations

from uuid import UUID

import structlog

from orchestrator.core.scheduling.classes import Requirements
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound, TooMany
from orchestrator.store.audit import note_caller
from orchestrator.store.pool import Session
from orchestrator.store.render import tasks
from orchestrator.store.render.templates import scans
from orchestrator.usecases.fonts.needed import font_inputs
from orchestrator.usecases.loose.queueing import LooseTask, cancel_task, enqueue
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.scans.kept import scan_of
from orchestrator.wire.content.scanning import ScanOrder
from orchestrator.wire.tasks import ScanSpec

log = structlog.get_logger("scans")
COST = 10
"""What a scan takes of its tenant's share, in frames."""
MOST_UNFINISHED = 10
"""Scans of one tenant that may wait or run at one time."""
NETWORK = "footage_network"


async def order_scan(deps: Deps, tenant_id: UUID, scan_id: UUID, order: ScanOrder) -> None:
    """Queue a scan of the template as it is now; an id that exists already is left as it is.

    Raises NotFound (project), Conflict (`no_bundle`, `bundle_missing`, `bundle_replaced`), Invalid
    (`bad_aep`; `footage_network`: opening such a project would send the node's name and password
    away), TooMany (`quota_scans`).
    """
    if await scans.exists(deps.db.session(), tenant_id, scan_id):
        return
    project = await find_project(deps, tenant_id, order.project_id)
    bundle = bundle_of(project)
    quick = await scan_of(deps, tenant_id, project)
    for problem in quick.problems:
        if problem.code == NETWORK:
            raise Invalid(
                f"The template cannot be opened on a node: {problem.message} ({problem.place}).",
                code=NETWORK,
            )
    async with deps.db.transaction() as session:
        await tasks.take_turn(session, tenant_id)
        if await scans.exists(session, tenant_id, scan_id):
            return
        await _require_room(session, tenant_id)
        fonts = await font_inputs(session, tenant_id, bundle.bundle_id, quick.fonts)
        task_id = await enqueue(
            session,
            LooseTask(
                tenant_id=tenant_id,
                project_id=order.project_id,
                bundle_id=bundle.bundle_id,
                wanted=Requirements(kind="scan", engine=order.engine),
                spec=ScanSpec(),
                inputs=fonts,
                cost=COST,
            ),
        )
        await scans.insert(
            session,
            scan_id=scan_id,
            tenant_id=tenant_id,
            project_id=order.project_id,
            task_id=task_id,
            bundle_id=bundle.bundle_id,
            mode=order.mode or project.own_mode,
            engine=order.engine,
        )
        about = ("scan", scan_id)
        project_id = str(order.project_id)
        await note_caller(session, "scan.order", about, tenant_id, project=project_id)
    log.info("scan_ordered", scan=str(scan_id), project=str(order.project_id), task=task_id)


async def _require_room(session: Session, tenant_id: UUID) -> None:
    """Raise TooMany (`quota_scans`): scans go before renders, everybody's renders."""
    if await scans.unfinished(session, tenant_id, MOST_UNFINISHED) >= MOST_UNFINISHED:
        raise TooMany(
            f"{MOST_UNFINISHED} scans are not finished yet, the most at one time. "
            "Wait for some, or cancel them.",
            "quota_scans",
        )


async def cancel_scan(deps: Deps, tenant_id: UUID, scan_id: UUID) -> None:
    """Cancel a scan; its node ends the engine as soon as it speaks to us next.

    One that is cancelled already stays so. Raises NotFound, Conflict for one that has ended.
    """
    async with deps.db.transaction() as session:
        found = await scans.get(session, tenant_id, scan_id)
        if found is None:
            raise NotFound("scan", scan_id)
        if found.state == "cancelled":
            return
        task_id = found.task_id
        if task_id is not None and await cancel_task(session, task_id):
            await scans.finish(session, task_id, "cancelled")
            await note_caller(session, "scan.cancel", ("scan", scan_id), tenant_id)
            log.info("scan_cancelled", scan=str(scan_id), task=task_id)
            return
        found = await scans.get(session, tenant_id, scan_id)
    if found is not None and found.state != "cancelled":
        raise Conflict(f"Scan {scan_id} is {found.state} already; there is nothing to cancel.")
