"""Health of nodes over time: minutes, roll-ups, crashes, storms, and what admins see of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from orchestrator.store.render import health
from orchestrator.usecases.nodes import health as views
from orchestrator.usecases.nodes.moves import move_node
from orchestrator.usecases.tasks import notes
from orchestrator.wire.tasks import CrashReport
from tests.support.farm import Agent, Farm, open_farm
from tests.support.server import Api, running

CRASH = "SELECT * FROM render.node_crashes ORDER BY id"
MINUTES = """
INSERT INTO render.node_health_logs (node_id, at, cpu_percent, memory_used_bytes, disk_free_bytes,
                                     tasks_running, samples)
SELECT $1, at, extract(minute FROM at), 100, 1000 - extract(minute FROM at), 1, 6
  FROM generate_series($2::timestamptz, $3, interval '1 minute') AS at
"""


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def _crash(farm: Farm, node: Agent, *, times: int = 1) -> None:
    """Let an engine crash on a new task, whose attempt then hands its work back."""
    await farm.job("0-9")
    (grant,) = await node.claim()
    for number in range(times):
        lines = ("line 1", f"it broke at 0x{number}")
        report = CrashReport(
            token=grant.token,
            crash_class="engine_crashed",
            exit_code=0xC0000005,
            frame=7,
            memory_bytes=2**33,
            last_lines=lines,
        )
        for _ in range(2):
            await notes.crash(farm.deps, node.claimed(grant), report)
    await node.interrupt(grant)
    await farm.look.execute("DELETE FROM render.task_queue")


async def _state(farm: Farm, node: Agent) -> asyncpg.Record:
    row: asyncpg.Record | None = await farm.look.fetchrow(
        "SELECT state, state_reason, probe_at, settings FROM render.nodes WHERE id = $1",
        node.node_id,
    )
    assert row is not None
    return row


async def test_a_crash_is_kept_once_with_all_that_was_told_until_the_node_does_well(
    farm: Farm,
) -> None:
    node = await farm.node()
    await _crash(farm, node)
    (crash,) = await farm.look.fetch(CRASH)
    assert (crash["crash_class"], crash["exit_code"], crash["frame"], crash["memory_bytes"]) == (
        "engine_crashed",
        0xC0000005,
        7,
        2**33,
    )
    assert crash["log_tail"] == "line 1\nit broke at 0x0"
    assert crash["signature"] == "engine_crashed:it broke at #x#"
    assert (crash["recovery"], crash["recovered_at"]) == ("requeue", None)
    await farm.job("0-9")
    (grant,) = await node.claim()
    await node.render(grant)
    await health.tidy(farm.deps.db.session(), 90)
    recovered = "SELECT recovered_at IS NOT NULL FROM render.node_crashes"
    assert await farm.look.fetchval(recovered)


async def test_a_picture_of_the_screen_is_shown_with_its_hang_when_it_is_the_attempts_own(
    farm: Farm,
) -> None:
    node = await farm.node()
    job = await farm.job("0-9")
    (grant,) = await node.claim()
    own = f"attempts/{job}/{grant.task_id}/{grant.attempt}/screenshot.jpg"
    for name, key in enumerate((own, "media/t/secret.jpg", f"{own}/../../../x")):
        report = CrashReport(token=grant.token, crash_class=f"hang {name}", screenshot_key=key)
        await notes.crash(farm.deps, node.claimed(grant), report)
    shown = await views.crashes(farm.deps.db, node.node_id, None, 9, lambda key: f"signed {key}")
    assert [one.screenshot_url for one in reversed(shown)] == [f"signed {own}", None, None]


async def test_a_crash_storm_recycles_then_quarantines_with_a_probe_then_calls_a_person(
    farm: Farm,
) -> None:
    node, _ = await farm.node(), await farm.node()
    await _crash(farm, node, times=2)
    assert (await node.beat()).settings == {}
    await _crash(farm, node)
    assert (await node.beat()).settings == {"recycle": "crash 3"}
    await _crash(farm, node)
    await _crash(farm, node)
    row = await _state(farm, node)
    assert (row["state"], row["probe_at"] is None) == ("quarantined", False)
    assert "5 crashes of 4 tasks" in row["state_reason"]
    await move_node(farm.deps.db, node.node_id, "resume")
    await node.register()
    await _crash(farm, node)
    assert (await _state(farm, node))["state"] == "online", "crashes before it count no more"
    await farm.look.execute("UPDATE render.node_crashes SET recovery = 'quarantine' WHERE id < 3")
    await _crash(farm, node, times=3)
    await _crash(farm, node)
    row = await _state(farm, node)
    assert (row["state"], row["probe_at"]) == ("quarantined", None)
    assert "Mend and resume it" in row["state_reason"]


async def test_an_agent_that_began_anew_with_leases_of_a_dead_one_is_seen(farm: Farm) -> None:
    await farm.job("0-9")
    node = await farm.node()
    (grant,) = await node.claim()
    await node.register()
    assert await farm.look.fetch(CRASH) == []
    (grant,) = await node.claim()
    await node.register(grant)
    (crash,) = await farm.look.fetch(CRASH)
    assert (crash["kind"], crash["crash_class"], crash["task_id"]) == (
        "agent",
        "agent_died",
        grant.task_id,
    )


async def test_minutes_are_rolled_up_once_and_leave_after_two_days(farm: Farm) -> None:
    node = await farm.node()
    session = farm.deps.db.session()
    now = datetime.now(UTC)
    old = (now - timedelta(hours=50)).replace(minute=0, second=0, microsecond=0)
    await farm.look.execute(MINUTES, node.node_id, old, old + timedelta(minutes=29))
    await farm.look.execute(MINUTES, node.node_id, now, now)
    for _ in range(2):
        await health.tidy(session, 90)
    rows = await farm.look.fetch(
        "SELECT * FROM render.node_health_logs WHERE period_s = 900 ORDER BY at"
    )
    assert [(row["at"] - old, row["samples"], row["cpu_percent"]) for row in rows] == [
        (timedelta(0), 90, 7),
        (timedelta(minutes=15), 90, 22),
    ]
    assert [row["disk_free_bytes"] for row in rows] == [986, 971]
    left = "SELECT count(*) FROM render.node_health_logs WHERE period_s = 60"
    assert await farm.look.fetchval(left) == 1
    points = await health.series(session, node.node_id, old, now + timedelta(minutes=1), 1800)
    assert [(point["samples"], round(point["cpu_percent"], 1)) for point in points] == [
        (180, 14.5),
        (6, float(now.minute)),
    ]


async def test_months_that_ended_before_the_retention_are_dropped(farm: Farm) -> None:
    old = "render.node_health_logs_2019_05"
    make = "SELECT public.fr_make_month_partition('render.node_health_logs', $1::text::date)"
    await farm.look.execute(make, "2019-05-01")
    session = farm.deps.db.session()
    assert await health.drop_months(session, 36_500) == []
    assert old in await health.drop_months(session, 90)
    assert await farm.look.fetchval("SELECT to_regclass($1)", old) is None
    newest = f"render.node_health_logs_{datetime.now(UTC):%Y_%m}"
    assert await farm.look.fetchval("SELECT to_regclass($1)", newest) is not None


async def test_admins_page_through_crashes_and_cache_and_see_the_series(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path) as api:
        look = await asyncpg.connect(database)
        node = await _filled(look)
        assert await _pages(api, f"/v1/nodes/{node}/crashes", "exit_code") == [4, 3, 2, 1, 0]
        assert await _pages(api, f"/v1/nodes/{node}/cache", "size_bytes") == [4, 3, 2, 1, 0]
        series = (await api.call("GET", f"/v1/nodes/{node}/health?step=60")).json
        assert (series["step_s"], series["data"][0]["samples"]) == (60, 1)
        for wrong in (
            "from=2030-01-01T00:00:00Z",
            "from=2001-01-01T00:00:00Z",
            "step=61",
            "begin=2020-01-01T00:00:00Z",
            "to=1990-01-01T00:00:00Z",
        ):
            assert (await api.call("GET", f"/v1/nodes/{node}/health?{wrong}")).code == 400, wrong
        for what in ("health", "crashes", "cache"):
            missing = await api.call("GET", f"/v1/nodes/{UUID(int=5)}/{what}")
            assert (missing.code, missing.json["code"]) == (404, "not_found")
        await look.close()


async def _filled(look: asyncpg.Connection[asyncpg.Record]) -> UUID:
    node: UUID = await look.fetchval(
        "INSERT INTO render.nodes (name, platform) VALUES ('n', 'linux') RETURNING id"
    )
    await look.execute(
        "INSERT INTO render.node_crashes (node_id, kind, signature, message, exit_code, at)"
        " SELECT $1, 'engine', 's', 'm', n, now() + make_interval(secs => n / 2)"
        " FROM generate_series(0, 4) AS n",
        node,
    )
    await look.execute(
        "INSERT INTO render.node_template_cache (node_id, bundle_md5, size_bytes)"
        " SELECT $1, repeat(n::text, 32), n FROM generate_series(0, 4) AS n",
        node,
    )
    await look.execute(
        "INSERT INTO render.node_health_logs (node_id, at, cpu_percent, memory_used_bytes)"
        " VALUES ($1, now() - interval '5 minutes', 5, 6)",
        node,
    )
    return node


async def _pages(api: Api, path: str, field: str) -> list[int]:
    """Read a list to its end, two at a time."""
    found: list[int] = []
    cursor = ""
    for _ in range(4):
        page = (await api.call("GET", f"{path}?limit=2{cursor}")).json
        found += [one[field] for one in page["data"]]
        if page["meta"]["next_cursor"] is None:
            break
        cursor = f"&cursor={page['meta']['next_cursor']}"
    return found


async def test_moves_by_admins_are_written_down_and_their_quarantine_is_not_probed(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path) as api:
        look = await asyncpg.connect(database)
        node = await _filled(look)
        await look.execute(
            "UPDATE render.nodes SET state = 'quarantined', state_reason = 'failures',"
            " quarantined_at = now(), probe_at = now()"
        )
        told = await api.call(
            "POST", f"/v1/nodes/{node}/quarantine", json={"reason": "Its fan is loud."}
        )
        assert (told.json["state_reason"], told.json["probe_at"]) == ("Its fan is loud.", None)
        assert (await api.call("POST", f"/v1/nodes/{node}/quarantine", json={})).code == 422
        await api.call("POST", f"/v1/nodes/{node}/resume")
        await api.call("POST", f"/v1/nodes/{node}/resume")
        rows = await look.fetch(
            "SELECT * FROM render.audit_log WHERE target_kind = 'node' ORDER BY id"
        )
        assert [row["action"] for row in rows] == ["node.quarantine", "node.resume"]
        assert {(row["actor_kind"], row["target_id"]) for row in rows} == {("api_key", str(node))}
        assert rows[0]["request_id"] == told.headers["X-Request-Id"]
        assert str(rows[0]["address"]) == "127.0.0.1"
        assert "Its fan is loud." in rows[0]["detail"]
        await look.close()
