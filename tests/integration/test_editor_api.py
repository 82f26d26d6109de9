"""The editor's rows over HTTP: origins, edits, moves, resets, soft deletion."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.usecases.scenes import change
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.server import Api, another_tenant


def project_file(title: str = "Hello") -> bytes:
    """Write a project with two scenes, a shared colour, a control and a colour of a scene."""
    glow = LayerSpec("frd_glow", effects=(rifx.color_control("glow", (1, 2, 3)),))
    layers = (LayerSpec("frl_c1t1", text=title), LayerSpec("frl_c2t1", text="b"), glow)
    shared = (LayerSpec("accent", text="255,0,0,255"), LayerSpec("layout", text="1"))
    return rifx.comps(CompSpec("frfinal", layers), CompSpec("frshare", shared))


async def good(api: Api, method: str, path: str, **given: Any) -> Any:
    """Call, and give the answer of a call that went well."""
    answer = await api.call(method, path, **given)
    assert answer.code in {200, 201, 204}, (method, path, answer.json)
    return answer.json


async def imported(api: Api, title: str = "Hello", project: str | None = None) -> str:
    """Upload a template to a project, import its scan whole, and give the project's id."""
    if project is None:
        project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    assert (
        await api.upload(f"/v1/projects/{project}/bundle", "x.aep", project_file(title))
    ).code == 201
    shown = await good(api, "POST", f"/v1/projects/{project}/scan/preview", json={})
    body = {"version": shown["version"]}
    await good(api, "POST", f"/v1/projects/{project}/scan/apply", json=body)
    return str(project)


async def rows(api: Api, holder: str, **query: Any) -> list[Any]:
    """List rows."""
    return list((await good(api, "GET", f"/v1/{holder}", params=query))["data"])


async def first_element(api: Api, project: str) -> Any:
    """Give the only field of the first scene."""
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    return (await rows(api, f"scenes/{scene['id']}/elements"))[0]


@pytest.fixture(scope="module")
async def element(api: Api) -> Any:
    """Give a field of a project that the tests who ask for it share."""
    return await first_element(api, await imported(api))


async def test_rows_of_a_scan_say_that_they_are_scanned(api: Api) -> None:
    project = await imported(api)
    scenes = await rows(api, f"projects/{project}/scenes")
    assert [scene["key"] for scene in scenes] == ["c1", "c2", "frfinal"]
    assert scenes[0]["origins"]["title"] == "scanned"
    element = await first_element(api, project)
    assert (element["key"], element["default_value"], element["kind"]) == ("t1", "Hello", "text")
    assert element["template_values"] == {}
    (color,) = await rows(api, f"projects/{project}/shared-colors")
    assert (color["key"], color["value"]) == ("accent", "#ff0000")
    (control,) = await rows(api, f"projects/{project}/shared-controls")
    assert (control["key"], control["value"]) == ("layout", 1)
    (own,) = await rows(api, f"scenes/{scenes[2]['id']}/colors")
    assert (own["key"], own["value"]) == ("glow", "#010203")


async def test_an_edit_is_marked_survives_a_new_scan_and_can_be_given_back(api: Api) -> None:
    project = await imported(api)
    element = await first_element(api, project)
    path = f"/v1/scene-elements/{element['id']}"
    changed = await good(api, "PATCH", path, json={"title": "عنوان", "default_value": "Mine"})
    assert (changed["title"], changed["default_value"]) == ("عنوان", "Mine")
    assert changed["origins"]["default_value"] == "edited"
    assert changed["origins"]["required"] == "scanned"
    assert changed["template_values"] == {"default_value": "Hello"}

    await imported(api, "Other", project)
    kept = await good(api, "GET", path)
    assert kept["default_value"] == "Mine"
    assert kept["template_values"] == {"default_value": "Other"}

    back = await good(api, "POST", f"{path}/reset", json={"fields": ["default_value"]})
    assert back["default_value"] == "Other"
    assert back["origins"] == {**kept["origins"], "default_value": "scanned"}
    wrong = await api.call("POST", f"{path}/reset", json={"fields": ["layer", "id", "title"]})
    assert (wrong.code, len(wrong.json["problems"])) == (422, 2)


