"""Settings that admins change while the farm runs: everywhere at once, checked, noted, safe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from orchestrator.cli.commands import app
from orchestrator.loops.keep import keep
from orchestrator.usecases.agents.tempo import Tempo
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from orchestrator.usecases.settings import follow
from tests.support.farm import Farm, open_farm
from tests.support.people import signed_in
from tests.support.server import Answer, Api, another_tenant, running

PATH = "/v1/settings"


async def change(api: Api, values: dict[str, float | None], **more: Any) -> Answer:
    return await api.call("PATCH", PATH, json={"values": values, **more})


async def seen(api: Api, name: str) -> tuple[float, str]:
    """Give a setting's value and where it comes from."""
    found = (await api.call("GET", PATH)).json["data"]
    (one,) = [line for line in found if line["name"] == name]
    return one["value"], one["source"]


async def comes_into_force(api: Api, name: str, value: float) -> None:
    """Wait until a server uses a value; nobody asks it to read its settings meanwhile."""
    async with asyncio.timeout(60):
        while getattr(api.deps.settings, name) != value:
            await api.call("GET", "/healthz")


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@pytest.fixture
async def farm(database: str, tmp_path: Path) -> AsyncIterator[Farm]:
    async with open_farm(database, tmp_path) as opened:
        yield opened


