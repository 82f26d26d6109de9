"""How the farm is, at a glance."""

from __future__ import annotations

from aiohttp import web

from orchestrator.web.page import Visit, page


@page("/admin")
async def show_overview(visit: Visit) -> web.Response:
    """Show the state of the farm in a few figures."""
    return visit.draw("pages/overview.html")


PAGES = (show_overview,)
