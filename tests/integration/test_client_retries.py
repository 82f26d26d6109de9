"""The client tries again what may pass, under the same idempotency key."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from orchestrator.client import ClientError, FarmClient
from orchestrator.client.patience import patiently
from orchestrator.wire.resources import EnrolmentCreated


async def test_a_call_whose_first_try_still_runs_is_asked_again_with_the_same_key() -> None:
    keys: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            problem = {"title": "Conflict", "status": 409, "code": "idempotency_in_progress",
                       "detail": "The first call with this key is still running."}  # fmt: skip
            return web.json_response(problem, status=409)
        made = EnrolmentCreated.model_validate(
            {"enrolment_token": "t", "expires_at": "2030-01-01T00:00:00Z"}, strict=False
        )
        return web.Response(status=201, text=made.model_dump_json())

    app = web.Application()
    app.router.add_post("/v1/nodes/enrolments", answer)
    async with TestServer(app) as server, FarmClient(str(server.make_url("")), "key") as client:
        assert (await client.enrolment()).enrolment_token == "t"
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_the_client_waits_longer_than_a_broken_call_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(delay_s: float) -> None:
        slept.append(delay_s)

    async def refused(code: str) -> None:
        raise ClientError(code, "Not now.", 409)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(ClientError):
        await patiently(lambda: refused("no_connection"))
    assert 15 < sum(slept) < 30
    slept.clear()
    with pytest.raises(ClientError):
        await patiently(lambda: refused("idempotency_in_progress"))
    assert sum(slept) > 240
    slept.clear()
    with pytest.raises(ClientError):
        await patiently(lambda: refused("conflict"))
    assert slept == []
