"""Send the browser to videos and pictures of a render: their signed addresses change, these do not.

A page that is drawn anew would load every picture again, and begin a video anew.
"""

from __future__ import annotations

from aiohttp import web

from orchestrator.errors import NotFound
from orchestrator.usecases.overview import results
from orchestrator.usecases.overview.jobs import tenant_of
from orchestrator.web.page import Visit, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.jobs import JOBS

KINDS = ("video", "poster", "thumbnail")


@page(JOBS + "/{id}/exports/{kind}")
async def send_export(visit: Visit) -> web.Response:
    """Send the browser to the video, the poster or the small picture; it takes ranges there."""
    job_id, kind = uuid(visit.params["id"], "render"), visit.params["kind"]
    if kind not in KINDS:
        raise NotFound("kind of export", repr(kind[:60]))
    tenant_id = await tenant_of(visit.deps, job_id)
    return visit.go(await results.result_url(visit.deps, tenant_id, job_id, kind))


@page(JOBS + "/{id}/frames/{frame}")
async def send_frame(visit: Visit) -> web.Response:
    """Send the browser to the small picture of a frame."""
    job_id, text = uuid(visit.params["id"], "render"), visit.params["frame"]
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFound("frame", repr(text[:60]))
    tenant_id = await tenant_of(visit.deps, job_id)
    return visit.go(await results.preview_url(visit.deps, tenant_id, job_id, int(text)))


PAGES = (send_export, send_frame)
