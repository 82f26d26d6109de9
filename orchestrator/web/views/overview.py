"""How the farm is, at a glance."""

from __future__ import annotations

from aiohttp import web

from orchestrator.usecases.overview.farm import look
from orchestrator.web.page import Visit, page


@page("/admin")
async def show_overview(visit: Visit) -> web.Response:
    """Show the state of the farm in one line and a few figures."""
    name = "parts/overview.html" if visit.part else "pages/overview.html"
    return visit.draw(name, farm=await look(visit.deps))


PAGES = (show_overview,)
