"""The editor's pages: what a person changes in a form is theirs, and only that."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from uuid import uuid4

import pytest

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.people import Person, signed_in
from tests.support.server import Api, another_tenant

GLOW = LayerSpec("frd_glow", effects=(rifx.color_control("glow", (1, 2, 3)),))
TEMPLATE = rifx.comps(
    CompSpec(
        "frfinal", (LayerSpec("frl_c1t1", text="one\rtwo"), LayerSpec("frl_c2t1", text="b"), GLOW)
    ),
    CompSpec("frshare", (LayerSpec("accent", text="255,0,0,255"), LayerSpec("layout", text="1"))),
    CompSpec("spare", (LayerSpec("x", text="y"),)),
)
_FORM = re.compile(r'<form method="post" action="([^"]+)" class="stack">(.*?)</form>', re.DOTALL)
_SEEN = re.compile(r"name=\"seen\" value='([^']*)'")


@pytest.fixture(scope="module")
async def sara(api: Api) -> Person:
    """Give an operator."""
    return await signed_in(api, "operator", "sara@example.com")


async def imported(api: Api) -> str:
    """Make a project whose scan was taken over whole."""
    project = str((await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"])
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", TEMPLATE)).code == 201
    shown = (await api.call("POST", f"/v1/projects/{project}/scan/preview", json={})).json
    body = {"version": shown["version"]}
    done = await api.call("POST", f"/v1/projects/{project}/scan/apply", json=body)
    assert done.code == 200
    return project


async def rows(api: Api, holder: str, **query: Any) -> list[Any]:
    """List rows."""
    return list((await api.call("GET", f"/v1/{holder}", params=query)).json["data"])


async def form_of(who: Person, page: str, row: str) -> tuple[str, dict[str, str]]:
    """Give a row's form as a browser sends it when nothing was changed: its address and fields."""
    text = (await who.get(page)).body.decode()
    for path, inside in _FORM.findall(text):
        if path.endswith(row):
            found = _SEEN.search(inside)
            assert found is not None
            seen = json.loads(html.unescape(found[1]))
            flags = re.findall(r'type="checkbox" name="([a-z_]+)"', inside)
            sent = {k: v.replace("\n", "\r\n") for k, v in seen.items() if v or k not in flags}
            return path, {"seen": json.dumps(seen), **sent}
    raise AssertionError(text)


async def told(who: Person, path: str, form: dict[str, str], page: str) -> int:
    """Send a form from a page; give the answer's code."""
    headers = {"Referer": f"{who.api.base}{page}"}
    return (await who.post(path, form, headers=headers)).code


async def test_only_what_was_changed_becomes_a_persons(api: Api, sara: Person) -> None:
    project = await imported(api)
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    before = (await rows(api, f"scenes/{scene['id']}/elements"))[0]
    page = f"/admin/projects/{project}/scenes/{scene['id']}"
    path, form = await form_of(sara, page, before["id"])
    assert await told(sara, path, form, page) == 303
    assert (await rows(api, f"scenes/{scene['id']}/elements"))[0] == before
    await told(sara, path, {**form, "title": "عنوان", "required": "yes", "direction": "rtl"}, page)
    after = (await rows(api, f"scenes/{scene['id']}/elements"))[0]
    edited = {name for name, who in after["origins"].items() if who == "edited"}
    assert edited == {"title", "required", "direction"}
    assert (after["title"], after["required"], after["direction"]) == ("عنوان", True, "rtl")
    assert after["default_value"] == before["default_value"]
    await told(sara, path + "/reset", {"field": "direction"}, page)
    (back, *_) = await rows(api, f"scenes/{scene['id']}/elements")
    assert back["direction"] == before["direction"]
    assert back["origins"]["direction"] == "scanned"


async def test_what_cannot_be_kept_changes_nothing_and_is_told(api: Api, sara: Person) -> None:
    project = await imported(api)
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    page = f"/admin/projects/{project}/scenes/{scene['id']}"
    path, form = await form_of(sara, page, scene["id"])
    for wrong in ({"duration_s": "long"}, {"min_s": "9", "max_s": "3"}, {"duration_s": "-1"}):
        answer = await sara.post(path, {**form, **wrong}, headers={"Referer": api.base + page})
        (name, typed), *_ = wrong.items()
        text = answer.body.decode()
        assert answer.code == 422
        assert re.search(rf'name="{name}" value="{typed}"[^>]* aria-invalid="true"', text), text
    assert (await rows(api, f"projects/{project}/scenes"))[0] == scene


async def test_rows_are_deleted_shown_on_demand_restored_and_moved(api: Api, sara: Person) -> None:
    project = await imported(api)
    first, second, _ = await rows(api, f"projects/{project}/scenes")
    base = f"/admin/projects/{project}"
    await told(sara, f"{base}/rows/scene/{first['id']}/move", {"place": "1"}, base)
    assert [s["key"] for s in await rows(api, f"projects/{project}/scenes")][:2] == ["c2", "c1"]
    await told(sara, f"{base}/rows/scene/{second['id']}/delete", {}, base)
    sara.notice = ""
    assert second["id"] not in (await sara.get(base)).body.decode()
    assert second["id"] in (await sara.get(f"{base}?deleted=1")).body.decode()
    assert "/restore" in (await sara.get(f"{base}/scenes/{second['id']}")).body.decode()
    await told(sara, f"{base}/rows/scene/{second['id']}/restore", {}, base)
    (element,) = await rows(api, f"scenes/{second['id']}/elements")
    page = f"{base}/scenes/{second['id']}"
    await told(sara, f"{base}/rows/element/{element['id']}/delete", {}, page)
    assert await rows(api, f"scenes/{second['id']}/elements") == []
    assert element["id"] in (await sara.get(f"{page}?deleted=1")).body.decode()


