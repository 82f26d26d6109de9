"""The pages' routes: what a view declares, and the visit that it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Final, Literal, cast
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from markupsafe import Markup
from multidict import MultiMapping

from orchestrator.core.accounts import Role, may
from orchestrator.deps import Deps
from orchestrator.errors import FarmError
from orchestrator.store.audit import Actor
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.usecases.accounts.sessions import Browser, csrf_of
from orchestrator.usecases.overview.many import Many
from orchestrator.web import catalogues, cookies, telling
from orchestrator.web.catalogues import Locale
from orchestrator.web.cookies import Undo
from orchestrator.web.drawing import Drawing
from orchestrator.wire.base import FieldProblem

Needs = Literal["nobody", "password", "viewer", "operator", "admin"]
"""Who may come: nobody signed in, somebody whose code is awaited, or a role."""


REASONS: Final = 4
"""Reasons that one notice tells; it has room for no more."""
HOME: Final = "/admin"
MENU: Final[tuple[tuple[str, str, Role], ...]] = (
    ("overview", "/admin", "viewer"),
    ("nodes", "/admin/nodes", "viewer"),
    ("jobs", "/admin/jobs", "viewer"),
    ("projects", "/admin/projects", "viewer"),
    ("tenants", "/admin/tenants", "viewer"),
    ("people", "/admin/people", "admin"),
    ("audit", "/admin/audit", "admin"),
    ("settings", "/admin/settings", "admin"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Hold one call of a page for its view."""

    deps: Deps
    drawing: Drawing
    request: web.Request
    request_id: str
    session: SessionRow | None
    csrf: str
    locale: Locale
    params: Mapping[str, str]
    query: MultiMapping[str]
    form: MultiMapping[str]
    refused: FarmError | None = None
    """Why the form was not taken: the page is drawn again with what was typed."""
    back: str | None = None
    """The page that a form was on, where another one asked for the password in between."""

    @property
    def person(self) -> SessionRow:
        """Give who is signed in; the page's needs guarantee it."""
        return cast("SessionRow", self.session)

    @property
    def actor(self) -> Actor:
        """Name the person for the audit log; before the door it is nobody."""
        address = self.browser.address
        if self.session is None:
            return Actor("nobody", None, self.request_id, address)
        return Actor("user", str(self.session.user_id), self.request_id, address)

    @property
    def browser(self) -> Browser:
        """Give the address and the browser's own name."""
        address = None
        with suppress(ValueError):
            address = ip_address(self.request.remote or "")
        agent = self.request.headers.get("User-Agent", "").encode("utf-8", "replace").decode()
        return Browser(address, agent, cookies.known_as(self.deps.settings, self.request))

    @property
    def part(self) -> str:
        """Name the part of the page that is asked for alone; empty for the whole page."""
        return self.query.get("part", "")

    @property
    def menu(self) -> tuple[tuple[str, str, Role], ...]:
        """Give the menu's entries that the person may see: text, address, role."""
        return tuple(entry for entry in MENU if self.may(entry[2]))

    def is_at(self, path: str) -> bool:
        """Tell whether the page belongs to a menu's entry."""
        here = self.path
        return here == path or (path != "/admin" and here.startswith(path + "/"))

    @property
    def path(self) -> str:
        """Give the page's own path, which a refused form was on and not what it was sent to."""
        return urlsplit(self.came_from).path if self.refused else self.request.path

    @property
    def came_from(self) -> str:
        """Give the page of ours that a form was on; never anybody else's address."""
        if self.back is not None:
            return self.back
        with suppress(ValueError):
            parts = urlsplit(self.request.headers.get("Referer", ""))
            if parts.netloc == self.request.host:
                return page_of_ours(parts.path + (f"?{parts.query}" if parts.query else ""))
        return HOME

    def may(self, role: Role) -> bool:
        """Tell whether the person has a role."""
        return self.session is not None and self.session.whole and may(self.session.role, role)

    def t(self, key: str, /, **values: object) -> Markup:
        """Give a text in the person's language."""
        return catalogues.say(self.locale, key, **values)

    def address(self, **changes: object) -> str:
        """Give this page's address with changed parameters; None drops one."""
        kept = {k: v for k, v in self.query.items() if k != "part" and k not in changes}
        given = {k: str(v) for k, v in changes.items() if v is not None}
        text = urlencode({**kept, **given})
        return f"{self.path}?{text}" if text else self.path

    def typed(self, action: str, name: str, shown: object = "") -> object:
        """Give what an input shows: what was typed when this form was refused, else `shown`.

        `action` is where the form is sent to: a page may have many.
        """
        return self.form.get(name, "") if self.is_refused(action) else shown

    def is_refused(self, action: str) -> bool:
        """Tell whether the form that is sent to `action` was refused."""
        return self.refused is not None and action == self.request.path

    def wrong(self, action: str, name: str) -> list[FieldProblem]:
        """Give what is wrong with an input of a refused form."""
        if self.refused is None or not self.is_refused(action):
            return []
        return [one for one in self.refused.problems if one.place == name]

    def draw(self, template: str, code: int = 200, **values: Any) -> web.Response:
        """Draw a template: pages/... extend the frame, parts/... stand alone.

        A page that is drawn again says by its code that the form was refused.
        """
        if self.refused is not None and code == 200:
            code = self.refused.status
        notice = None if self.part else cookies.take_notice(self.request, self.csrf)
        text = self.drawing.draw(
            self.locale,
            template,
            visit=self,
            notice=notice,
            direction="rtl" if self.locale in catalogues.RTL else "ltr",
            **values,
        )
        answer = web.Response(status=code, text=text, content_type="text/html")
        if notice is not None:
            answer.del_cookie(cookies.NOTICE, path="/admin", samesite="Lax", httponly=True)
        return answer

    def done(
        self, path: str, key: str = "", /, *, undo: Undo | None = None, **values: object
    ) -> web.Response:
        """Go to a page after an action, which is told there by a text's key, with its way back."""
        answer = self.go(path)
        if key:
            told = self.t(key, **values).unescape()
            cookies.set_notice(answer, self.csrf, "good", told, undo)
        return answer

    def done_many(
        self, path: str, key: str, many: Many, /, *, undo: Undo | None = None
    ) -> web.Response:
        """Go to a page after an action on many things: how many it was done to, how many not, why.

        `undo` must take back only what was done.
        """
        told = [str(self.t(key, count=len(many.done)))] if many.done else []
        if many.refused:
            told.append(str(self.t("notice.refused", count=len(many.refused))))
            reasons = [telling.plain(self.locale, "error", e.code, e.message) for e in many.refused]
            told += list(dict.fromkeys(reasons))[:REASONS]
        if many.left:
            told.append(str(self.t("notice.not_tried", count=many.left)))
        kind = "good" if not many.refused else "warn" if many.done else "bad"
        answer = self.go(path)
        cookies.set_notice(answer, self.csrf, kind, " ".join(told), undo)
        return answer

    def go(self, path: str) -> web.Response:
        """Send the browser to another page of ours."""
        return web.Response(status=303, headers={"Location": path})

    def renewed(self, token: str) -> Visit:
        """Give this visit under its session's new token, which the answer brings."""
        cookies.renew(self.request, token)
        return replace(self, csrf=csrf_of(token))


