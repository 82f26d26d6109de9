"""The review of a scan: old and new side by side, and what of it is taken over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from orchestrator.errors import Invalid
from orchestrator.ids import new_id
from orchestrator.usecases.imports.apply import apply_scan
from orchestrator.usecases.imports.preview import Compared, compare_scan, count_changes
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.projects import look as projects
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.projects import PROJECTS
from orchestrator.web.views.scenes.picks import (
    GROUPS,
    LINES,
    choice_in,
    first_choice,
    groups_of,
    picks_of,
)
from orchestrator.wire.content.importing import ImportApply

REVIEW = PROJECTS + "/{id}/review"


@page(REVIEW)
async def review_scan(visit: Visit) -> web.Response:
    """Show old and new of everything that a scan would change; one scene of it as a part."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    project = await projects.find_project(visit.deps, tenant_id, project_id)
    scan_id = _scan(visit.form.get("scan") or visit.query.get("scan"))
    if scan_id is None and project.scan_bundle_md5 is None:
        return visit.draw("pages/review.html", project=project, found=None)
    found = await compare_scan(visit.deps, tenant_id, project_id, scan_id)
    groups = groups_of(found.diff)
    choice = first_choice(groups, visit.query.getall("open", []))
    if visit.refused is not None:
        choice = choice_in(visit.form)
    shown: dict[str, Any] = {
        "project": project,
        "choice": choice,
        "lines": LINES,
        "scan_id": scan_id,
    }
    if visit.part:
        wanted = visit.query.get("group", "")
        group = next((one for one in groups if one.mark == wanted), None)
        return visit.draw("parts/review_group.html", group=group, **shown)
    return visit.draw(
        "pages/review.html",
        found=found.source,
        version=found.diff.version,
        skipped=found.diff.skipped,
        counts=count_changes(found.diff.changes),
        groups=groups[:GROUPS],
        others=len(groups) - GROUPS,
        can_take=any(one.can_take for one in groups),
        **shown,
    )


@action(REVIEW, again=review_scan.view)
async def merge_scan(visit: Visit) -> web.Response:
    """Do the chosen changes; what a person edited stays, unless they chose otherwise."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    scan_id = _scan(visit.form.get("scan"))
    found = await compare_scan(visit.deps, tenant_id, project_id, scan_id)
    wanted = _wanted(visit, found, scan_id)
    done = await apply_scan(visit.deps, tenant_id, project_id, wanted, new_id)
    count = done.counts.added + done.counts.changed + done.counts.revived + done.counts.removed
    return visit.done(f"{PROJECTS}/{project_id}", "notice.merged", count=count)


def _wanted(visit: Visit, found: Compared, scan_id: UUID | None) -> ImportApply:
    picks = tuple(picks_of(groups_of(found.diff), choice_in(visit.form)))
    if not picks:
        raise Invalid("Choose at least one change.", code="nothing_picked")
    version = visit.form.get("version", "")
    try:
        return ImportApply(version=version, scan_id=scan_id, picks=picks)
    except ValidationError as error:
        raise Invalid("The review is unknown. Load it again.", code="bad_pick") from error


def _scan(text: str | None) -> UUID | None:
    return uuid(text, "scan") if text else None


PAGES = (review_scan, merge_scan)
