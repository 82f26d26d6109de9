"""Every figure of the first page against a database whose content is known."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.core.scheduling.pace import Pace
from orchestrator.store.render.plans import pace
from orchestrator.usecases.overview.farm import judge
from tests.support.farm import TENANT, Farm
from tests.support.people import Person, signed_in
from tests.support.server import Api, running

_TILE = re.compile(r'<span class="figure">([^<]*)</span><br>([^<]*)')


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@pytest.fixture
async def look(api: Api) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(api.dsn)
    yield connection
    await connection.close()


QUARANTINED = (
    "INSERT INTO render.nodes (id, name, platform, state, state_reason, quarantined_at,"
    " last_seen_at)"
    " VALUES (gen_random_uuid(), 'q', 'linux', 'quarantined', 'r', now(), now())"
)


async def farm_of(api: Api, look: asyncpg.Connection[Any]) -> Farm:
    """Give a farm beside the server."""
    bundle = await look.fetchval(
        "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
        " VALUES (md5($1), repeat('b', 64), 'zip', 1, 'k', 'a.aep') RETURNING bundle_id",
        str(uuid4()),
    )
    return Farm(api.deps, look, bundle)


async def ended(
    look: asyncpg.Connection[Any], state: str, minutes_ago: int, code: str | None = None
) -> UUID:
    """Write a job that ended."""
    found = await look.fetchval(
        "INSERT INTO render.render_jobs (id, tenant_id, project_id, engine, request, state,"
        " created_at, started_at, finished_at, failure_class, failure_code, failure_message,"
        " comp, width, height, fps_num, fps_den, frame_first, frames_total, frames_done)"
        " VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'preview', '{}', $2,"
        " now() - make_interval(mins => $3 + 10), now() - make_interval(mins => $3 + 9),"
        " now() - make_interval(mins => $3), $4, $5, $5,"
        " 'main', 320, 180, 25, 1, 0, 10, 10)"
        " RETURNING id",
        TENANT,
        state,
        minutes_ago,
        None if code is None else "template",
        code,
    )
    return UUID(str(found))


async def tiles(viewer: Person) -> tuple[dict[str, str], str]:
    """Give what each tile of the first page says, and the page."""
    page = (await viewer.get("/admin")).body.decode()
    return {name.strip(): value for value, name in _TILE.findall(page)}, page


async def test_the_figures_are_those_of_the_database(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    viewer = await signed_in(api, "viewer")
    farm = await farm_of(api, look)
    for _ in range(3):
        await ended(look, "done", 30)
    done = await ended(look, "done", 300)
    await ended(look, "done", 3000)
    for _ in range(2):
        await ended(look, "failed", 200, "text_too_long")
    await ended(look, "failed", 2000, "text_too_long")
    await look.execute(
        "INSERT INTO render.job_events (tenant_id, job_id, type, payload, at) SELECT $1, $2,"
        " 'preview', '{}', (SELECT created_at FROM render.render_jobs WHERE id = $2)"
        " + make_interval(secs => 42 * n) FROM generate_series(1, 2) AS n",
        TENANT,
        done,
    )
    await farm.node(slots=1)
    working = await farm.node(slots=1)
    await look.execute(
        "INSERT INTO render.nodes (id, name, platform, state, last_seen_at) VALUES"
        " (gen_random_uuid(), 'off-1', 'linux', 'offline', now()),"
        " (gen_random_uuid(), 'off-2', 'linux', 'offline', now())"
    )
    await farm.job()
    await working.claim()
    await farm.job()
    await farm.job()
    await look.execute(
        "UPDATE render.tasks SET queued_at = now() - interval '2 hours' WHERE id ="
        " (SELECT min(id) FROM render.task_queue WHERE ready)"
    )
    told, page = await tiles(viewer)
    assert told["Nodes: Online"] == "2"
    assert told["Nodes: Offline"] == "2"
    assert told["Nodes: Quarantined"] == "0"
    assert told["Tasks ready to run"] == "2"
    assert told["Tasks being worked on"] == "1"
    assert told["Oldest waiting task"].startswith("2 h")
    assert told["Renders done in the last hour"] == "3"
    assert told["Renders done in the last day"] == "4"
    assert told["Renders failed in the last day"] == "2"
    assert told["Deadlines at risk"] == "0"
    assert told["Usual wait for the first picture"] == "42 s"
    assert "Below is what needs a look." in page
    table = page.partition("Failures of the last day")[2]
    row = table.partition("text_too_long")[2].partition("</tr>")[0]
    assert '<td class="number">2</td>' in row


async def test_a_deadline_is_at_risk_by_what_the_render_will_take(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    viewer = await signed_in(api, "viewer")
    farm = await farm_of(api, look)
    await farm.node(slots=4)
    slow = await farm.job("0-99999", due_in_s=3600)
    quick = await farm.job("0-9", due_in_s=3600)
    unknown_soon = await farm.job(due_in_s=600)
    unknown_later = await farm.job(due_in_s=7200)
    passed = await farm.job(due_in_s=-60)
    for job in (slow, quick):
        project = await look.fetchval(
            "SELECT project_id FROM render.render_jobs WHERE id = $1", job
        )
        average = Pace(5, 20.0, 15.0, 10.0, 5.0, 2.0, 30.0, 0.1, spread=0.25)
        await pace.write(api.deps.db.session(), TENANT, project, "preview", average)
    told, page = await tiles(viewer)
    late = page.partition("<h2>Deadlines at risk")[2].partition("</section>")[0]
    for job in (slow, unknown_soon, passed):
        assert f"/admin/jobs/{job}" in late
    for job in (quick, unknown_later):
        assert f"/admin/jobs/{job}" not in late
    assert told["Deadlines at risk"] == "3"
    assert "Some renders may miss their deadline." in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE render.nodes SET state = 'offline'", "Work waits and no node is online."),
        (QUARANTINED, "Something waits for a person"),
    ],
    ids=["nobody", "person"],
)
async def test_one_line_says_how_the_farm_is(
    api: Api, look: asyncpg.Connection[Any], change: str, words: str
) -> None:
    viewer = await signed_in(api, "viewer")
    farm = await farm_of(api, look)
    node = await farm.node(slots=1)
    await farm.job()
    await node.claim()
    await farm.job()
    await look.execute(change)
    _, page = await tiles(viewer)
    assert words in page


@pytest.mark.parametrize(
    ("depths", "late", "word"),
    [
        ({}, 0, "well"),
        ({"nodes": {"online": 1}, "queue": {"ready": 5}}, 0, "well"),
        ({"nodes": {"offline": 3}, "queue": {"ready": 5}}, 9, "idle_nodes_missing"),
        ({"nodes": {"online": 1, "quarantined": 1}, "leases": {"overdue": 1}}, 9, "people_needed"),
        ({"nodes": {"online": 1}, "leases": {"overdue": 2}}, 9, "overdue"),
        ({"nodes": {"online": 1}}, 1, "late"),
    ],
)
def test_what_needs_a_person_is_said_before_what_will_be_late(
    depths: dict[str, dict[str, int]], late: int, word: str
) -> None:
    assert judge(depths, late=late) == word


def test_a_farm_that_works_says_when_something_wants_a_look() -> None:
    depths = {"nodes": {"online": 3}}
    assert judge(depths, late=0, has_attention=True) == "look"
    assert judge(depths, late=2, has_attention=True) == "late"
    assert judge(depths, late=0) == "well"


async def test_what_needs_a_look_is_listed_with_its_reason_and_its_link(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    viewer = await signed_in(api, "viewer")
    assert 'id="attention"' not in (await tiles(viewer))[1]
    farm = await farm_of(api, look)
    for _ in range(2):
        await farm.node(slots=1)
    await look.execute(QUARANTINED)
    await look.execute(
        "UPDATE render.nodes SET conditions = '{disk_pressure}' WHERE id ="
        " (SELECT id FROM render.nodes WHERE state = 'online' LIMIT 1)"
    )
    failed = await ended(look, "failed", 20, "engine_crashed")
    old = await ended(look, "failed", 2000, "engine_crashed")
    await farm.job()
    await look.execute("UPDATE identity.tenants SET active_jobs_max = 1 WHERE id = $1", TENANT)
    hook = await look.fetchval(
        "INSERT INTO identity.tenant_webhooks (tenant_id, url, events, state, disabled_at)"
        " VALUES ($1, 'https://hooks.example/x', '{*}', 'disabled', now()) RETURNING id",
        TENANT,
    )
    page = (await tiles(viewer))[1].partition('id="attention"')[2].partition("</section>")[0]
    nodes = await look.fetch("SELECT id, state, conditions FROM render.nodes")
    for one in nodes:
        is_shown = one["state"] == "quarantined" or bool(one["conditions"])
        assert (f"/admin/nodes/{one['id']}" in page) == is_shown
    assert "Too little free disk" in page
    assert f"/admin/jobs/{failed}" in page
    assert str(old) not in page
    assert f'/admin/tenants/{TENANT}"' in page
    assert "1 unfinished renders" not in page
    assert f"/admin/tenants/{TENANT}/webhooks/{hook}" in page


async def test_what_renders_now_is_on_the_first_page(
    api: Api, look: asyncpg.Connection[Any]
) -> None:
    viewer = await signed_in(api, "viewer")
    farm = await farm_of(api, look)
    assert "Nothing renders now." in (await tiles(viewer))[1]
    job = await farm.job()
    await look.execute(
        "UPDATE render.render_jobs SET state = 'rendering', started_at = now() WHERE id = $1", job
    )
    _, page = await tiles(viewer)
    assert f"/admin/jobs/{job}" in page.partition("Rendering now")[2]


async def test_no_age_is_told_when_nothing_waits(api: Api) -> None:
    told, _ = await tiles(await signed_in(api, "viewer"))
    assert told["Oldest waiting task"] == "\u2013"
