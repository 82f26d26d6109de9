"""Run one request through its route: authenticate, read, validate, handle, encode."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiohttp import hdrs, web

from orchestrator import logs
from orchestrator.api.bodies import parse_body, parse_query, read_body
from orchestrator.api.callers.actor import actor_of
from orchestrator.api.callers.authenticate import authenticate, look_at_node
from orchestrator.api.repeats import run_once
from orchestrator.api.route import (
    Call,
    KeyPrincipal,
    NodePrincipal,
    NodeSigned,
    ParameterKind,
    Route,
    SignedUrl,
)
from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.ids import new_id
from orchestrator.store.audit import acting
from orchestrator.usecases.accounts.proof import confirm_needed
from orchestrator.wire.base import Message

DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
UNKNOWN_MAX_BYTES = 64 * 1024
"""What anybody may send before a signature is checked; reports of many frames are longer."""
_JSON_HEADERS = {hdrs.CONTENT_TYPE: "application/json; charset=utf-8"}
_MAX_INT = 2**63 - 1
_NOTHING = UUID(int=0)


def add_routes(app: web.Application, routes: tuple[Route, ...]) -> None:
    """Give every route to the application's router."""
    for route in routes:
        if route.method == "GET":
            app.router.add_get(route.pattern, endpoint(route), allow_head=True)
        else:
            app.router.add_route(route.method, route.pattern, endpoint(route))


def endpoint(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make the function that aiohttp calls for a route."""
    parameters, body = route.parameters, route.body
    # A node signs its body, so that must be read first; a key is checked before any reading.
    signed = isinstance(route.auth, NodeSigned)

    async def serve(request: web.Request) -> web.StreamResponse:
        deps = request.app[DEPS]
        raw = await _read_unsigned(deps, request) if signed else b""
        principal = await authenticate(route.auth, deps, request, raw)
        _name_in_logs(principal)
        if route.asks_people and isinstance(principal, KeyPrincipal) and not principal.is_fresh:
            raise confirm_needed()
        if isinstance(body, type) and not signed:
            raw = await read_body(request, deps.settings.max_body_bytes)
        call: Call[Any] = Call(
            deps=deps,
            request=request,
            request_id=request[REQUEST_ID],
            principal=principal,
            params={
                name: _param(kind, name, request.match_info[name])
                for name, kind in parameters.items()
            },
            query=_query(route, request),
            new_id=_NOTHING if signed else new_id(),
        )

        async def run(this: Call[Any]) -> web.StreamResponse:
            if isinstance(body, type):
                told = parse_body(raw, request.content_type, body, from_agent=route.is_for_agents)
                return _encode(route, await route.handler(this, told))
            return _encode(route, await route.handler(this))

        if route.method == "GET":
            return await run(call)
        with acting(actor_of(call)):
            if route.honours_key:
                return await run_once(route, call, raw, run)
            return await run(call)

    return serve


async def _read_unsigned(deps: Deps, request: web.Request) -> bytes:
    """Read a body whose signature is not checked yet: a large one only of a node that we know."""
    if request.content_length is None or request.content_length > UNKNOWN_MAX_BYTES:
        await look_at_node(deps, request)
    return await read_body(request, deps.settings.max_body_bytes)


def _name_in_logs(principal: KeyPrincipal | NodePrincipal | None) -> None:
    """Say in every log line of this request who calls."""
    if isinstance(principal, NodePrincipal):
        logs.also_about(node=str(principal.node_id))
    elif principal is not None:
        logs.also_about(tenant=str(principal.tenant_id))


def _query(route: Route, request: web.Request) -> Message | None:
    if isinstance(route.auth, SignedUrl):
        return None
    if route.query is None and not request.query_string:
        return None
    return parse_query(request.query.items(), route.query)


def _param(kind: ParameterKind, name: str, text: str) -> Any:
    """Give a parameter of the path in its kind; what cannot be one names nothing: 404."""
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
    body = answer.model_dump_json().encode()
    return web.Response(status=route.code, headers=_JSON_HEADERS, body=body)