async def test_everything_wrong_with_a_row_is_listed_at_once(api: Api) -> None:
    project = await imported(api)
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    answer = await api.call(
        "PATCH",
        f"/v1/scenes/{scene['id']}",
        json={"min_s": 9.0, "max_s": 3.0, "overlap_s": 20.0, "poster_file_id": str(uuid4())},
    )
    assert (answer.code, answer.json["code"]) == (422, "bad_row")
    places = [problem["place"] for problem in answer.json["problems"]]
    assert places == ["min_s", "overlap_s", "poster_file_id"]
    element = await first_element(api, project)
    answer = await api.call(
        "PATCH",
        f"/v1/scene-elements/{element['id']}",
        json={"kind": "media", "options": ["a", "a"], "length_max": 1, "direction": "rtl"},
    )
    codes = {problem["code"] for problem in answer.json["problems"]}
    assert codes == {"kind_fixed", "options", "length_max", "direction"}
    again = await good(api, "GET", f"/v1/scene-elements/{element['id']}")
    assert again == element


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"default_value": "long", "length_max": 3}, "default"),
        ({"kind": "textarea", "length_max": 30}, None),
        ({"required": "yes"}, "bool_type"),
        ({"title": "a\x00"}, "value_error"),
        ({"layer": "x"}, "extra_forbidden"),
        ({"title": None}, "string_type"),
        ({}, None),
    ],
)
async def test_a_field_takes_what_fits_it(
    api: Api, element: Any, body: Any, code: str | None
) -> None:
    answer = await api.call("PATCH", f"/v1/scene-elements/{element['id']}", json=body)
    found = None if answer.code == 200 else answer.json["problems"][0]["code"]
    assert found == code


async def test_a_move_renumbers_its_list_and_an_import_keeps_the_order(api: Api) -> None:
    project = await imported(api)
    last = (await rows(api, f"projects/{project}/scenes"))[-1]
    moved = await good(api, "PATCH", f"/v1/scenes/{last['id']}", json={"position": 0})
    assert moved["position"] == 0
    keys = [scene["key"] for scene in await rows(api, f"projects/{project}/scenes")]
    assert keys == ["frfinal", "c1", "c2"]
    await imported(api, "Other", project)
    after = await rows(api, f"projects/{project}/scenes")
    assert [(scene["key"], scene["position"]) for scene in after] == [
        ("frfinal", 0),
        ("c1", 1),
        ("c2", 2),
    ]


async def test_what_is_deleted_leaves_the_list_and_comes_back_under_its_id(api: Api) -> None:
    project = await imported(api)
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    path = f"/v1/scenes/{scene['id']}"
    element = await first_element(api, project)
    for _ in range(2):
        assert (await api.call("DELETE", path)).code == 204
    assert [s["key"] for s in await rows(api, f"projects/{project}/scenes")] == ["c2", "frfinal"]
    gone = await rows(api, f"projects/{project}/scenes", deleted="true")
    assert [(s["key"], s["deleted"]) for s in gone] == [("c1", True)]
    assert (await api.call("PATCH", path, json={"title": "x"})).json["code"] == "row_deleted"
    assert (await api.call("GET", f"/v1/scene-elements/{element['id']}")).code == 404
    body = {"key": "c1"}
    taken = await api.call("POST", f"/v1/projects/{project}/scenes", json=body)
    assert (taken.code, taken.json["code"]) == (409, "key_deleted")
    assert scene["id"] in taken.json["detail"]
    assert await good(api, "POST", f"{path}/restore") == scene
    taken = await api.call("POST", f"/v1/projects/{project}/scenes", json=body)
    assert (taken.code, taken.json["code"]) == (409, "key_exists")
    assert await first_element(api, project) == element


async def test_rows_of_a_persons_own_are_theirs_when_a_scan_finds_them(api: Api) -> None:
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    scene = await good(
        api, "POST", f"/v1/projects/{project}/scenes", json={"key": "c1", "title": "Mine"}
    )
    color = await good(
        api,
        "POST",
        f"/v1/projects/{project}/shared-colors",
        json={"key": "accent", "value": "#ABCDEF"},
    )
    assert (color["value"], color["origins"]["value"]) == ("#abcdef", "edited")
    await imported(api, project=project)
    after = await good(api, "GET", f"/v1/scenes/{scene['id']}")
    assert (after["title"], after["origins"]["title"]) == ("Mine", "edited")
    assert after["template_values"]["title"] == "Scene 1"
    kept = await good(api, "GET", f"/v1/shared-colors/{color['id']}")
    assert kept["value"] == "#abcdef"


