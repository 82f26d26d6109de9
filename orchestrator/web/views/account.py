"""One's own account: language, password, second factor, and where one is signed in."""

from __future__ import annotations

from aiohttp import web
from markupsafe import Markup

from orchestrator.store.identity.sessions import Factor
from orchestrator.usecases.accounts import factors, people, sessions
from orchestrator.web.page import Visit, action, page
from orchestrator.web.views.fields import uuid

ACCOUNT = "/admin/account"


@page(ACCOUNT)
async def show_account(visit: Visit) -> web.Response:
    """Show the account and its sessions."""
    found = await factors.list_factors(visit.deps, visit.person)
    return visit.draw(
        "pages/account.html",
        sessions=await sessions.list_sessions(visit.deps, visit.person),
        factor=_confirmed(found),
    )


@action(ACCOUNT + "/language", "viewer")
async def change_language(visit: Visit) -> web.Response:
    """Change the language of the pages."""
    await people.change_locale(visit.deps, visit.person, visit.form.get("locale", ""))
    return visit.done(visit.came_from)


@action(ACCOUNT + "/password", "viewer")
async def change_password(visit: Visit) -> web.Response:
    """Change the password; every other session ends."""
    form = visit.form
    await people.change_password(
        visit.deps, visit.person, form.get("old", ""), form.get("new", ""), visit.actor
    )
    return visit.done(ACCOUNT, "notice.password_changed")


@page(ACCOUNT + "/factor")
async def offer_factor(visit: Visit) -> web.Response:
    """Show the key of a new app, as a picture and as text."""
    offer = await factors.begin(visit.deps, visit.person)
    picture = Markup(offer.picture)  # noqa: S704 - drawn here from our own address
    return visit.draw("pages/factor.html", offer=offer, picture=picture)


@action(ACCOUNT + "/factor", "viewer")
async def prove_factor(visit: Visit) -> web.Response:
    """Take the app's first code and show the recovery codes, this once."""
    codes = await factors.confirm(visit.deps, visit.person, visit.form.get("code", ""))
    return visit.draw("pages/recovery.html", codes=codes)


@action(ACCOUNT + "/factor/remove", "viewer")
async def remove_factor(visit: Visit) -> web.Response:
    """Forget the second factor, with the password."""
    await factors.remove(visit.deps, visit.person, visit.form.get("password", ""))
    return visit.done(ACCOUNT, "notice.factor_removed")


@action(ACCOUNT + "/sessions/{id}/end", "viewer")
async def end_session(visit: Visit) -> web.Response:
    """Sign out of another browser."""
    session_id = uuid(visit.params["id"], "session")
    await sessions.end_one(visit.deps, visit.person, session_id)
    return visit.done(ACCOUNT, "notice.session_ended")


@action(ACCOUNT + "/sessions/end-others", "viewer")
async def end_other_sessions(visit: Visit) -> web.Response:
    """Sign out everywhere else."""
    count = await sessions.end_others(visit.deps, visit.person)
    return visit.done(ACCOUNT, "notice.sessions_ended", count=count)


def _confirmed(found: list[Factor]) -> Factor | None:
    return next((one for one in found if one.kind == "totp" and one.confirmed_at), None)


PAGES = (
    show_account,
    change_language,
    change_password,
    offer_factor,
    prove_factor,
    remove_factor,
    end_session,
    end_other_sessions,
)
