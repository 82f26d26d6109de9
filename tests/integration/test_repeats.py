"""Calls repeated under one Idempotency-Key: answered again, refused while at work, taken over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.api import repeats
from orchestrator.store import idempotency
from orchestrator.store.render import moves
from orchestrator.usecases.jobs.ending import end_job
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.wire.failures import Failure, FailureClass
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.server import Answer, Api

TAKEN_OVER_S = 15
KEPT = "SELECT created_at FROM render.idempotency_keys WHERE key = $1"


@pytest.fixture
async def look(api: Api) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(api.dsn)
    yield connection
    await connection.close()


async def failed_render(api: Api) -> str:
    """Order a render and let it fail."""
    project = (await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"]
    content = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="x"),)))
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)
    made = await api.call("POST", "/v1/renders", json={"project_id": project})
    failure = Failure(failure_class=FailureClass.TEMPLATE, code="broken", message="It broke.")
    async with api.deps.db.transaction() as session:
        job = await moves.lock(session, UUID(made.json["id"]))
        assert job is not None
        assert await end_job(session, job, "fail", failure=failure)
    return str(made.json["id"])


async def again(api: Api, path: str, key: str) -> Answer:
    return await api.call("POST", path, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("verb", ["retry", "cancel"])
async def test_a_repeated_wish_gets_the_answer_of_the_first(api: Api, verb: str) -> None:
    path = f"/v1/renders/{await failed_render(api)}/{verb}"
    if verb == "cancel":
        await again(api, path.replace("cancel", "retry"), str(uuid4()))
    key = str(uuid4())
    first, second = await again(api, path, key), await again(api, path, key)
    assert (first.code, second.code) == (200, 200)
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (await api.call("POST", path)).code == (409 if verb == "retry" else 200)


async def test_a_call_is_taken_over_once_it_says_no_more_that_it_runs(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    path = f"/v1/renders/{await failed_render(api)}/retry"
    key = str(uuid4())
    assert (await again(api, path, key)).code == 200
    broken_off = "UPDATE render.idempotency_keys SET http_status = NULL, response = NULL,"
    broken_off += " created_at = now() - make_interval(secs => $2) WHERE key = $1"
    await look.execute(broken_off, key, TAKEN_OVER_S - 5)
    refused = await again(api, path, key)
    assert (refused.code, refused.json["code"]) == (409, "idempotency_in_progress")
    await look.execute(broken_off, key, TAKEN_OVER_S + 1)
    answer = await again(api, path, key)
    assert (answer.code, answer.json["state"]) == (200, "queued")


async def test_a_call_that_runs_long_is_not_taken_over(
    api: Api, look: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "HOLD_EVERY_S", 0.01)
    session, key = api.deps.db.session(), str(uuid4())
    assert await idempotency.reserve(session, DEFAULT_TENANT, key, "POST /x", b"x" * 32, uuid4())
    first = await look.fetchval(KEPT, key)
    async with repeats._held(session, DEFAULT_TENANT, key), asyncio.timeout(60):
        while await look.fetchval(KEPT, key) == first:  # noqa: ASYNC110 - it shows only there
            await asyncio.sleep(0.01)
