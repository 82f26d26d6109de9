"""Review of a scan and its merge, over HTTP and in the database."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.server import Answer, Api, another_tenant

BLOCKED = """SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock'"""


def project_file(*texts: str, accent: str = "255,0,0,255") -> bytes:
    """Write a project with numbered texts c1t1, c2t1, ..., a shared colour and a control."""
    layers = tuple(
        LayerSpec(f"frl_c{number}t1", text=text) for number, text in enumerate(texts, 1) if text
    )
    shared = (LayerSpec("accent", text=accent), LayerSpec("layout", text="1"))
    control = LayerSpec("frd_glow", effects=(rifx.color_control("glow", (1, 2, 3)),))
    return rifx.comps(CompSpec("frfinal", (*layers, control)), CompSpec("frshare", shared))


async def make(api: Api, *texts: str) -> str:
    """Make a project with a template and give its id."""
    project = (await api.call("POST", "/v1/projects", json={"name": "قالب"})).json["id"]
    await upload(api, project, project_file(*texts))
    return str(project)


async def upload(api: Api, project: str, content: bytes) -> None:
    """Upload a template."""
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)).code == 201


async def preview(api: Api, project: str, **source: Any) -> Any:
    """Ask for the diff."""
    answer = await api.call("POST", f"/v1/projects/{project}/scan/preview", json=source)
    assert answer.code == 200, answer.json
    return answer.json


async def apply(api: Api, project: str, version: str, **more: Any) -> Answer:
    """Merge a diff."""
    body = {"version": version, **more}
    return await api.call("POST", f"/v1/projects/{project}/scan/apply", json=body)


async def ask(api: Api, query: str, *args: object) -> list[Any]:
    """Ask the database."""
    connection = await asyncpg.connect(api.dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query, *args)]
    finally:
        await connection.close()


async def scenes(api: Api, project: str) -> list[Any]:
    """Read a project's scenes: key, id, deleted."""
    return await ask(
        api,
        "SELECT key, id, deleted_at IS NOT NULL FROM content.scenes WHERE project_id = $1"
        " ORDER BY key",
        UUID(project),
    )


def actions(shown: Any) -> set[tuple[str, str, str]]:
    """Give what a diff says: action, kind, key."""
    return {(c["action"], c["kind"], c["key"]) for c in shown["changes"]}


async def test_a_first_import_adds_all_and_a_second_changes_nothing(api: Api) -> None:
    project = await make(api, "Hello", "سلام")
    shown = await preview(api, project)
    assert actions(shown) == {
        ("added", "scene", "c1"),
        ("added", "scene", "c2"),
        ("added", "scene", "frfinal"),
        ("added", "element", "t1"),
        ("added", "scene_color", "glow"),
        ("added", "shared_color", "accent"),
        ("added", "control", "layout"),
    }
    done = await apply(api, project, shown["version"])
    assert (done.code, done.json["counts"]["added"]) == (200, shown["counts"]["added"])
    again = await preview(api, project)
    assert {c["action"] for c in again["changes"]} == {"unchanged"}
    assert again["version"] == done.json["version"]
    before = await ask(api, "SELECT to_jsonb(s) FROM content.scenes s")
    twice = await apply(api, project, again["version"])
    assert (twice.code, set(twice.json["counts"].values())) == (200, {0})
    assert await ask(api, "SELECT to_jsonb(s) FROM content.scenes s") == before
    lost = await apply(api, project, shown["version"])
    assert (lost.code, set(lost.json["counts"].values())) == (200, {0})


async def test_every_kind_of_value_comes_back_from_the_database_as_it_went_in(api: Api) -> None:
    project = await make(api, "Hello")
    shown = await preview(api, project)
    await apply(api, project, shown["version"])
    rows = await ask(
        api,
        "SELECT e.default_value, e.font_size, e.box IS NULL, e.scanned ->> 'layer'"
        " FROM content.scene_elements e JOIN content.scenes s ON s.id = e.scene_id"
        " WHERE s.project_id = $1 AND e.key = 't1'",
        UUID(project),
    )
    assert [(row[0], row[2], row[3]) for row in rows] == [("Hello", True, "frl_c1t1")]


