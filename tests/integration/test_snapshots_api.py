"""Pictures of scenes: asked for over HTTP, made once, kept under addresses that never change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from orchestrator.errors import LeaseLost
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.usecases.snapshots.order import MOST_UNFINISHED, cancel_snapshot
from orchestrator.wire.failures import FailureClass
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import Farm
from tests.support.pictures import draw, png, upload
from tests.support.server import Answer, Api, another_tenant, serving

PLAIN = comps(
    CompSpec("frfinal", (LayerSpec("frl_c1t1", text="one"), LayerSpec("frl_c2t1", text="two")))
)


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    look = await asyncpg.connect(api.dsn)
    yield Farm(api.deps, look)
    for row in await look.fetch("SELECT id FROM render.snapshots WHERE state = 'queued'"):
        await cancel_snapshot(api.deps, DEFAULT_TENANT, row["id"])
    await look.execute("UPDATE render.nodes SET state = 'offline' WHERE state = 'online'")
    await look.close()


async def project_of(api: Api, content: bytes = PLAIN) -> str:
    """Make a project with a template of two scenes."""
    made = await api.call("POST", "/v1/projects", json={"name": f"p-{uuid4()}"})
    project = str(made.json["id"])
    sent = await api.upload(f"/v1/projects/{project}/bundle", "t.aep", content)
    assert sent.code == 201, sent.json
    return project


async def ask(api: Api, project: str, **body: Any) -> Answer:
    """Ask for pictures by the preview engine."""
    given = {"engine": "preview", **body}
    return await api.call("POST", f"/v1/scene-snapshots/{project}", json=given)


def one(key: str, text: str | None = None, **more: Any) -> dict[str, Any]:
    """Name one scene, with its text."""
    values = [] if text is None else [{"key": "t1", "value": text}]
    return {"key": key, "values": values, **more}


async def tasks_of(farm: Farm, project: str) -> int:
    count = "SELECT count(*) FROM render.tasks WHERE project_id = $1"
    return int(await farm.look.fetchval(count, project))


async def test_all_scenes_are_one_task_and_the_second_call_draws_nothing(
    api: Api, farm: Farm
) -> None:
    project, agent = await project_of(api), await farm.node()
    asked = await ask(api, project)
    assert asked.code == 201, asked.json
    assert [(row["scene"], row["state"]) for row in asked.json["data"]] == [
        ("c1", "queued"), ("c2", "queued"),
    ]  # fmt: skip
    spec = await draw(farm, agent, "red", "blue")
    assert [still.comp for still in spec.bind.stills] == ["frfinal", "frfinal"]
    again = await ask(api, project)
    assert [row["state"] for row in again.json["data"]] == ["succeeded", "succeeded"]
    assert await tasks_of(farm, project) == 1
    shown = await api.call("GET", f"/v1/scene-snapshots/{project}?shown=true")
    assert shown.json["data"] == [], "nobody has reviewed the template, so it has no scene rows"


async def test_a_picture_lies_at_an_address_that_never_changes(api: Api, farm: Farm) -> None:
    project, agent = await project_of(api), await farm.node()
    await ask(api, project, scenes=[one("c1", "new")])
    await draw(farm, agent, "red")
    (made,) = (await ask(api, project, scenes=[one("c1", "new")])).json["data"]
    assert made["key"] in made["url"]
    got = await api.call("GET", made["url"])
    assert (got.code, got.body) == (200, png("red"))
    assert got.headers["Content-Type"] == "image/png"
    assert got.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    known = {"If-None-Match": got.headers["ETag"]}
    assert (await api.call("GET", made["url"], headers=known)).code == 304
    stranger = (await another_tenant(api))[1]
    assert (await stranger.call("GET", made["url"])).code == 404
    assert (await stranger.call("GET", f"/v1/snapshots/{made['id']}")).code == 404


async def test_what_can_change_the_picture_changes_its_address(api: Api, farm: Farm) -> None:
    project = await project_of(api)
    calls: list[dict[str, Any]] = [
        {"scenes": [one("c1")]},
        {"scenes": [one("c1", "x")]},
        {"scenes": [one("c1", "y")]},
        {"scenes": [one("c1", at_s=0.2)]},
        {"scenes": [one("c2")]},
        {"scenes": [one("c1")], "max_side": 320},
        {"scenes": [one("c1")], "engine": "aftereffects"},
    ]
    keys = [(await ask(api, project, **call)).json["data"][0]["key"] for call in calls]
    assert len(set(keys)) == len(calls)
    again = await ask(api, project, scenes=[one("c1", "x")])
    assert again.json["data"][0]["key"] == keys[1]
    other = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="else"),)))
    await api.upload(f"/v1/projects/{project}/bundle", "t.aep", other)
    assert (await ask(api, project, scenes=[one("c1")])).json["data"][0]["key"] not in keys


async def test_a_hundred_equal_calls_at_once_make_one_task(api: Api, farm: Farm) -> None:
    project = await project_of(api)
    await api.call("POST", f"/v1/template-scans/{project}/quick")
    answers = await asyncio.gather(
        *(ask(api, project, scenes=[one("c1", "same")]) for _ in range(100))
    )
    assert {answer.code for answer in answers} == {201}
    rows = {answer.json["data"][0]["id"] for answer in answers}
    assert len(rows) == 1
    assert await tasks_of(farm, project) == 1


async def test_only_what_is_missing_is_drawn(api: Api, farm: Farm) -> None:
    project, agent = await project_of(api), await farm.node()
    await ask(api, project, scenes=[one("c1")])
    await draw(farm, agent, "red")
    asked = await ask(api, project)
    assert [row["state"] for row in asked.json["data"]] == ["succeeded", "queued"]
    assert len((await draw(farm, agent, "blue")).bind.stills) == 1


async def test_a_failure_says_why_and_is_asked_for_again_after_a_while(
    api: Api, farm: Farm
) -> None:
    project, agent = await project_of(api), await farm.node()
    await ask(api, project, scenes=[one("c1")])
    (grant,) = await agent.claim()
    await agent.fail(grant, FailureClass.TEMPLATE)
    (row,) = (await ask(api, project, scenes=[one("c1")])).json["data"]
    assert (row["state"], row["failure"]["code"], row["url"]) == ("failed", "broken", None)
    assert row["asked_again_s"] == 60
    await farm.look.execute("UPDATE render.snapshots SET finished_at = now() - interval '2 min'")
    (row,) = (await ask(api, project, scenes=[one("c1")])).json["data"]
    assert (row["state"], row["failure"]) == ("queued", None)
    await draw(farm, agent, "red")
    found = await api.call("GET", f"/v1/snapshots/{row['id']}")
    assert found.json["state"] == "succeeded"


async def test_a_picture_that_the_storage_lost_is_drawn_again(api: Api, farm: Farm) -> None:
    project, agent = await project_of(api), await farm.node()
    await ask(api, project, scenes=[one("c1")])
    await draw(farm, agent, "red")
    (made,) = (await ask(api, project, scenes=[one("c1")])).json["data"]
    key = await farm.look.fetchval(
        "SELECT object_key FROM render.snapshots WHERE cache_key = $1", made["key"]
    )
    await farm.deps.objects.delete(key)
    assert (await api.call("GET", made["url"])).code == 404
    (row,) = (await ask(api, project, scenes=[one("c1")])).json["data"]
    assert (row["state"], row["key"]) == ("queued", made["key"])
    await draw(farm, agent, "blue")
    assert (await api.call("GET", made["url"])).body == png("blue")


async def test_cancelling_ends_the_task_and_a_late_result_changes_nothing(
    api: Api, farm: Farm
) -> None:
    project, agent = await project_of(api), await farm.node()
    first, second = (await ask(api, project)).json["data"]
    (grant,) = await agent.claim()
    cancelled = await api.call("POST", f"/v1/snapshots/{first['id']}/cancel")
    assert (cancelled.code, cancelled.json["state"]) == (200, "cancelled")
    assert (await api.call("POST", f"/v1/snapshots/{second['id']}/cancel")).code == 200
    outputs = [await upload(farm, agent, grant, n, png("red")) for n in range(2)]
    with pytest.raises(LeaseLost):
        await agent.succeed(grant, *outputs)
    other = await api.call("GET", f"/v1/snapshots/{second['id']}")
    assert other.json["state"] == "cancelled"
    again = await ask(api, project)
    assert [row["state"] for row in again.json["data"]] == ["queued", "queued"]


async def test_a_picture_that_nobody_can_draw_says_what_it_waits_for(api: Api, farm: Farm) -> None:
    (row,) = (await ask(api, await project_of(api), scenes=[one("c1")])).json["data"]
    found = await api.call("GET", f"/v1/snapshots/{row['id']}")
    assert "Start an agent" in found.json["waits_for"]


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ({"scenes": [one("c9")]}, "unknown_scene", "scenes[0].key"),
        ({"scenes": [one("c1") | {"values": [{"key": "x", "value": "y"}]}]}, "unknown_key",
         "scenes[0].values[0].key"),
        ({"scenes": [one("c1", at_s=9999)]}, "at_outside", "scenes[0].at_s"),
        ({"colors": [{"key": "sky", "value": "#112233"}]}, "unknown_color", "colors[0].key"),
        ({"comp": "nowhere"}, "comp_missing", "comp"),
        ({"scenes": [{"key": "c1", "values": [{"key": "t1", "value": {"file_id": str(uuid4())}}]}]},
         "wrong_kind", "scenes[0].values[0].value"),
    ],
)  # fmt: skip
async def test_values_are_checked_as_an_order_is(
    api: Api, body: dict[str, Any], code: str, place: str
) -> None:
    answer = await ask(api, await project_of(api), **body)
    assert (answer.code, answer.json["code"]) == (422, "bad_order")
    assert (code, place) in {(one["code"], one["place"]) for one in answer.json["problems"]}


async def test_hostile_calls_are_refused(api: Api) -> None:
    project = await project_of(api)
    twice = await ask(api, project, scenes=[one("c1"), one("c1", "x")])
    assert (twice.code, "each scene once" in str(twice.json)) == (422, True)
    for body in ({"max_side": 100_000}, {"max_side": 1}, {"scenes": [one("c1", at_s=-1)]},
                 {"scenes": [one("c1", "\x00")]}, {"engine": "other"}, {"more": 1}):  # fmt: skip
        assert (await ask(api, project, **body)).code == 422, body
    assert (await ask(api, str(uuid4()))).code == 404
    empty = (await api.call("POST", "/v1/projects", json={"name": "empty"})).json["id"]
    assert (await ask(api, empty)).json["code"] == "no_bundle"


@pytest.mark.parametrize("fault", ["not_png", "other_size", "too_large", "one_missing"])
async def test_a_nodes_picture_is_believed_only_as_far_as_its_own_head(
    api: Api, farm: Farm, fault: str
) -> None:
    project, agent = await project_of(api), await farm.node()
    await ask(api, project, max_side=48 if fault == "too_large" else 64)
    (grant,) = await agent.claim()
    content = {"not_png": b"<svg onload='alert(1)'/>" * 9, "other_size": png("red", (63, 36))}
    outputs = [await upload(farm, agent, grant, n, content.get(fault, png("red")))
               for n in range(1 if fault == "one_missing" else 2)]  # fmt: skip
    done = await agent.succeed(grant, *outputs)
    assert done.task_state == "queued"
    rows = (await ask(api, project, max_side=48 if fault == "too_large" else 64)).json["data"]
    assert {row["url"] for row in rows} == {None}


async def test_one_tenants_calls_do_not_fill_the_queue(api: Api, farm: Farm) -> None:
    project = await project_of(api)
    for number in range(MOST_UNFINISHED):
        assert (await ask(api, project, scenes=[one("c1", str(number))])).code == 201
    full = await ask(api, project, scenes=[one("c1", "one more")])
    assert (full.code, full.json["code"]) == (429, "quota_snapshots")


async def test_reviewed_scenes_show_their_newest_plain_picture(api: Api, farm: Farm) -> None:
    project, agent = await project_of(api), await farm.node()
    await api.call("POST", f"/v1/template-scans/{project}/quick")
    preview = await api.call("POST", f"/v1/projects/{project}/scan/preview", json={})
    version = {"version": preview.json["version"]}
    applied = await api.call("POST", f"/v1/projects/{project}/scan/apply", json=version)
    assert applied.code == 200, applied.json
    await ask(api, project)
    await draw(farm, agent, "red", "blue")
    await ask(api, project, scenes=[one("c1", "x")])
    await draw(farm, agent, "green")
    shown = await api.call("GET", f"/v1/scene-snapshots/{project}?shown=true")
    assert sorted(row["scene"] for row in shown.json["data"]) == ["c1", "c2"]
    assert all(row["plain"] for row in shown.json["data"])
    scenes = (await api.call("GET", f"/v1/projects/{project}/scenes")).json["data"]
    urls = {row["scene"]: row["url"] for row in shown.json["data"]}
    assert {row["key"]: row["snapshot_url"] for row in scenes} == urls
    every = await api.call("GET", f"/v1/scene-snapshots/{project}?limit=2")
    assert len(every.json["data"]) == 2
    more = every.json["meta"]["next_cursor"]
    rest = await api.call("GET", f"/v1/scene-snapshots/{project}?limit=2&cursor={more}")
    assert len(rest.json["data"]) == 1
