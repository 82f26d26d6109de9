"""Collect every page in one table."""

from __future__ import annotations

from orchestrator.web.page import Page
from orchestrator.web.views import (
    account,
    jobs,
    live,
    nodes,
    overview,
    people,
    projects,
    scans,
    sign_in,
    tenants,
)
from orchestrator.web.views.audit import notes
from orchestrator.web.views.ordering import page as ordering
from orchestrator.web.views.outgoing import webhooks
from orchestrator.web.views.results import files as results
from orchestrator.web.views.scenes import adding, colors, comps, edit, pictures, review, scene
from orchestrator.web.views.settings import page as settings

PAGES: tuple[Page, ...] = (
    *sign_in.PAGES,
    *overview.PAGES,
    *live.PAGES,
    *nodes.PAGES,
    *jobs.PAGES,
    *results.PAGES,
    *projects.PAGES,
    *ordering.PAGES,
    *scans.PAGES,
    *review.PAGES,
    *scene.PAGES,
    *edit.PAGES,
    *adding.PAGES,
    *comps.PAGES,
    *colors.PAGES,
    *pictures.PAGES,
    *tenants.PAGES,
    *webhooks.PAGES,
    *settings.PAGES,
    *account.PAGES,
    *people.PAGES,
    *notes.PAGES,
)
