"""The settings that are in force, and where each comes from; secrets are only told to be set."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from pydantic import SecretStr

from orchestrator.settings import Settings
from orchestrator.web.page import Visit, page

PREFIX = "FLATRENDER_"
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("retention", ("retention_", "upload_ttl", "url_ttl")),
    ("timers", ("lease_", "heartbeat_", "claim_", "reaper_", "poll_", "session_")),
    ("limits", ("max_", "quota_", "rate_", "pool_", "statement_")),
    ("storage", ("storage", "s3_", "objects_", "data_dir")),
    ("rest", ("",)),
)
"""Groups by the beginning of a setting's name; the first that fits takes it."""


@dataclass(frozen=True, slots=True)
class Line:
    """Be one setting: its name in the environment, its value, and whether somebody set it."""

    name: str
    value: str
    given: bool
    secret: bool


@page("/admin/settings", "admin")
async def show_settings(visit: Visit) -> web.Response:
    """Show every setting by group."""
    return visit.draw("pages/settings.html", groups=grouped(visit.deps.settings))


def grouped(settings: Settings) -> dict[str, list[Line]]:
    """Put the settings into groups."""
    groups: dict[str, list[Line]] = {name: [] for name, _ in GROUPS}
    for name in type(settings).model_fields:
        group = next(title for title, begins in GROUPS if name.startswith(begins))
        groups[group].append(_line(settings, name))
    return groups


def _line(settings: Settings, name: str) -> Line:
    value = getattr(settings, name)
    secret = isinstance(value, SecretStr)
    shown = "" if value is None or secret else str(value)
    return Line(PREFIX + name.upper(), shown, name in settings.model_fields_set, secret)


PAGES = (show_settings,)
