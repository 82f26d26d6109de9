"""What every request passes: its id, the log line, error answers, security headers."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from multidict import istr

from orchestrator import logs
from orchestrator.api.callers.proxies import as_it_came
from orchestrator.api.dispatch import DEPS, REQUEST_ID
from orchestrator.api.guard import Guard
from orchestrator.api.metrics import Metrics
from orchestrator.api.problems import from_http, problem_response
from orchestrator.errors import FarmError, Unavailable, unexpected
from orchestrator.ids import new_id

METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)
GUARD: web.AppKey[Guard] = web.AppKey("guard", Guard)
BEGUN: web.RequestKey[web.StreamResponse] = web.RequestKey("begun", web.StreamResponse)
REQUEST_ID_HEADER = istr("X-Request-Id")
SERVER_HEADER = istr("Server")
_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ROUTINE = "/v1/agent/"
SECURITY_HEADERS = {
    istr("X-Content-Type-Options"): "nosniff",
    istr("X-Frame-Options"): "DENY",
    istr("Referrer-Policy"): "no-referrer",
    istr("Content-Security-Policy"): "default-src 'none'; frame-ancestors 'none'",
    istr("Cache-Control"): "no-store",
}
log = structlog.get_logger("orchestrator.http")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its id, answer every error as a problem, and write one log line."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request_id = given if _GIVEN_ID.fullmatch(given) else str(new_id())
    request[REQUEST_ID] = request_id
    guard = request.app[GUARD]
    guard.begun(request.protocol)
    began = time.monotonic()
    # One connection's requests share a context: what the one before said must not stay.
    logs.about(request_id=request_id)
    code = 499
    try:
        # The library answers with the request that it knows, which keeps its id.
        seen = as_it_came(request, request.app[DEPS].settings.trusted_proxies)
        response = await _answer(seen, handler, request_id)
        code = response.status
        return response
    finally:
        guard.ended(request.protocol)
        _note(request, code, time.monotonic() - began)


async def _answer(request: web.Request, handler: Handler, request_id: str) -> web.StreamResponse:
    try:
        return await handler(request)
    except ConnectionError:
        if BEGUN not in request:
            raise
        return _cut(request, "the client went away")
    except (FarmError, TimeoutError) as error:
        if BEGUN in request:
            return _cut(request, str(error))
        if isinstance(error, TimeoutError):
            error = Unavailable("This took too long. Try again.", "timeout")
        if error.status >= 500:
            log.warning("request_failed", code=error.code, message=error.message)
        return problem_response(error, request_id)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        farm_error, headers = from_http(error)
        return problem_response(farm_error, request_id, headers)
    except Exception:
        log.exception("request_broke", method=request.method, path=request.path)
        if BEGUN in request:
            return _cut(request, "see above")
        return problem_response(unexpected(request_id), request_id)


def _cut(request: web.Request, reason: str) -> web.StreamResponse:
    """Cut the line: the answer has begun, and a second one would be read as part of it."""
    log.info("answer_broke_off", reason=reason)
    if request.transport is not None:
        request.transport.abort()
    return request[BEGUN]


def _note(request: web.Request, code: int, seconds: float) -> None:
    """Log and count one request; the path without its query, which may carry signatures.

    What agents call all the time and what goes well is told at debug: at thousands of nodes it
    is a thousand lines a second.
    """
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    method = request.method if request.method in _KNOWN_METHODS else "other"
    request.app[METRICS].answered(method, route, code, seconds)
    tell = log.debug if code < 400 and route.startswith(ROUTINE) else log.info
    tell("request", method=method, path=request.path, code=code, seconds=round(seconds, 4))


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every answer carries, before it is sent."""
    request[BEGUN] = response
    headers = response.headers
    headers[REQUEST_ID_HEADER] = request.get(REQUEST_ID, "")
    headers[SERVER_HEADER] = "flatrender"
    for name, value in SECURITY_HEADERS.items():
        if name not in headers:
            headers[name] = value