async def test_lists_come_in_pages_in_their_order(api: Api) -> None:
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    path = f"/v1/projects/{project}/shared-colors"
    for number in range(5):
        await good(api, "POST", path, json={"key": f"k{number}", "position": 0})
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await good(api, "GET", path, params=query)
        seen += [row["key"] for row in page["data"]]
        if page["meta"]["next_cursor"] is None:
            break
        query["cursor"] = page["meta"]["next_cursor"]
    assert seen == ["k4", "k3", "k2", "k1", "k0"]
    for bad in ("%FF", "abc", "MTIzfA", "LTF8eA", "x" * 201):
        assert (await api.call("GET", f"{path}?cursor={bad}")).code == 400, bad


async def test_scene_colours_follow_shared_colours_of_their_own_project_only(api: Api) -> None:
    project, other = await imported(api), await imported(api)
    scene = (await rows(api, f"projects/{project}/scenes"))[2]
    (own,) = await rows(api, f"scenes/{scene['id']}/colors")
    (mine,) = await rows(api, f"projects/{project}/shared-colors")
    (theirs,) = await rows(api, f"projects/{other}/shared-colors")
    path = f"/v1/scene-colors/{own['id']}"
    wrong = await api.call("PATCH", path, json={"shared_color_id": theirs["id"]})
    assert (wrong.code, wrong.json["problems"][0]["code"]) == (422, "unknown_color")
    right = await good(api, "PATCH", path, json={"shared_color_id": mine["id"]})
    assert right["shared_color_id"] == mine["id"]
    free = await good(api, "PATCH", path, json={"shared_color_id": None})
    assert free["shared_color_id"] is None


async def test_presets_hold_values_of_shared_colours_under_a_title_of_their_own(api: Api) -> None:
    project = await imported(api)
    path = f"/v1/projects/{project}/color-presets"
    made = await good(api, "POST", path, json={"title": "Night", "colors": {"accent": "#00FF00"}})
    assert made["colors"] == {"accent": "#00ff00"}
    bad = await api.call("POST", path, json={"title": "Night", "colors": {"x": "#000000"}})
    assert {p["code"] for p in bad.json["problems"]} == {"unknown_color", "title_taken"}
    one = f"/v1/color-presets/{made['id']}"
    assert (await good(api, "PATCH", one, json={"title": "Day"}))["title"] == "Day"
    assert (await api.call("DELETE", one)).code == 204
    assert await rows(api, f"projects/{project}/color-presets") == []
    assert (await good(api, "POST", f"{one}/restore"))["colors"] == {"accent": "#00ff00"}


async def test_edits_at_once_take_turns(api: Api) -> None:
    project = await imported(api)
    element = await first_element(api, project)
    path = f"/v1/scene-elements/{element['id']}"
    edits: list[dict[str, Any]] = [{"title": "a"}, {"required": True}, {"length_max": 9}]
    await asyncio.gather(*(good(api, "PATCH", path, json=one) for one in edits))
    after = await good(api, "GET", path)
    assert (after["title"], after["required"], after["length_max"]) == ("a", True, 9)
    scenes = await rows(api, f"projects/{project}/scenes")
    await asyncio.gather(
        *(good(api, "PATCH", f"/v1/scenes/{s['id']}", json={"position": 0}) for s in scenes)
    )
    places = [scene["position"] for scene in await rows(api, f"projects/{project}/scenes")]
    assert places == [0, 1, 2]


async def test_a_repeated_creating_call_makes_one_row(api: Api) -> None:
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    path, headers = f"/v1/projects/{project}/scenes", {"Idempotency-Key": f"s-{project}"}
    first, again = [
        await api.call("POST", path, json={"key": "c1"}, headers=headers) for _ in range(2)
    ]
    assert (first.json, again.code) == (again.json, 201)
    assert len(await rows(api, f"projects/{project}/scenes")) == 1


