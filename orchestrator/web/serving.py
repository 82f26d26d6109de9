"""Run one call through its page: who comes, may they, is the form ours, draw, or say why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from aiohttp import web
from multidict import MultiDict

from orchestrator import logs
from orchestrator.core.accounts import may
from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Forbidden, NotFound, Unavailable, unexpected
from orchestrator.store.audit import acting
from orchestrator.store.identity.sessions import SessionRow
from orchestrator.usecases.accounts.sessions import csrf_of, find_session
from orchestrator.web import catalogues, cookies, telling
from orchestrator.web.assets import PREFIX, Assets
from orchestrator.web.confirming import confirmed
from orchestrator.web.drawing import Drawing
from orchestrator.web.forms import plain, read_form
from orchestrator.web.page import HOME, Needs, Page, Visit

PACKED_FROM_BYTES = 1024
RETRY_AFTER_S = "5"
SIGN_IN = "/admin/sign-in"
CODE = "/admin/sign-in/code"
log = structlog.get_logger("orchestrator.web")


def add_pages(
    app: web.Application,
    pages: tuple[Page, ...],
    deps_of: Callable[[web.Application], Deps],
    id_of: Callable[[web.Request], str],
) -> None:
    """Give every page, the static files and the way in to the application's router.

    `deps_of` and `id_of` give what the composition root made, and a request's id in the logs.
    """
    assets = Assets()
    drawing = Drawing(assets)
    app.router.add_get(PREFIX + "{name:.+}", assets.serve)
    app.router.add_get("/", _to_pages)
    for one in pages:
        serve = _endpoint(one, drawing, deps_of, id_of)
        if one.method == "GET":
            app.router.add_get(one.path, serve)
        else:
            app.router.add_post(one.path, serve)
    nothing = Page("GET", "", _nothing, "viewer")
    app.router.add_get(HOME + "/{rest:.*}", _endpoint(nothing, drawing, deps_of, id_of))


async def _to_pages(_: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": HOME})


async def _nothing(visit: Visit) -> web.Response:
    raise NotFound("page", visit.request.path[:100])


def _endpoint(
    one: Page,
    drawing: Drawing,
    deps_of: Callable[[web.Application], Deps],
    id_of: Callable[[web.Request], str],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        deps = deps_of(request.app)
        token = cookies.session_token(deps.settings, request)
        session, away = None, None
        try:
            session = await find_session(deps, token) if token else None
        except Unavailable as error:
            away = error
        if session is not None:
            logs.also_about(user=str(session.user_id))
        visit = Visit(
            deps=deps,
            drawing=drawing,
            request=request,
            request_id=id_of(request),
            session=session,
            csrf=csrf_of(token) if session is not None else "",
            locale=_locale(request, session),
            params=request.match_info,
            query=plain(request.query),
            form=MultiDict(),
        )
        with acting(visit.actor):
            answer = await _answer(one, visit) if away is None else _problem(visit, away)
        renewed = cookies.renewed(request)
        if renewed is not None:
            cookies.set_session(deps.settings, request, answer, renewed)
        _protect(answer, deps)
        _pack(answer)
        return answer

    return serve


async def _answer(one: Page, visit: Visit) -> web.StreamResponse:
    """Show the page, or the way in, or what went wrong, as a page or as a part of one."""
    try:
        elsewhere = _way_in(one.needs, visit)
        if elsewhere is not None:
            return _send(visit, elsewhere)
        if one.method == "POST":
            csrf = visit.csrf if visit.session is not None else None
            visit = replace(visit, form=await read_form(visit.request, csrf))
        if one.fresh:
            visit, asks = await confirmed(one, visit)
            if asks is not None:
                return asks
        return await one.view(visit)
    except (FarmError, TimeoutError) as failure:
        error = _told(failure)
        if error.status >= 500:
            log.warning("page_failed", code=error.code, message=error.message)
        if one.method == "POST" and not visit.part and error.status in {401, 409, 422, 429}:
            return await _refuse(one, visit, error)
        return _problem(visit, error)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("page_broke", method=visit.request.method, path=visit.request.path)
        return _problem(visit, unexpected(visit.request_id))


async def _refuse(one: Page, visit: Visit, error: FarmError) -> web.StreamResponse:
    """Draw the form's page again with what was typed, or go back to it and say why there."""
    if one.again is None or error.status not in {409, 422}:
        return _back(visit, error)
    query = plain(MultiDict(parse_qsl(urlsplit(visit.came_from).query)))
    query.popall("part", None)
    try:
        return await one.again(replace(visit, query=query, refused=error))
    except FarmError as gone:
        return _problem(visit, gone)
    except Exception:
        log.exception("page_broke", method="POST", path=visit.request.path)
        return _problem(visit, unexpected(visit.request_id))


