"""Numbers typed into the pages' forms count in the digits of a Persian keyboard too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from orchestrator.usecases.keys.make import DEFAULT_TENANT
from tests.integration.test_overview_truth import farm_of
from tests.support.people import signed_in
from tests.support.server import Api

LIMITS = f"/admin/tenants/{DEFAULT_TENANT}/limits"


@pytest.fixture
async def look(api: Api) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(api.dsn)
    yield connection
    await connection.close()


async def limits(look: asyncpg.Connection[Any]) -> tuple[int | None, ...]:
    """Give the first tenant's limits."""
    row = await look.fetchrow(
        "SELECT share_weight, priority_max, active_jobs_max FROM identity.tenants WHERE id = $1",
        DEFAULT_TENANT,
    )
    assert row is not None
    return tuple(row)


async def test_limits_are_read_in_persian_digits_and_kept_where_they_are_no_numbers(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    admin = await signed_in(api, "admin")
    typed = {"share": "\u06f2\u06f0\u06f0", "priority_max": "\u06f7\u06f0", "active_max": "\u06f5"}
    await admin.post(LIMITS, typed)
    assert await limits(look) == (200, 70, 5)
    for name in typed:
        await admin.post(LIMITS, {**typed, name: "many"})
        assert await limits(look) == (200, 70, 5)
    await admin.post(LIMITS, {**typed, "active_max": ""})
    assert await limits(look) == (200, 70, None)


async def test_a_priority_is_read_in_persian_digits(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    operator = await signed_in(api, "operator")
    job = await (await farm_of(api, look)).job()
    wish = {"wish": "priority", "job": str(job)}
    for typed, kept in (("\u06f7\u06f0", 70), ("101", 70), ("-1", 70), ("x", 70), ("8", 8)):
        await operator.post("/admin/jobs/change", {**wish, "priority": typed})
        found = await look.fetchval("SELECT priority FROM render.render_jobs WHERE id = $1", job)
        assert found == kept