async def test_a_change_in_between_is_refused_and_nothing_is_written(api: Api) -> None:
    project = await make(api, "Hello")
    shown = await preview(api, project)
    await upload(api, project, project_file("Other"))
    await preview(api, project)
    refused = await apply(api, project, shown["version"])
    assert (refused.code, refused.json["code"]) == (409, "diff_changed")
    assert "scan/preview" in refused.json["detail"]
    assert await scenes(api, project) == []


async def test_a_re_import_makes_no_duplicates_of_soft_deleted_scenes(api: Api) -> None:
    project = await make(api, "Hello", "World")
    await apply(api, project, (await preview(api, project))["version"])
    before = await scenes(api, project)
    await ask(
        api, "UPDATE content.scenes SET deleted_at = now() WHERE project_id = $1", UUID(project)
    )
    shown = await preview(api, project)
    assert ("revived", "scene", "c1") in actions(shown)
    assert shown["counts"]["added"] == 0
    assert (await apply(api, project, shown["version"])).code == 200
    assert await scenes(api, project) == before


async def test_an_orphan_is_listed_and_only_removed_when_asked(api: Api) -> None:
    project = await make(api, "Hello", "World")
    await apply(api, project, (await preview(api, project))["version"])
    await upload(api, project, project_file("Hello"))
    shown = await preview(api, project)
    assert {("removed", "scene", "c2"), ("removed", "element", "t1")} <= actions(shown)
    assert (await apply(api, project, shown["version"])).json["counts"]["removed"] == 0
    assert [gone for key, _, gone in await scenes(api, project) if key == "c2"] == [False]
    shown = await preview(api, project)
    done = await apply(api, project, shown["version"], remove_orphans=True)
    assert done.json["counts"]["removed"] == 2
    assert [gone for key, _, gone in await scenes(api, project) if key == "c2"] == [True]
    assert (await preview(api, project))["counts"]["removed"] == 0


async def test_only_what_was_picked_is_merged_and_bad_picks_are_all_listed(api: Api) -> None:
    project = await make(api, "Hello", "World")
    shown = await preview(api, project)
    bad = await apply(
        api,
        project,
        shown["version"],
        picks=[
            {"kind": "element", "scene": "c1", "key": "t1"},
            {"kind": "scene", "key": "c9"},
        ],
    )
    assert (bad.code, bad.json["code"]) == (422, "bad_picks")
    assert [p["code"] for p in bad.json["problems"]] == ["unknown_pick", "scene_not_picked"]
    picks = [{"kind": "scene", "key": "c1"}, {"kind": "element", "scene": "c1", "key": "t1"}]
    done = await apply(api, project, shown["version"], picks=picks)
    assert done.json["counts"]["added"] == 2
    assert [key for key, *_ in await scenes(api, project)] == ["c1"]


async def test_two_applies_at_once_take_turns_and_one_of_them_does_the_work(api: Api) -> None:
    project = await make(api, "Hello", "World")
    version = (await preview(api, project))["version"]
    holder = await asyncpg.connect(api.dsn)
    turn = holder.transaction()
    await turn.start()
    await holder.execute(
        "SELECT FROM content.projects WHERE id = $1 FOR NO KEY UPDATE", UUID(project)
    )
    calls = [asyncio.create_task(apply(api, project, version)) for _ in range(2)]
    async with asyncio.timeout(60):
        while await holder.fetchval(BLOCKED) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await scenes(api, project) == []
    await turn.rollback()
    await holder.close()
    answers = await asyncio.gather(*calls)
    added = sorted(answer.json["counts"]["added"] for answer in answers)
    assert added[0] == 0
    assert added[1] > 0
    found = [key for key, *_ in await scenes(api, project)]
    assert len(found) == len(set(found))


