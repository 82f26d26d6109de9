"""Handle the review of a scan and its merge."""

from __future__ import annotations

from orchestrator.api.route import Call, KeyScope, route
from orchestrator.ids import new_id
from orchestrator.usecases.imports.apply import apply_scan
from orchestrator.usecases.imports.preview import preview_scan
from orchestrator.wire.content.importing import (
    ImportApplied,
    ImportApply,
    ImportPreview,
    ImportSource,
)

AUTHOR = KeyScope("template")


@route(
    "POST",
    "/v1/projects/{id}/scan/preview",
    summary="Show what a scan would change",
    auth=AUTHOR,
    body=ImportSource,
    answer=ImportPreview,
    tags=("scans",),
)
async def preview_import(call: Call[None], body: ImportSource) -> ImportPreview:
    """Compare the project's scenes, fields and colours with a scan; nothing is changed."""
    return await preview_scan(call.deps, call.tenant_id, call.params["id"], body.scan_id)


@route(
    "POST",
    "/v1/projects/{id}/scan/apply",
    summary="Merge a reviewed scan",
    auth=AUTHOR,
    body=ImportApply,
    answer=ImportApplied,
    tags=("scans",),
)
async def apply_import(call: Call[None], body: ImportApply) -> ImportApplied:
    """Do the changes that were reviewed; what a person edited stays."""
    return await apply_scan(call.deps, call.tenant_id, call.params["id"], body, new_id)


ROUTES = (preview_import, apply_import)