async def test_a_change_in_one_server_is_heard_by_the_others(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK_S", 3600.0)
    async with (
        running(database, tmp_path / "a", server_key="ab" * 32) as one,
        running(database, tmp_path / "b", server_key="ab" * 32) as other,
    ):
        for server in (one, other):
            await server.deps.wakeups.wait(60, since=0)
        answer = await change(one, {"max_attempts": 5, "lease_ttl_s": 60, "heartbeat_s": 20})
        assert answer.code == 200, answer.json
        assert one.deps.settings.max_attempts == 5
        await comes_into_force(other, "max_attempts", 5)
        assert other.deps.settings.lease_ttl_s == 60
        assert other.deps.shared(Tempo).times.heartbeat_s == 20
        assert (await change(other, {"max_attempts": None})).code == 200
        await comes_into_force(one, "max_attempts", 3)
        assert await seen(one, "heartbeat_s") == (20, "changed")


async def test_a_change_that_nobody_was_told_of_is_found_all_the_same(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK_S", 0.01)
    async with running(database, tmp_path) as api:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("ALTER TABLE render.settings DISABLE TRIGGER USER")
            await connection.execute(
                "INSERT INTO render.settings (key, value, updated_by)"
                " VALUES ('max_frames', '7', 'cli:'), ('poll_every_s', '\"x\"', 'cli:'),"
                " ('of_another_version', '1', 'cli:')"
            )
        finally:
            await connection.close()
        await comes_into_force(api, "max_frames", 7)
        assert await seen(api, "poll_every_s") == (5, "default")


async def test_what_a_server_was_given_counts_there_and_is_only_changed_there(
    database: str, tmp_path: Path
) -> None:
    key = {"server_key": "ab" * 32}
    async with (
        running(database, tmp_path / "a", **key) as free,
        running(database, tmp_path / "b", **key, max_attempts=7, heartbeat_s=9) as given,
    ):
        refused = await change(given, {"max_attempts": 5})
        assert (refused.code, refused.json["code"]) == (409, "setting_given")
        assert "FLATRENDER_MAX_ATTEMPTS" in refused.json["detail"]
        assert (await change(free, {"max_attempts": 5, "max_frames": 8})).code == 200
        await comes_into_force(given, "max_frames", 8)
        assert await seen(given, "max_attempts") == (7, "given")
        # What fits one server and not the other is left out there, and the rest goes on.
        assert (await change(free, {"lease_ttl_s": 16, "heartbeat_s": 3})).code == 200
        assert (await change(free, {"max_frames": 9})).code == 200
        await comes_into_force(given, "max_frames", 9)
        assert await seen(given, "lease_ttl_s") == (30, "default")
        assert await seen(free, "lease_ttl_s") == (16, "changed")


async def test_a_server_starts_with_what_was_changed_before(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path) as api:
        assert (await change(api, {"quota_active_jobs": 11, "lease_ttl_s": 100})).code == 200
    async with running(database, tmp_path, reaper_every_s=12) as api:
        await comes_into_force(api, "quota_active_jobs", 11)
        assert api.deps.settings.lease_ttl_s == 100
    async with running(database, tmp_path, heartbeat_s=60, lease_ttl_s=120) as api:
        await comes_into_force(api, "quota_active_jobs", 11)
        assert api.deps.settings.lease_ttl_s == 120


async def test_only_admins_of_the_farm_see_and_change_settings(api: Api) -> None:
    _, stranger = await another_tenant(api)
    operator = await make_key(api.deps.db, DEFAULT_TENANT, "o", ("operator", "render", "template"))
    for caller in (stranger, api.with_key(operator.secret)):
        assert (await caller.call("GET", PATH)).code == 403
        assert (await change(caller, {"max_attempts": 5})).code == 403
    for role, code in (("viewer", 403), ("operator", 403), ("admin", 200)):
        who = await signed_in(api, role)  # type: ignore[arg-type]
        headers = {"Cookie": f"fr_session={who.token}", "X-CSRF-Token": who.csrf}
        body = {"values": {"max_attempts": 6}}
        answer = await api.with_key(None).call("PATCH", PATH, json=body, headers=headers)
        assert answer.code == code, answer.json
    (line,) = [x for x in answer.json["data"] if x["name"] == "max_attempts"]
    assert (line["value"], line["changed_by"]) == (6, "admin@example.com")


async def test_a_change_is_made_only_where_the_caller_saw_the_values_in_force(api: Api) -> None:
    assert (await change(api, {"max_frames": 8}, expected={"max_frames": 100_000})).code == 200
    late = await change(api, {"max_frames": 9, "max_attempts": 9}, expected={"max_frames": 100_000})
    assert (late.code, late.json["code"]) == (409, "settings_changed")
    assert "max_frames" in late.json["detail"]
    assert await seen(api, "max_frames") == (8, "changed")
    assert await seen(api, "max_attempts") == (3, "default")


async def test_of_many_who_change_at_once_from_the_same_value_one_does(api: Api) -> None:
    tries = [change(api, {"max_frames": n}, expected={"max_frames": 100_000}) for n in range(1, 9)]
    codes = sorted([answer.code for answer in await asyncio.gather(*tries)])
    assert codes == [200] + [409] * 7


async def test_settings_that_do_not_fit_together_are_refused_by_name(api: Api) -> None:
    refusals: list[tuple[dict[str, float | None], set[tuple[str, str]]]] = [
        ({"lease_ttl_s": 10}, {("heartbeat_s", "late_for_the_lease")}),
        ({"heartbeat_s": 16, "max_attempts": 21},
         {("heartbeat_s", "late_for_the_lease"), ("max_attempts", "too_large")}),
        ({"retention_logs_days": 1}, {("retention_logs_days", "too_small")}),
        ({"poll_every_s": 0}, {("poll_every_s", "not_positive")}),
        ({"max_attempts": 2.5}, {("max_attempts", "not_whole")}),
        ({"port": 1}, {("port", "unknown_setting")}),
    ]  # fmt: skip
    for values, wrong in refusals:
        answer = await change(api, {**values, "max_frames": 5})
        assert (answer.code, answer.json["code"]) == (422, "bad_settings")
        assert {(one["place"], one["code"]) for one in answer.json["problems"]} == wrong
    assert await seen(api, "max_frames") == (100_000, "default")


async def test_each_change_is_noted_with_the_old_and_the_new_value(api: Api) -> None:
    await change(api, {"max_frames": 8, "lease_ttl_s": 60})
    await change(api, {"max_frames": 8})
    await change(api, {"max_frames": None})
    connection = await asyncpg.connect(api.dsn)
    try:
        rows = await connection.fetch(
            "SELECT actor_kind, target_id, detail FROM render.audit_log"
            " WHERE action = 'settings.change' ORDER BY id"
        )
    finally:
        await connection.close()
    told = [(row["target_id"], json.loads(row["detail"])) for row in rows]
    assert told == [
        ("max_frames", {"old": "100000", "new": "8"}),
        ("lease_ttl_s", {"old": "30", "new": "60"}),
        ("max_frames", {"old": "8", "new": "100000"}),
    ]
    assert {row["actor_kind"] for row in rows} == {"api_key"}


async def test_the_command_line_lists_changes_and_resets_settings(api: Api, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(api.key or "", encoding="utf-8")
    where = ("--server", api.base, "--key-file", str(tmp_path / "key"))

    async def run(*words: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["settings", *words, *where])
        return done.exit_code, str(done.exception) if done.exception else done.stdout

    code, told = await run("set", "lease_ttl_s=60", "heartbeat_s=29")
    assert code == 0
    assert told.split()[:12][5:] == [
        "by",
        "lease_ttl_s",
        "60",
        "changed",
        "30",
        "heartbeat_s",
        "29",
    ]
    assert api.deps.settings.heartbeat_s == 29
    assert "give at most 30" in (await run("set", "heartbeat_s=31"))[1]
    assert "NAME=NUMBER" in (await run("set", "heartbeat_s"))[1]
    assert (await run("reset", "heartbeat_s"))[0] == 0
    assert api.deps.settings.heartbeat_s == 10
    assert "quota_active_jobs" in (await run())[1]


async def test_limits_at_the_door_change_while_the_server_runs(api: Api) -> None:
    order = {"name": "x" * 150}
    assert (await api.call("POST", "/v1/projects", json=order)).code == 201
    assert (await change(api, {"max_body_bytes": 1024})).code == 200
    big = {"name": "p", "x": "x" * 2000}
    assert (await api.call("POST", "/v1/projects", json=big)).code == 413
    assert (await change(api, {"max_body_bytes": None})).code == 200
    assert (await api.call("POST", "/v1/projects", json=big)).code == 422
    # At this rate the bucket holds a single call, and the next one comes in half an hour.
    assert (await change(api, {"rate_key_per_s": 0.0005})).code == 200
    assert 429 in [(await api.call("GET", PATH)).code for _ in range(2)]


async def test_a_shorter_lease_takes_nothing_from_those_given_before(farm: Farm) -> None:
    farm.deps.in_force.take({"lease_ttl_s": 300, "heartbeat_s": 100})
    node = await farm.node()
    told = await node.beat()
    assert (told.heartbeat_s, told.lease_ttl_s) == (100, 300)
    given = await deadline_of(farm)
    farm.deps.in_force.take({"lease_ttl_s": 20, "heartbeat_s": 5})
    # The answer to this one may be lost: then the agent comes again after 100 s.
    told = await node.beat()
    assert (told.heartbeat_s, told.lease_ttl_s) == (5, 20)
    assert await deadline_of(farm) == given
    await farm.look.execute("UPDATE render.node_sessions SET deadline_at = now()")
    await node.beat()
    assert await left_s(farm) == 20
    farm.deps.in_force.take({"lease_ttl_s": 60, "heartbeat_s": 20})
    told = await node.register()  # type: ignore[assignment]
    assert (told.heartbeat_s, told.lease_ttl_s, await left_s(farm)) == (20, 60, 60)


async def deadline_of(farm: Farm) -> object:
    return await farm.look.fetchval(
        "SELECT deadline_at FROM render.node_sessions WHERE closed_at IS NULL"
    )


async def left_s(farm: Farm) -> float:
    """Give for how long the leases were given last."""
    found: float = await farm.look.fetchval(
        "SELECT extract(epoch FROM deadline_at - greatest(renewed_at, opened_at))::float"
        " FROM render.node_sessions WHERE closed_at IS NULL"
    )
    return found


async def test_a_changed_interval_ends_the_stretch_of_the_old_one(farm: Farm) -> None:
    tempo = farm.deps.shared(Tempo)
    tempo.begin(at=tempo.began - 60)
    tempo.heard(late_s=5)
    assert tempo.times.heartbeat_s == 15
    farm.deps.in_force.take({"heartbeat_s": 4})
    assert (tempo.times.heartbeat_s, tempo.times.lease_ttl_s) == (4, 30)


async def test_how_often_a_loop_works_is_asked_anew_each_time() -> None:
    asked: list[float] = []
    done = asyncio.Event()

    async def work() -> None:
        if len(asked) == 3:
            done.set()

    def every_s() -> float:
        asked.append(0.0)
        return 0.0

    task = asyncio.create_task(keep("work", work, every_s=every_s, limit_s=60))
    await asyncio.wait_for(done.wait(), 60)
    task.cancel()
