"""Give a repeated creating call the answer of the first: the Idempotency-Key header."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from aiohttp import web

from orchestrator.api.route import Call, Route
from orchestrator.errors import BadRequest, Conflict, FarmError, Invalid
from orchestrator.store import idempotency
from orchestrator.store.pool import Session

HEADER = "Idempotency-Key"
HOLD_EVERY_S = 4.0
"""Well below the 15 s after which a call that says nothing is taken over (idempotency.sql)."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def run_once(
    route: Route,
    call: Call[Any],
    raw: bytes,
    run: Callable[[Call[Any]], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Run a creating call, or answer what its key was answered before.

    Raises BadRequest for a malformed key, Invalid (`idempotency_key_reused`) for a key that came
    with another request, Conflict (`idempotency_in_progress`) while the first call still runs.
    """
    key = call.request.headers.get(HEADER)
    if key is None:
        return await run(call)
    if _KEY.fullmatch(key) is None:
        raise BadRequest(
            f"{HEADER} must be 1 to 255 visible ASCII characters.", "bad_idempotency_key"
        )
    session, tenant_id = call.deps.db.session(), call.tenant_id
    fingerprint = _fingerprint(call.request, raw)
    name = f"{route.method} {route.plain_path}"
    if not await idempotency.reserve(session, tenant_id, key, name, fingerprint, call.new_id):
        first = await idempotency.get(session, tenant_id, key)
        if first is not None and (first.route, first.request_sha256) != (name, fingerprint):
            raise Invalid(
                f"This {HEADER} was used before with another request. Use a new one.",
                code="idempotency_key_reused",
            )
        if first is not None and first.code is not None:
            return _again(route, first.code, first.response)
        earlier = await idempotency.take_over(session, tenant_id, key)
        if earlier is None:
            raise Conflict(
                "The first call with this key is still running. Try again in a moment.",
                "idempotency_in_progress",
            )
        call = replace(call, new_id=earlier, is_again=True)
    try:
        async with _held(session, tenant_id, key):
            response = await run(call)
    except Exception as error:
        if isinstance(error, FarmError) and error.status < 500:
            await idempotency.forget(session, tenant_id, key)
        else:
            await idempotency.release(session, tenant_id, key)
        raise
    kept = {} if route.secret else _json(response)
    await idempotency.answer(session, tenant_id, key, response.status, kept)
    return response


@asynccontextmanager
async def _held(session: Session, tenant_id: UUID, key: str) -> AsyncIterator[None]:
    """Say every HOLD_EVERY_S that the call still runs, so that only a dead one is taken over."""

    async def hold() -> None:
        while True:
            await asyncio.sleep(HOLD_EVERY_S)
            with suppress(FarmError):
                await idempotency.hold(session, tenant_id, key)

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


def _fingerprint(request: web.Request, raw: bytes) -> bytes:
    """Hash what makes the request what it is; of an upload only its path and length."""
    length = str(request.content_length) if not raw else ""
    head = f"{request.method}\n{request.raw_path}\n{length}\n".encode()
    return hashlib.sha256(head + raw).digest()


def _again(route: Route, code: int, response: Any) -> web.Response:
    if route.secret:
        raise Conflict(
            "This call was answered before, and its secret is shown only once. Make a new one.",
            "secret_shown_once",
        )
    return web.json_response(response, status=code, headers={"Idempotency-Replayed": "true"})


def _json(response: web.StreamResponse) -> Any:
    body = response.body if isinstance(response, web.Response) else None
    return json.loads(body) if isinstance(body, bytes) else {}
