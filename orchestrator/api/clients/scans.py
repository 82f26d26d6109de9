"""Handle scans: the quick one from the file, and full ones that nodes do."""

from __future__ import annotations

from uuid import UUID

from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, route
from orchestrator.usecases.scans import look
from orchestrator.usecases.scans.order import cancel_scan, order_scan
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.wire.content.scanning import ScanJob, ScanJobPage, ScanOrder
from orchestrator.wire.resources import QuickScanQuery
from orchestrator.wire.scan import ScanResult

AUTHOR = KeyScope("template")
READER = KeyScope("template", "render")


class ScanQuery(PageQuery):
    """Hold the query of the list of scans."""

    project_id: UUID | None = None


@route(
    "POST",
    "/v1/template-scans/{project_id}/quick",
    summary="Scan the template's file",
    auth=READER,
    query=QuickScanQuery,
    answer=ScanResult,
    tags=("scans",),
)
async def create_quick_scan(call: Call[QuickScanQuery]) -> ScanResult:
    """Read scenes, fields and colours without After Effects, keep them, and answer them."""
    project_id = call.params["project_id"]
    return await quick_scan(call.deps, call.tenant_id, project_id, call.query.mode)


@route(
    "POST",
    "/v1/template-scans",
    summary="Scan the template inside After Effects",
    auth=AUTHOR,
    body=ScanOrder,
    answer=ScanJob,
    code=201,
    tags=("scans",),
)
async def create_scan(call: Call[None], body: ScanOrder) -> ScanJob:
    """Queue a scan that a node does; a project without a template fails at once."""
    await order_scan(call.deps, call.tenant_id, call.new_id, body)
    return await look.get_scan(call.deps, call.tenant_id, call.new_id)


@route(
    "GET",
    "/v1/template-scans",
    summary="List scans",
    auth=READER,
    query=ScanQuery,
    answer=ScanJobPage,
    tags=("scans",),
)
async def list_scans(call: Call[ScanQuery]) -> ScanJobPage:
    """List the tenant's full scans, newest first; results come one by one."""
    query = call.query
    place = place_of(query.cursor)
    found = await look.list_scans(call.deps, call.tenant_id, query.project_id, place, query.limit)
    meta = page_of([(one.created_at, one.id) for one in found], query.limit)
    return ScanJobPage(data=tuple(found), meta=meta)


@route(
    "GET",
    "/v1/template-scans/{id}",
    summary="Describe a scan",
    auth=READER,
    answer=ScanJob,
    tags=("scans",),
)
async def get_scan(call: Call[None]) -> ScanJob:
    """Answer the scan's state, phase, elapsed time, and its result once it is there."""
    return await look.get_scan(call.deps, call.tenant_id, call.params["id"])


@route(
    "POST",
    "/v1/template-scans/{id}/cancel",
    summary="Cancel a scan",
    auth=AUTHOR,
    answer=ScanJob,
    tags=("scans",),
    once=True,
)
async def cancel_scan_job(call: Call[None]) -> ScanJob:
    """Cancel; one that is cancelled already stays so, one that has ended answers 409."""
    await cancel_scan(call.deps, call.tenant_id, call.params["id"])
    return await look.get_scan(call.deps, call.tenant_id, call.params["id"])


ROUTES = (create_quick_scan, create_scan, list_scans, get_scan, cancel_scan_job)