async def test_another_tenants_rows_do_not_exist(api: Api) -> None:
    project = await imported(api)
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    _, other = await another_tenant(api)
    mine = (await good(other, "POST", "/v1/projects", json={"name": "p"}))["id"]
    for method, path, body in (
        ("GET", f"/v1/scenes/{scene['id']}", None),
        ("PATCH", f"/v1/scenes/{scene['id']}", {"title": "evil"}),
        ("DELETE", f"/v1/scenes/{scene['id']}", None),
        ("GET", f"/v1/scenes/{scene['id']}/elements", None),
        ("POST", f"/v1/scenes/{scene['id']}/elements", {"key": "k", "layer": "l"}),
        ("POST", f"/v1/projects/{project}/scenes", {"key": "k"}),
        ("GET", f"/v1/projects/{project}/scenes", None),
    ):
        given = {} if body is None else {"json": body}
        assert (await other.call(method, path, **given)).code == 404, path
    assert await rows(other, f"projects/{mine}/scenes") == []
    assert await good(api, "GET", f"/v1/scenes/{scene['id']}") == scene


async def test_orders_follow_the_review_and_edited_texts_and_colours_reach_the_bind_spec(
    api: Api,
) -> None:
    project = await imported(api)
    element = await first_element(api, project)
    edit = {"default_value": "Mine", "length_max": 5}
    await good(api, "PATCH", f"/v1/scene-elements/{element['id']}", json=edit)
    (color,) = await rows(api, f"projects/{project}/shared-colors")
    await good(api, "PATCH", f"/v1/shared-colors/{color['id']}", json={"value": "#00FF00"})
    scenes = await rows(api, f"projects/{project}/scenes")
    await api.call("DELETE", f"/v1/scenes/{scenes[1]['id']}")
    order: dict[str, Any] = {
        "project_id": project,
        "scenes": [
            {"key": "c1", "values": [{"key": "t1", "value": "too long"}]},
            {"key": "c2", "values": [{"key": "t1", "value": "x"}]},
        ],
    }
    refused = await api.call("POST", "/v1/renders", json=order)
    codes = [problem["code"] for problem in refused.json["problems"]]
    assert (refused.code, codes) == (422, ["unknown_scene", "too_long"])
    job = await good(api, "POST", "/v1/renders", json={"project_id": project})
    connection = await asyncpg.connect(api.dsn)
    spec = json.loads(
        await connection.fetchval(
            "SELECT bind_spec FROM render.render_jobs WHERE id = $1", UUID(job["id"])
        )
    )
    await connection.close()
    assert [(v["key"], v["value"]) for s in spec["scenes"] for v in s["values"]] == [("t1", "Mine")]
    assert spec["colors"] == [{"key": "accent", "value": "#00ff00"}]


async def test_of_many_who_make_one_key_at_once_one_succeeds(api: Api) -> None:
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    path, body = f"/v1/projects/{project}/scenes", {"key": "😀" * 500}
    answers = await asyncio.gather(*(api.call("POST", path, json=body) for _ in range(5)))
    assert sorted(answer.code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await rows(api, f"projects/{project}/scenes")) == 1


async def test_deleted_rows_cannot_pile_up_without_end(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "MAX_PROJECT_ROWS", 3)
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    for number in range(3):
        path = f"/v1/projects/{project}/scenes"
        made = await good(api, "POST", path, json={"key": f"s{number}"})
        if number:
            await api.call("DELETE", f"/v1/scenes/{made['id']}")
    full = await api.call("POST", path, json={"key": "s3"})
    assert (full.code, full.json["code"]) == (409, "project_full")
    copied = await good(api, "POST", f"/v1/projects/{project}/duplicate", json={"aspect": "1:1"})
    await good(api, "POST", f"/v1/projects/{copied['id']}/scenes", json={"key": "s3"})


async def test_an_import_cannot_grow_a_project_without_end(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "MAX_PROJECT_ROWS", 1)
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", project_file())
    seen = await good(api, "POST", f"/v1/projects/{project}/scan/preview", json={})
    body = {"version": seen["version"]}
    full = await api.call("POST", f"/v1/projects/{project}/scan/apply", json=body)
    assert (full.code, full.json["code"]) == (409, "project_full")
