"""Order a render from the pages: the form of a template, also filled with what a render was."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from orchestrator.errors import Conflict, FarmError
from orchestrator.usecases.files.look import kept_files
from orchestrator.usecases.overview import jobs as overview
from orchestrator.usecases.overview.projects import owner_of
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.renders.offer import Offer, offer_of
from orchestrator.usecases.renders.submit import submit
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid
from orchestrator.web.views.jobs import CHANGE, JOBS
from orchestrator.web.views.ordering.again import drafted
from orchestrator.web.views.ordering.draft import STEP, Draft, fresh, stepped, typed
from orchestrator.web.views.ordering.form import inputs_of, scenes_of
from orchestrator.web.views.ordering.plain import Plain
from orchestrator.web.views.ordering.reading import Reading
from orchestrator.web.views.projects import PROJECTS
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.renders import RenderOrder

FILES = 100
KEPT_TYPED = frozenset({409, 422, 429})
"""What is refused with these is shown again, as it was typed."""


@page(PROJECTS + "/{id}/order", "operator")
async def show_order(visit: Visit) -> web.Response:
    """Show the form that orders a render of a template, as the template has everything."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    offer = await offer_of(visit.deps, tenant_id, project_id)
    if offer is None:
        project = await find_project(visit.deps, tenant_id, project_id)
        return visit.draw("pages/order_first.html", project=project)
    return await _draw(visit, offer, fresh(offer.scan))


@page(JOBS + "/{id}/order", "operator")
async def show_order_again(visit: Visit) -> web.Response:
    """Show the form filled with what a render was ordered with, to be changed."""
    job_id = uuid(visit.params["id"], "render")
    tenant_id = await overview.tenant_of(visit.deps, job_id)
    row = await overview.ordered(visit.deps, tenant_id, job_id)
    try:
        order = RenderOrder.model_validate(row["request"], strict=False)
    except ValidationError as error:
        raise Conflict(
            "This render was ordered with another version of the farm. Order a new one.",
            "order_unreadable",
        ) from error
    offer = await offer_of(visit.deps, tenant_id, order.project_id)
    if offer is None:
        project = await find_project(visit.deps, tenant_id, order.project_id)
        return visit.draw("pages/order_first.html", project=project)
    draft, lost = drafted(order, offer)
    return await _draw(visit, offer, draft, lost=lost, again_of=job_id)


@action(PROJECTS + "/{id}/order")
async def order_render(visit: Visit) -> web.Response:
    """Order what the form holds; its other buttons change the form. A second click orders once."""
    project_id = uuid(visit.params["id"], "project")
    tenant_id = await owner_of(visit.deps, project_id)
    offer = await offer_of(visit.deps, tenant_id, project_id)
    if offer is None:
        return visit.go(f"{PROJECTS}/{project_id}/order")
    draft, lost = typed(visit.form, offer.scan)
    reading = Reading(draft, offer, datetime.now(UTC))
    try:
        if STEP in visit.form:
            draft = stepped(draft, visit.form[STEP][:600], offer.scan, _presets(offer))
            return await _draw(visit, offer, draft, lost=lost)
        if lost:
            raise Conflict("The template was changed meanwhile. See what is left.", "order_changed")
        job_id = draft.job_id()
        await submit(visit.deps, tenant_id, None, job_id, reading.order())
    except FarmError as error:
        if error.status not in KEPT_TYPED:
            raise
        return await _draw(visit, offer, draft, lost=lost, error=error, reading=reading)
    undo = Undo(CHANGE, (("wish", "cancel"), ("job", str(job_id))))
    return visit.done(f"{JOBS}/{job_id}", "notice.ordered", undo=undo)


def _presets(offer: Offer) -> dict[str, Mapping[str, str]]:
    return {str(row.id): row.fields["colors"] for row in offer.listed("preset")}


async def _draw(
    visit: Visit,
    offer: Offer,
    draft: Draft,
    *,
    error: FarmError | None = None,
    reading: Reading | None = None,
    lost: tuple[str, ...] = (),
    again_of: UUID | None = None,
) -> web.Response:
    wrong = {} if error is None or reading is None else reading.marked(error)
    files = await kept_files(visit.deps, offer.tenant["id"], FILES, also=_files(draft))
    draft = _without_gone(draft, {str(one.id) for one in files})
    plain = Plain(offer, draft.texts, wrong, files, visit.locale)
    scenes = scenes_of(offer, draft, wrong, files)
    inputs = [*plain.every(), *inputs_of(scenes)]
    faults = [one for one in inputs if one.wrong]
    named = {one.name for one in faults} | {f"use.{one.use.number}" for one in scenes}
    return visit.draw(
        "pages/order.html",
        200 if error is None else error.status,
        offer=offer,
        draft=draft,
        scenes=scenes,
        plain=plain,
        assembled=offer.scan.mode in ASSEMBLED_MODES,
        choices=[one for one in offer.scan.scenes if not one.shared],
        error=error,
        elsewhere=[one for name, one in wrong.items() if name not in named],
        faults=faults,
        lost=lost,
        again_of=again_of,
        max_bytes=visit.deps.settings.max_file_bytes,
    )


def _files(draft: Draft) -> list[UUID]:
    """Give the files that a draft names, by the look of their ids."""
    found = []
    for name, text in draft.texts.items():
        if name.startswith(("v.", "audio.")) and len(text) == 36:
            with suppress(ValueError):
                found.append(UUID(text))
    return found[:1000]


def _without_gone(draft: Draft, kept: set[str]) -> Draft:
    """Choose nothing where a file is named that is not there any more."""
    gone = {str(one) for one in _files(draft)} - kept
    texts = {name: text for name, text in draft.texts.items() if text not in gone}
    return replace(draft, texts=texts)


PAGES = (show_order, show_order_again, order_render)
