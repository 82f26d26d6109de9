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
    settings,
    sign_in,
    tenants,
)
from orchestrator.web.views.audit import notes
from orchestrator.web.views.ordering import page as ordering
from orchestrator.web.views.outgoing import webhooks
from orchestrator.web.views.scenes import colors, edit, pictures, scene

PAGES: tuple[Page, ...] = (
    *sign_in.PAGES,
    *overview.PAGES,
    *live.PAGES,
    *nodes.PAGES,
    *jobs.PAGES,
    *projects.PAGES,
    *ordering.PAGES,
    *scans.PAGES,
    *scene.PAGES,
    *edit.PAGES,
    *colors.PAGES,
    *pictures.PAGES,
    *tenants.PAGES,
    *webhooks.PAGES,
    *settings.PAGES,
    *account.PAGES,
    *people.PAGES,
    *notes.PAGES,
)
