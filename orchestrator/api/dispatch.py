"""Run one request through its route: authenticate, read, validate, handle, encode."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web

from orchestrator.api.authenticate import authenticate
from orchestrator.api.bodies import parse_body, parse_query, read_body
from orchestrator.api.repeats import run_once
from orchestrator.api.route import (
    Call,
    KeyPrincipal,
    KeyScope,
    NodePrincipal,
    NodeSigned,
    ParameterKind,
    Route,
    SignedUrl,
)
from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.ids import new_id
from orchestrator.wire.base import Message

DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
JSON = "application/json"
_MAX_INT = 2**63 - 1


def add_routes(app: web.Application, routes: tuple[Route, ...]) -> None:
    """Give every route to the application's router."""
    for route in routes:
        if route.method == "GET":
            app.router.add_get(route.pattern, endpoint(route), allow_head=True)
        else:
            app.router.add_route(route.method, route.pattern, endpoint(route))


def endpoint(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make the function that aiohttp calls for a route."""

    async def serve(request: web.Request) -> web.StreamResponse:
        deps = request.app[DEPS]
        takes_json = isinstance(route.body, type)
        # A node signs its body, so that must be read first; a key is checked before any reading.
        signed = isinstance(route.auth, NodeSigned)
        raw = await read_body(request) if signed else b""
        principal = await authenticate(route.auth, deps, request, raw)
        _name_in_logs(principal)
        if takes_json and not signed:
            raw = await read_body(request)
        call: Call[Any] = Call(
            deps=deps,
            request=request,
            request_id=request[REQUEST_ID],
            principal=principal,
            params=_params(route, request),
            query=_query(route, request),
            new_id=new_id(),
        )

        async def run(this: Call[Any]) -> web.StreamResponse:
            if isinstance(route.body, type):
                body = parse_body(raw, request.content_type, route.body)
                return _encode(route, await route.handler(this, body))
            return _encode(route, await route.handler(this))

        if route.method == "POST" and route.code == 201 and isinstance(route.auth, KeyScope):
            return await run_once(route, call, raw, run)
        return await run(call)

    return serve


def _name_in_logs(principal: KeyPrincipal | NodePrincipal | None) -> None:
    """Say in every log line of this request who calls."""
    if isinstance(principal, NodePrincipal):
        structlog.contextvars.bind_contextvars(node=str(principal.node_id))
    elif principal is not None:
        structlog.contextvars.bind_contextvars(tenant=str(principal.tenant_id))


def _query(route: Route, request: web.Request) -> Message | None:
    if isinstance(route.auth, SignedUrl):
        return None
    return parse_query(request.query.items(), route.query)


def _params(route: Route, request: web.Request) -> dict[str, Any]:
    """Give the path's parameters in their kinds; what cannot be one names nothing: 404."""
    return {
        name: _param(kind, name, request.match_info[name])
        for name, kind in route.parameters.items()
    }


def _param(kind: ParameterKind, name: str, text: str) -> Any:
    if kind == "uuid":
        try:
            value = UUID(text)
        except ValueError:
            value = None
        if value is None or str(value) != text.lower():
            raise NotFound(name, repr(text[:60]))
        return value
    if kind == "int":
        if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > _MAX_INT:
            raise NotFound(name, repr(text[:60]))
        return int(text)
    return text


def _encode(route: Route, answer: Message | web.StreamResponse | None) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    if answer is None:
        return web.Response(status=204)
    return web.Response(
        status=route.code, content_type=JSON, charset="utf-8", text=answer.model_dump_json()
    )