async def test_shared_colours_controls_and_presets_are_edited(api: Api, sara: Person) -> None:
    project = await imported(api)
    page = f"/admin/projects/{project}/colors"
    (color,) = await rows(api, f"projects/{project}/shared-colors")
    path, form = await form_of(sara, page, color["id"])
    await told(sara, path, {**form, "value": "#00FF00"}, page)
    (color,) = await rows(api, f"projects/{project}/shared-colors")
    assert (color["value"], color["origins"]["value"]) == ("#00ff00", "edited")
    assert color["origins"].get("title") != "edited"
    (control,) = await rows(api, f"projects/{project}/shared-controls")
    path, form = await form_of(sara, page, control["id"])
    await told(sara, path, {**form, "value": "2", "options": "left\r\nright\r\n\r\n"}, page)
    (control,) = await rows(api, f"projects/{project}/shared-controls")
    assert (control["value"], control["options"]) == (2, ["left", "right"])
    made = {"title": "warm", "color:accent": "#FFAA00"}
    await told(sara, f"/admin/projects/{project}/add-preset", made, page)
    (preset,) = await rows(api, f"projects/{project}/color-presets")
    assert (preset["title"], preset["colors"]) == ("warm", {"accent": "#ffaa00"})
    path, form = await form_of(sara, page, preset["id"])
    await told(sara, path, {**form, "color:accent": "#ff0000"}, page)
    (preset,) = await rows(api, f"projects/{project}/color-presets")
    assert preset["colors"] == {"accent": "#ff0000"}


async def test_a_scene_is_made_of_a_composition(api: Api, sara: Person) -> None:
    project = await imported(api)
    page = f"/admin/projects/{project}/add-scene"
    assert 'value="spare"' in (await sara.get(page)).body.decode()
    await told(sara, page, {"comp": "spare", "key": "", "title": "", "duration_s": ""}, page)
    made = (await rows(api, f"projects/{project}/scenes"))[-1]
    assert (made["key"], made["title"], made["comp"]) == ("spare", "spare", "spare")
    assert made["duration_s"] > 0
    await told(sara, page, {"comp": "nowhere"}, page)
    assert len(await rows(api, f"projects/{project}/scenes")) == 4


async def test_pictures_are_asked_for_from_the_pages(api: Api, sara: Person) -> None:
    project = await imported(api)
    base = f"/admin/projects/{project}"
    assert await told(sara, f"{base}/pictures", {"engine": "preview"}, base) == 303
    assert b"data-poll" in (await sara.get(f"{base}?part=scenes")).body
    asked = (await api.call("GET", f"/v1/scene-snapshots/{project}")).json["data"]
    assert {one["plain"] for one in asked} == {True}
    scene = (await rows(api, f"projects/{project}/scenes"))[0]
    tries = f"{base}/scenes/{scene['id']}/try"
    form = {"engine": "preview", "value:t1": "new", "color:accent": "#0000ff"}
    answer = await sara.post(f"{tries}?part=trial", form)
    assert (answer.code, b"data-poll" in answer.body) == (200, True), answer.body
    newest = (await api.call("GET", f"/v1/scene-snapshots/{project}")).json["data"][0]
    assert (newest["plain"], newest["scene"]) == (False, "c1")
    assert newest["id"].encode() in answer.body
    assert b">new</textarea>" in answer.body.replace(b"\n", b"")
    wrong = await sara.post(f"{tries}?part=trial", {"engine": "none"})
    assert (wrong.code, b'id="try"' in wrong.body) == (422, True)
    whole = await sara.post(tries, form)
    assert (whole.code, newest["id"].encode() in whole.body) == (200, True)
    assert b'value="#0000ff"' in whole.body
    await told(sara, f"{base}/stop-pictures", {}, base)
    left = (await api.call("GET", f"/v1/scene-snapshots/{project}")).json["data"]
    assert {one["state"] for one in left} == {"cancelled"}
    nothing = await sara.get(f"{base}/pictures/{'0' * 64}")
    assert nothing.code == 404


async def test_a_row_of_another_project_is_not_found_under_this_one(api: Api, sara: Person) -> None:
    one, other = await imported(api), await imported(api)
    scene = (await rows(api, f"projects/{other}/scenes"))[0]
    assert (await sara.get(f"/admin/projects/{one}/scenes/{scene['id']}")).code == 404
    path = f"/admin/projects/{one}/rows/scene/{scene['id']}"
    assert (await sara.post(path, {"title": "x"})).code == 404
    assert (await sara.post(f"/admin/projects/{one}/rows/node/{uuid4()}", {})).code == 404


async def test_a_tenants_template_is_edited_for_the_tenant(api: Api, sara: Person) -> None:
    _, theirs = await another_tenant(api)
    project = await imported(theirs)
    (color,) = await rows(theirs, f"projects/{project}/shared-colors")
    page = f"/admin/projects/{project}/colors"
    path, form = await form_of(sara, page, color["id"])
    await told(sara, path, {**form, "title": "Brand"}, page)
    (color,) = await rows(theirs, f"projects/{project}/shared-colors")
    assert color["title"] == "Brand"
