"""What a tenant used: by the API for itself, on the pages for the farm's own people."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from orchestrator.usecases.jobs.moves import move
from orchestrator.wire.failures import Failure, FailureClass
from tests.support.farm import TENANT, Farm
from tests.support.people import signed_in
from tests.support.server import Api, another_tenant, running


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    look = await asyncpg.connect(api.dsn)
    bundle = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (repeat('a', 32), repeat('b', 64), 'zip', 1, 'k', 'a.aep') RETURNING bundle_id"
    )
    yield Farm(api.deps, look, bundle)
    await look.close()


async def fail(farm: Farm, job: UUID) -> None:
    failure = Failure(failure_class=FailureClass.TEMPLATE, code="x", message="broken")
    async with farm.deps.db.transaction() as session:
        assert await move(session, job, "fail", failure=failure)


async def total(api: Api) -> Counter[str]:
    """Put today and yesterday together: midnight may come between a render and a look at it."""
    days = (await api.call("GET", "/v1/usage?days=2")).json["data"]
    found: Counter[str] = Counter()
    for day in days:
        assert date.fromisoformat(day.pop("day"))
        found.update(day)
    return found


async def test_a_day_tells_what_was_done_made_and_failed(api: Api, farm: Farm) -> None:
    assert (await api.call("GET", "/v1/usage")).json == {"data": [], "meta": {"next_cursor": None}}
    node = await farm.node()
    await farm.job("0-24")
    (grant,) = await node.claim()
    await node.render(grant, "0-24")
    broken = await farm.job("0-9")
    await fail(farm, broken)
    made = await farm.look.fetchrow(
        "SELECT sum(size_bytes) AS bytes, min(node_ms) AS ms"
        " FROM render.exports e JOIN render.render_jobs j ON j.id = e.job_id"
    )
    assert made is not None
    used = await total(api)
    assert (used["jobs_done"], used["jobs_failed"], used["frames"]) == (1, 1, 25)
    assert (used["output_s"], used["output_bytes"]) == (1.0, made["bytes"])
    assert used["node_s"] == made["ms"] / 1000
    async with farm.deps.db.transaction() as session:
        assert await move(session, broken, "retry")
    assert (await total(api))["jobs_failed"] == 0, "what is tried again is no failure"


async def test_a_tenant_sees_its_own_use_and_the_page_shows_the_same(api: Api, farm: Farm) -> None:
    other, theirs = await another_tenant(api, "render")
    await farm.look.execute(
        "INSERT INTO identity.tenant_usage_daily (tenant_id, day, jobs_done, frames)"
        " SELECT $1, (now() AT TIME ZONE 'UTC')::date - n, n, 1234567"
        " FROM generate_series(0, 40) n",
        other,
    )
    assert (await api.call("GET", "/v1/usage")).json["data"] == []
    assert len((await theirs.call("GET", "/v1/usage")).json["data"]) == 30
    year = (await theirs.call("GET", "/v1/usage?days=366")).json["data"]
    assert [one["jobs_done"] for one in year] == list(range(41))
    for days in ("0", "367", "x", "-1"):
        assert (await theirs.call("GET", f"/v1/usage?days={days}")).code == 400
    viewer = await signed_in(api, "viewer")
    page = (await viewer.get(f"/admin/tenants/{other}")).body.decode()
    assert page.count("1,234,567") == 30
    assert "1,234,567" not in (await viewer.get(f"/admin/tenants/{TENANT}")).body.decode()
