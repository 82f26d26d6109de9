"""The client tries again what may pass, under the same idempotency key."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import TestServer

from orchestrator.client import FarmClient
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
