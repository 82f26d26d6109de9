"""The settings: what admins change while the farm runs, and what is only shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from aiohttp import web
from markupsafe import Markup

from orchestrator.errors import Invalid
from orchestrator.usecases.settings.change import (
    Change,
    Misfit,
    change_settings,
    foresee_settings,
)
from orchestrator.usecases.settings.look import look_at_settings
from orchestrator.web.cookies import Undo
from orchestrator.web.drawing import time_tag
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.settings import lines, units

SETTINGS = "/admin/settings"
ASKED_WHEN_LESS = frozenset(
    {
        "retention_tasks_days",
        "retention_logs_days",
        "retention_events_days",
        "retention_audit_days",
        "lease_ttl_s",
        "session_idle_s",
        "max_body_bytes",
    }
)
"""Less of these deletes, ends or refuses what went well before: that is asked first."""
ASKED_ABOVE = MappingProxyType({"lease_ttl_s": 300, "heartbeat_s": 60})
"""More than that leaves dead nodes' work lying, and is slow to take back: it is asked first too."""


async def draw_settings(visit: Visit) -> web.Response:
    """Draw every setting by group; where a form was refused, with what was typed."""
    groups = lines.lines_of(visit, await look_at_settings(visit.deps))
    if isinstance(visit.refused, Misfit):
        told = Invalid("Nothing was changed. Mend what is marked.", code="bad_settings")
        visit = replace(visit, refused=told)
    return visit.draw(
        "pages/settings.html",
        groups=groups,
        fixed=lines.fixed(visit.locale, visit.deps.in_force.given),
        variable_of=lines.variable_of,
        path=SETTINGS,
    )


@page(SETTINGS, "admin")
async def show_settings(visit: Visit) -> web.Response:
    """Show every setting."""
    return await draw_settings(visit)


@action(SETTINGS, "admin", again=draw_settings, fresh=True)
async def edit_settings(visit: Visit) -> web.Response:
    """Change what differs; what deletes or ends something is asked first."""
    wanted, expected = lines.read(visit.form)
    foreseen = await foresee_settings(visit.deps, wanted, expected)
    outcomes = [(one, _outcome(visit, one)) for one in foreseen]
    if visit.form.get("sure") != "yes" and any(told for _, told in outcomes):
        return visit.draw(
            "pages/settings_sure.html",
            changes=[(one, *_words(visit, one), told) for one, told in outcomes],
            fields=[field for field in visit.form.items() if field[0] != "sure"],
            path=SETTINGS,
        )
    done = await change_settings(visit.deps, wanted, expected)
    if not done:
        return visit.done(SETTINGS, "notice.settings_same")
    told = visit.t("settings.between").join(_told(visit, one) for one in done)
    return visit.done(SETTINGS, "notice.settings_changed", undo=_undo(done), changes=told)


def _words(visit: Visit, change: Change) -> tuple[Markup, Markup]:
    """Write the old and the new value with their unit."""
    unit = lines.unit_of(visit.locale, change.name)
    old, new = (units.write(visit.locale, change.name, v) for v in (change.old, change.new))
    return visit.t("settings.amount", value=old, unit=unit), visit.t(
        "settings.amount", value=new, unit=unit
    )


def _told(visit: Visit, change: Change) -> Markup:
    old, new = _words(visit, change)
    name = visit.t(f"setting.{change.name}")
    return visit.t("settings.one_change", name=name, old=old, new=new)


def _outcome(visit: Visit, change: Change) -> Markup | None:
    """Say what a change deletes, ends, refuses or delays; None where it does not."""
    if change.new > max(change.old, ASKED_ABOVE.get(change.name, float("inf"))):
        return visit.t(f"setting_sure.{change.name}.more")
    if change.name not in ASKED_WHEN_LESS or change.new >= change.old:
        return None
    values: dict[str, object] = {}
    if change.name.startswith("retention_"):
        day = datetime.now(UTC) - timedelta(days=change.new)
        values["day"] = time_tag(day, "day")
    return visit.t(f"setting_sure.{change.name}", **values)


def _undo(done: list[Change]) -> Undo:
    """Give the form that puts the old values back; a default that was comes back as such."""
    return Undo(
        SETTINGS,
        lines.undone(
            {
                one.name: ("" if one.was_default else units.exact(one.name, one.old), one.new)
                for one in done
            }
        ),
    )


PAGES = (show_settings, edit_settings)
