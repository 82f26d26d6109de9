"""The way in: address and password, the second factor's code, the one-time link, the way out."""

from __future__ import annotations

from aiohttp import web

from orchestrator.errors import FarmError
from orchestrator.usecases.accounts import sessions, sign_in
from orchestrator.web import catalogues, cookies
from orchestrator.web.page import HOME, Visit, action, page, page_of_ours
from orchestrator.web.serving import CODE, SIGN_IN


@page(SIGN_IN, "nobody")
async def show_sign_in(visit: Visit) -> web.Response:
    """Ask for address and password; who is signed in goes on."""
    if visit.session is not None and visit.session.whole:
        return visit.go(_next(visit.query.get("next", "")))
    answer = visit.draw("pages/sign_in.html", email="", error=None, next=visit.query.get("next"))
    if "lang" in visit.query:
        cookies.set_locale(answer, catalogues.choose(visit.query["lang"]))
    return answer


@action(SIGN_IN, "nobody")
async def give_password(visit: Visit) -> web.Response:
    """Check them; a wrong one shows the form again, with the address kept."""
    email, wanted = visit.form.get("email", ""), visit.form.get("next", "")
    try:
        opened = await sign_in.sign_in(
            visit.deps, email, visit.form.get("password", ""), visit.browser
        )
    except FarmError as error:
        return visit.draw("pages/sign_in.html", error.status, email=email, error=error, next=wanted)
    return await _inside(visit, _next(wanted), opened)


@page(CODE, "password")
async def show_code(visit: Visit) -> web.Response:
    """Ask for the code of the person's app."""
    if visit.person.whole:
        return visit.go(HOME)
    return visit.draw("pages/code.html", error=None)


@action(CODE, "password")
async def give_code(visit: Visit) -> web.Response:
    """Check the code."""
    if visit.person.whole:
        return visit.go(HOME)
    try:
        opened = await sign_in.give_code(
            visit.deps, visit.person, visit.form.get("code", ""), visit.browser
        )
    except FarmError as error:
        return visit.draw("pages/code.html", error.status, error=error)
    return await _inside(visit, HOME, opened)


@page("/admin/link", "nobody")
async def show_link(visit: Visit) -> web.Response:
    """Take the token out of the address's fragment, which is never sent, and offer to use it.

    A page that only looks, such as a messenger's preview, must not use the link up.
    """
    return visit.draw("pages/link.html", error=None)


@action("/admin/link", "nobody")
async def follow_link(visit: Visit) -> web.Response:
    """Use the link up."""
    try:
        opened = await sign_in.follow_link(visit.deps, visit.form.get("token", ""), visit.browser)
    except FarmError as error:
        return visit.draw("pages/link.html", error.status, error=error)
    return await _inside(visit, HOME, opened)


@action("/admin/sign-out", "password")
async def sign_out(visit: Visit) -> web.Response:
    """End this browser's session."""
    await sessions.end_session(visit.deps, visit.person)
    answer = visit.go(SIGN_IN)
    cookies.drop_session(visit.deps.settings, visit.request, answer)
    return answer


def _next(wanted: str) -> str:
    """Give the page that was asked for before; only ours, and never another host's address."""
    return HOME if wanted.startswith(SIGN_IN) else page_of_ours(wanted)


async def _inside(visit: Visit, path: str, opened: sign_in.Opened) -> web.Response:
    """Go on, with the cookies of who came in; a session that this browser had before ends."""
    if visit.session is not None:
        await sessions.end_session(visit.deps, visit.session)
    answer, settings = visit.go(path), visit.deps.settings
    cookies.set_session(settings, visit.request, answer, opened.token)
    cookies.set_known(settings, visit.request, answer, opened.known_as)
    return answer


PAGES = (
    show_sign_in,
    give_password,
    show_code,
    give_code,
    show_link,
    follow_link,
    sign_out,
)
