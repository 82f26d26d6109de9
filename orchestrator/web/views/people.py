"""Who may sign in, and with which role."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from orchestrator.core.accounts import ROLES, Role
from orchestrator.errors import Invalid
from orchestrator.usecases.accounts import people
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.web.cookies import Undo
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid

PEOPLE = "/admin/people"


@page(PEOPLE, "admin")
async def show_people(visit: Visit) -> web.Response:
    """List the people of the farm."""
    found = await people.list_people(visit.deps, visit.person.tenant_id)
    return visit.draw("pages/people.html", people=found, roles=ROLES)


@action(PEOPLE, "admin", fresh=True)
async def make_person(visit: Visit) -> web.Response:
    """Make a person who signs in by address and password."""
    form = visit.form
    made = await people.make_person(
        visit.deps.db,
        visit.deps.shared(Passwords),
        form.get("email", ""),
        form.get("password", ""),
        _role(form.get("role", "")),
        display_name=form.get("name", ""),
        locale=visit.locale,
    )
    undo = Undo(f"{PEOPLE}/{made}/suspend", ())
    return visit.done(PEOPLE, "notice.person_made", email=form.get("email", ""), undo=undo)


@action(PEOPLE + "/{id}/role", "admin", fresh=True)
async def change_role(visit: Visit) -> web.Response:
    """Give a person another role."""
    role = _role(visit.form.get("role", ""))
    whom = _whom(visit)
    former = await people.change_role(visit.deps, visit.person, whom, role)
    undo = Undo(f"{PEOPLE}/{whom}/role", (("role", former),))
    return visit.done(PEOPLE, "notice.role_changed", undo=undo)


@action(PEOPLE + "/{id}/suspend", "admin")
async def suspend_person(visit: Visit) -> web.Response:
    """Let a person in no more."""
    await people.suspend(visit.deps, visit.person, _whom(visit), back=False)
    undo = Undo(f"{PEOPLE}/{visit.params['id']}/resume", ())
    return visit.done(PEOPLE, "notice.person_suspended", undo=undo)


@action(PEOPLE + "/{id}/resume", "admin", fresh=True)
async def resume_person(visit: Visit) -> web.Response:
    """Let a person in again."""
    await people.suspend(visit.deps, visit.person, _whom(visit), back=True)
    undo = Undo(f"{PEOPLE}/{visit.params['id']}/suspend", ())
    return visit.done(PEOPLE, "notice.person_resumed", undo=undo)


def _role(text: str) -> Role:
    if text not in ROLES:
        raise Invalid(f"A role is one of {', '.join(ROLES)}.", code="bad_role")
    return text


def _whom(visit: Visit) -> UUID:
    return uuid(visit.params["id"], "person")


PAGES = (show_people, make_person, change_role, suspend_person, resume_person)
