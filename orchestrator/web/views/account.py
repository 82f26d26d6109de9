"""One's own account: language, password, second factor, and where one is signed in."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from markupsafe import Markup
from multidict import MultiDict

from orchestrator.errors import FarmError
from orchestrator.store.identity.sessions import Factor
from orchestrator.usecases.accounts import factors, people, proof, sessions
from orchestrator.web.confirming import CONFIRM, FROM_FIELD, PROOF_FIELD, ask, prove
from orchestrator.web.page import Visit, action, page, page_of_ours
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
    token = await people.change_password(
        visit.deps,
        visit.person,
        form.get("old", ""),
        form.get("new", ""),
        visit.browser,
    )
    return visit.renewed(token).done(ACCOUNT, "notice.password_changed")


@action(ACCOUNT + "/factor/begin", "viewer", fresh=True)
async def begin_factor(visit: Visit) -> web.Response:
    """Begin to set up an app."""
    await factors.begin(visit.deps, visit.person)
    return visit.go(ACCOUNT + "/factor")


@page(ACCOUNT + "/factor", fresh=True)
async def offer_factor(visit: Visit) -> web.Response:
    """Show the key of the app that was begun, as a picture and as text."""
    offer = await factors.offered(visit.deps, visit.person)
    if offer is None:
        return visit.go(ACCOUNT)
    picture = Markup(offer.picture)  # noqa: S704 - drawn here from our own address
    return visit.draw("pages/factor.html", offer=offer, picture=picture)


@action(ACCOUNT + "/factor", "viewer", fresh=True)
async def prove_factor(visit: Visit) -> web.Response:
    """Take the app's first code and show the recovery codes, this once."""
    token, codes = await factors.confirm(visit.deps, visit.person, visit.form.get("code", ""))
    return visit.renewed(token).draw("pages/recovery.html", codes=codes)


@action(ACCOUNT + "/factor/remove", "viewer")
async def remove_factor(visit: Visit) -> web.Response:
    """Forget the second factor, with the password, or a last code of who has none."""
    token = await proof.remove_factor(visit.deps, visit.person, visit.form.get("password", ""))
    return visit.renewed(token).done(ACCOUNT, "notice.factor_removed")


@page(CONFIRM)
async def ask_confirm(visit: Visit) -> web.Response:
    """Ask for the password before a page that needs it given a short while ago."""
    back = page_of_ours(visit.query.get("next", ""))
    if visit.person.is_fresh:
        return visit.go(back)
    return ask(replace(visit, back=back), CONFIRM, None, 200)


@action(CONFIRM, "viewer")
async def give_confirm(visit: Visit) -> web.Response:
    """Check it and go on to that page."""
    back = page_of_ours(visit.form.get(FROM_FIELD, ""))
    try:
        visit = await prove(visit, visit.form.get(PROOF_FIELD, ""))
    except FarmError as error:
        if error.code == "signed_out":
            raise
        return ask(replace(visit, form=MultiDict(), back=back), CONFIRM, error)
    return visit.go(back)


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
    begin_factor,
    offer_factor,
    prove_factor,
    remove_factor,
    ask_confirm,
    give_confirm,
    end_session,
    end_other_sessions,
)
