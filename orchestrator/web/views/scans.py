"""Scans of a template: quick, or by a node in its engine, with its progress."""

from __future__ import annotations

from typing import cast, get_args

from aiohttp import web

from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.usecases.imports.preview import compare_scan
from orchestrator.usecases.overview.projects import owner_of, scan_owner_of
from orchestrator.usecases.projects import look as projects
from orchestrator.usecases.scans.look import get_scan
from orchestrator.usecases.scans.order import cancel_scan, order_scan
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import one_of, uuid
from orchestrator.web.views.projects import MODES, PROJECTS, show_project
from orchestrator.web.waiting import while_waited_for
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import Mode
from orchestrator.wire.content.scanning import ScanOrder

SCANS = "/admin/scans"
WAITING = frozenset({"queued", "leased", "running"})


@action(PROJECTS + "/{id}/scan", again=show_project.view)
async def begin_scan(visit: Visit) -> web.Response:
    """Scan the file at once, or have a node do it in its engine."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    mode = cast("Mode | None", one_of(visit.form.get("mode"), MODES))
    engine = visit.form.get("engine", "quick")
    if engine == "quick":
        await while_waited_for(visit, quick_scan(visit.deps, tenant_id, project_id, mode))
        # Compared while the person waits for the scan anyway: the review is there at once.
        await compare_scan(visit.deps, tenant_id, project_id, None)
        return visit.done(f"{PROJECTS}/{project_id}/review", "notice.scanned")
    for known in get_args(EngineKind):
        if known == engine:
            order = ScanOrder(project_id=project_id, mode=mode, engine=known)
            scan_id = new_id()
            await order_scan(visit.deps, tenant_id, scan_id, order)
            return visit.go(f"{SCANS}/{scan_id}")
    raise Invalid("Choose how to scan.", code="bad_engine")


@page(SCANS + "/{id}")
async def show_scan(visit: Visit) -> web.Response:
    """Show how far a full scan is."""
    scan_id = uuid(visit.params["id"], "scan")
    tenant_id, project_id = await scan_owner_of(visit.deps, scan_id)
    scan = await get_scan(visit.deps, tenant_id, scan_id)
    project = await projects.find_project(visit.deps, tenant_id, project_id)
    return visit.draw(
        "parts/scan.html" if visit.part else "pages/scan.html",
        scan=scan,
        project=project,
        waits=scan.state in WAITING,
    )


@action(SCANS + "/{id}/cancel")
async def stop_scan(visit: Visit) -> web.Response:
    """Cancel a full scan; the node ends its engine."""
    scan_id = uuid(visit.params["id"], "scan")
    tenant_id, _ = await scan_owner_of(visit.deps, scan_id)
    await cancel_scan(visit.deps, tenant_id, scan_id)
    return visit.done(f"{SCANS}/{scan_id}", "notice.scan_cancelled")


PAGES = (begin_scan, show_scan, stop_scan)