def page_of_ours(wanted: str) -> str:
    """Give the address of a page if it is one of ours, else the first one; never another host's."""
    is_ours = wanted == HOME or wanted.startswith((HOME + "/", HOME + "?"))
    is_plain = wanted.isprintable() and "\\" not in wanted and ".." not in wanted
    return wanted if is_ours and is_plain else HOME


View = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """Be one row of the pages' table; from it come the router and the test of roles."""

    method: Literal["GET", "POST"]
    path: str
    view: View
    needs: Needs
    again: View | None = None
    """Draws the page of a form that was refused, with `visit.refused` and what was typed."""
    fresh: bool = False
    """The password is asked for again where it was given long ago."""


def page(path: str, needs: Needs = "viewer", *, fresh: bool = False) -> Callable[[View], Page]:
    """Make a page of a view that shows something; `fresh` asks for the password again."""
    return lambda view: Page("GET", path, view, needs, fresh=fresh)


def action(
    path: str, needs: Needs = "operator", again: View | None = None, *, fresh: bool = False
) -> Callable[[View], Page]:
    """Make a route of a view that changes something and ends with `visit.done`.

    A form that is refused (409, 422) is drawn by `again` with what was typed; without that the
    browser goes back to its page, which says why. `fresh` asks for the password again first.
    """
    return lambda view: Page("POST", path, view, needs, again, fresh)