async def test_two_different_applies_at_once_cannot_mix(api: Api) -> None:
    project = await make(api, "Hello", "World")
    await apply(api, project, (await preview(api, project))["version"])
    await upload(api, project, project_file("Hello", "New"))
    version = (await preview(api, project))["version"]
    pick = [{"kind": "element", "scene": "c2", "key": "t1"}]
    answers = await asyncio.gather(
        *(apply(api, project, version, picks=pick, remove_orphans=one) for one in (True, False)),
        *(apply(api, project, version) for _ in range(4)),
    )
    done = [a.json["counts"]["changed"] for a in answers if a.code == 200]
    assert max(done) == 1
    assert sum(done) == 1
    assert {a.code for a in answers} <= {200, 409}


async def test_a_full_scan_is_imported_by_its_id_while_it_is_of_todays_bundle(api: Api) -> None:
    project = await make(api, "Hello")
    scan = (await api.call("POST", f"/v1/template-scans/{project}/quick")).json
    scan["shared_colors"] = [{"key": "full_only", "value": "#010203"}]
    scan_id = await finished_scan(api, project, scan)
    shown = await preview(api, project, scan_id=str(scan_id))
    assert shown["engine"] == "full"
    assert ("added", "shared_color", "full_only") in actions(shown)
    wrong = await apply(api, project, shown["version"])
    assert (wrong.code, wrong.json["code"]) == (409, "diff_changed")
    done = await apply(api, project, shown["version"], scan_id=str(scan_id))
    assert done.code == 200
    await upload(api, project, project_file("Other"))
    old = await api.call(
        "POST", f"/v1/projects/{project}/scan/preview", json={"scan_id": str(scan_id)}
    )
    assert (old.code, old.json["code"]) == (409, "scan_outdated")
    none = await api.call(
        "POST", f"/v1/projects/{project}/scan/preview", json={"scan_id": str(uuid4())}
    )
    assert (none.code, none.json["code"]) == (404, "not_found")


async def finished_scan(api: Api, project: str, scan: Any) -> UUID:
    """Write a full scan that succeeded."""
    import json

    rows = await ask(
        api,
        "INSERT INTO render.render_scan_jobs (tenant_id, project_id, bundle_id, state, result,"
        " result_at, finished_at) SELECT p.tenant_id, p.id, b.bundle_id, 'succeeded', $2, now(),"
        " now() FROM content.projects p JOIN render.bundles b ON b.md5 = p.bundle_md5"
        " WHERE p.id = $1 RETURNING id",
        UUID(project),
        json.dumps(scan),
    )
    return UUID(str(rows[0][0]))


async def test_a_project_without_a_template_or_of_another_tenant_cannot_be_imported(
    api: Api,
) -> None:
    empty = (await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"]
    for answer in (
        await api.call("POST", f"/v1/projects/{empty}/scan/preview", json={}),
        await apply(api, empty, "0" * 64),
    ):
        assert answer.code == 409, answer.json
    project = await make(api, "Hello")
    version = (await preview(api, project))["version"]
    _, other = await another_tenant(api)
    theirs = await other.call("POST", f"/v1/projects/{project}/scan/preview", json={})
    assert theirs.code == 404
    assert (await apply(other, project, version)).code == 404
    assert await scenes(api, project) == []


async def test_an_edit_between_review_and_merge_is_noticed_and_kept(api: Api) -> None:
    project = await make(api, "Hello")
    await apply(api, project, (await preview(api, project))["version"])
    await upload(api, project, project_file("Other"))
    shown = await preview(api, project)
    scene = (await api.call("GET", f"/v1/projects/{project}/scenes")).json["data"][0]
    element = (await api.call("GET", f"/v1/scenes/{scene['id']}/elements")).json["data"][0]
    path = f"/v1/scene-elements/{element['id']}"
    await api.call("PATCH", path, json={"default_value": "Mine"})
    refused = await apply(api, project, shown["version"])
    assert (refused.code, refused.json["code"]) == (409, "diff_changed")
    assert (await apply(api, project, (await preview(api, project))["version"])).code == 200
    assert (await api.call("GET", path)).json["default_value"] == "Mine"