def _told(failure: FarmError | TimeoutError) -> FarmError:
    if isinstance(failure, FarmError):
        return failure
    return Unavailable("This took too long. Try again.", "timeout")


def _problem(visit: Visit, error: FarmError) -> web.Response:
    name = "parts/problem.html" if visit.part else "pages/problem.html"
    answer = visit.draw(name, error.status, error=error)
    if error.status in {429, 503}:
        answer.headers["Retry-After"] = RETRY_AFTER_S
    return answer


def _way_in(needs: Needs, visit: Visit) -> str | None:
    """Give where a visitor must go first, None who may go on. Raises Forbidden."""
    if needs == "nobody":
        return None
    if visit.session is None:
        wanted = visit.request.path_qs if visit.request.method == "GET" else HOME
        return f"{SIGN_IN}?next={quote(wanted, safe='')}"
    if needs == "password":
        return None
    if not visit.session.whole:
        return CODE
    if not may(visit.session.role, needs):
        raise Forbidden(f"This needs the role {needs}; yours is {visit.session.role}.")
    return None


def _send(visit: Visit, path: str) -> web.Response:
    """Send a browser on; a part of a page that lost its session loads the page anew."""
    if visit.part:
        return web.Response(status=401, headers={"HX-Redirect": path})
    return visit.go(path)


def _back(visit: Visit, error: FarmError) -> web.Response:
    """Go back to where the form stood, and say there what was wrong with it."""
    answer = visit.go(visit.came_from)
    told = telling.plain(visit.locale, "error fault", error.code, error.message)
    details = " ".join(
        telling.plain(visit.locale, "fault error", one.code, one.message)
        for one in error.problems[:5]
        if one.code != error.code
    )
    cookies.set_notice(answer, visit.csrf, "bad", f"{told} {details}".strip())
    return answer


def _locale(request: web.Request, session: SessionRow | None) -> catalogues.Locale:
    if session is not None:
        return catalogues.choose(session.locale)
    wanted = request.query.get("lang") or request.cookies.get(cookies.LOCALE)
    return catalogues.choose(wanted or request.headers.get("Accept-Language"))


def _protect(answer: web.StreamResponse, deps: Deps) -> None:
    """Let the page load and reach nothing but this server, and run no script that is not a file."""
    files = _files_origin(deps)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data: blob:{files}; media-src 'self' blob:{files}; "
        f"connect-src 'self'{files}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    answer.headers.setdefault("Content-Security-Policy", policy)
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("Cache-Control", "no-store")


def _pack(answer: web.StreamResponse) -> None:
    """Let a page travel compressed where the browser takes that: a list shrinks to a tenth.

    The value of the forms lies beside what a visitor searched for; who would guess it by the length
    of answers cannot send a form from elsewhere even then (`_with_form` looks at the origin too).
    """
    body = answer.body if isinstance(answer, web.Response) else None
    if isinstance(body, bytes) and len(body) >= PACKED_FROM_BYTES:
        answer.enable_compression()


def _files_origin(deps: Deps) -> str:
    """Give the storage's own address where signed addresses lead there, not to this server."""
    settings = deps.settings
    if settings.storage != "s3":
        return ""
    parts = urlsplit(settings.s3_public_endpoint or settings.s3_endpoint or "")
    if not parts.netloc:
        return f" https://*.s3.{settings.s3_region}.amazonaws.com"
    return f" {parts.scheme}://{parts.netloc}"
