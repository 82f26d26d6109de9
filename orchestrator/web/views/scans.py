"""Scans of a template: quick or inside After Effects, the review of what changed, the merge."""

from __future__ import annotations

import json
from typing import cast, get_args
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.usecases.imports.apply import apply_scan
from orchestrator.usecases.imports.preview import preview_scan
from orchestrator.usecases.overview.projects import owner_of, scan_owner_of
from orchestrator.usecases.projects import look as projects
from orchestrator.usecases.scans.look import get_scan
from orchestrator.usecases.scans.order import cancel_scan, order_scan
from orchestrator.usecases.scans.quick import quick_scan
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import one_of, uuid
from orchestrator.web.views.projects import MODES, PROJECTS
from orchestrator.wire.base import EngineKind
from orchestrator.wire.bind import Mode
from orchestrator.wire.content.importing import ImportApply, ImportChange, ImportField, ImportPick
from orchestrator.wire.content.scanning import ScanOrder

SCANS = "/admin/scans"
WAITING = frozenset({"queued", "leased", "running"})


@action(PROJECTS + "/{id}/scan")
async def begin_scan(visit: Visit) -> web.Response:
    """Scan the file at once, or have a node do it in its engine."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    mode = cast("Mode | None", one_of(visit.form.get("mode"), MODES))
    engine = visit.form.get("engine", "quick")
    if engine == "quick":
        await quick_scan(visit.deps, tenant_id, project_id, mode)
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


@page(PROJECTS + "/{id}/review")
async def review_scan(visit: Visit) -> web.Response:
    """Show old and new of everything that a scan would change."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    scan_id = _scan(visit.query.get("scan"))
    found = await preview_scan(visit.deps, tenant_id, project_id, scan_id)
    return visit.draw(
        "pages/review.html",
        project=await projects.find_project(visit.deps, tenant_id, project_id),
        found=found,
        groups=_by_scene(found.changes),
        can_take=any(one.action != "unchanged" for one in found.changes),
        told=_told,
        scan_id=scan_id,
    )


@action(PROJECTS + "/{id}/review")
async def merge_scan(visit: Visit) -> web.Response:
    """Do the chosen changes; what a person edited stays."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    picks = tuple(_pick(text) for text in visit.form.getall("pick", []))
    if not picks:
        raise Invalid("Choose at least one change.", code="nothing_picked")
    wanted = _wanted(visit, picks)
    done = await apply_scan(visit.deps, tenant_id, project_id, wanted, new_id)
    count = done.counts.added + done.counts.changed + done.counts.revived + done.counts.removed
    return visit.done(f"{PROJECTS}/{project_id}", "notice.merged", count=count)


def _by_scene(changes: tuple[ImportChange, ...]) -> dict[str | None, list[ImportChange]]:
    """Put what changes together by scene, None for what all scenes share, in the diff's order.

    What a person edited and the scan has otherwise is shown too, though it stays.
    """
    groups: dict[str | None, list[ImportChange]] = {}
    for one in changes:
        if one.action != "unchanged" or one.fields:
            scene = one.key if one.kind == "scene" else one.scene
            groups.setdefault(scene, []).append(one)
    return groups


def _told(change: ImportChange) -> list[ImportField]:
    """Give the fields that are worth a line: of what is new only those that say something."""
    if change.action in ("changed", "unchanged"):
        return list(change.fields)
    return [one for one in change.fields if one.new or one.old]


def _wanted(visit: Visit, picks: tuple[ImportPick, ...]) -> ImportApply:
    version, scan_id = visit.form.get("version", ""), _scan(visit.form.get("scan"))
    try:
        return ImportApply(version=version, scan_id=scan_id, picks=picks)
    except ValidationError as error:
        raise Invalid("The review is unknown. Load it again.", code="bad_pick") from error


def _scan(text: str | None) -> UUID | None:
    return uuid(text, "scan") if text else None


def _pick(text: str) -> ImportPick:
    """Read a pick: a list of kind, scene and key. Raises Invalid (`bad_pick`)."""
    try:
        kind, scene, key = json.loads(text[:2000])
        return ImportPick.model_validate({"kind": kind, "scene": scene, "key": key})
    except (ValueError, TypeError, RecursionError) as error:
        raise Invalid("This choice is unknown. Load the review again.", code="bad_pick") from error


PAGES = (begin_scan, show_scan, stop_scan, review_scan, merge_scan)
