"""The editor by hand: rows are added, refused forms keep what was typed, nobody's edit is lost."""

from __future__ import annotations

import io
from typing import Any

import pytest
from multidict import MultiDict
from PIL import Image

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.forms import form_in
from tests.support.people import Person, signed_in
from tests.support.server import Answer, Api

GLOW = LayerSpec("frd_glow", effects=(rifx.color_control("glow", (1, 2, 3)),))
TEMPLATE = rifx.comps(
    CompSpec("frfinal", (LayerSpec("frl_c1t1", text="one"), LayerSpec("frl_c1t2", text="2"), GLOW)),
    CompSpec("frshare", (LayerSpec("accent", text="255,0,0,255"), LayerSpec("layout", text="1"))),
    CompSpec("spare", (LayerSpec("x", text="y"),)),
)


@pytest.fixture(scope="module")
async def sara(api: Api) -> Person:
    """Give an operator."""
    return await signed_in(api, "operator", "sara@example.com")


@pytest.fixture
async def project(api: Api) -> str:
    """Make a project whose scan was taken over whole."""
    made = str((await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"])
    assert (await api.upload(f"/v1/projects/{made}/bundle", "x.aep", TEMPLATE)).code == 201
    shown = (await api.call("POST", f"/v1/projects/{made}/scan/preview", json={})).json
    body = {"version": shown["version"]}
    assert (await api.call("POST", f"/v1/projects/{made}/scan/apply", json=body)).code == 200
    return made


async def rows(api: Api, holder: str) -> list[Any]:
    """List rows."""
    return list((await api.call("GET", f"/v1/{holder}")).json["data"])


async def filled(who: Person, page: str, action: str, **typed: str) -> MultiDict[str]:
    """Give a page's form with some of it typed over."""
    form = form_in((await who.get(page)).body.decode(), action)
    for name, text in typed.items():
        form[name] = text
    return form


async def send(who: Person, page: str, action: str, **typed: str) -> Answer:
    """Send a page's form from that page."""
    form = await filled(who, page, action, **typed)
    return await who.post(action, form, headers={"Referer": who.api.base + page})


async def take_back(who: Person, page: str) -> None:
    """Press the button of the last notice."""
    text = (await who.get(page)).body.decode()
    notice = text[text.index('class="notice good"') :]
    action = notice.partition('action="')[2].partition('"')[0]
    form = form_in(notice, action)
    assert (await who.post(action, form, headers={"Referer": who.api.base + page})).code == 303


async def test_a_field_of_every_kind_is_added_by_hand(api: Api, sara: Person, project: str) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    action = f"/admin/projects/{project}/add/element"
    kinds = {
        "text": {"length_max": "20", "direction": "rtl", "default_value": "سلام"},
        "dropdown": {"options": "small\r\nlarge", "default_value": "1"},
        "checkbox": {"default_value": "true"},
        "number": {"default_value": "2.5"},
        "media": {},
    }
    for kind, own in kinds.items():
        page = f"{action}?scene={scene['id']}&as={kind}"
        done = await send(sara, page, action, key=f"by-{kind}", layer="frl_x", **own)
        assert done.code == 303, (kind, done.body)
    made = {r["key"]: r for r in await rows(api, f"scenes/{scene['id']}/elements")}
    assert [made[f"by-{kind}"]["kind"] for kind in kinds] == list(kinds)
    assert made["by-text"]["direction"] == "rtl"
    assert made["by-text"]["default_value"] == "سلام"
    assert made["by-dropdown"]["options"] == ["small", "large"]
    page = f"/admin/projects/{project}/scenes/{scene['id']}"
    await take_back(sara, page)
    kept = [r["key"] for r in await rows(api, f"scenes/{scene['id']}/elements")]
    assert "by-media" not in kept
    assert "by-number" in kept


async def test_colours_and_controls_are_added_by_hand(api: Api, sara: Person, project: str) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    base = f"/admin/projects/{project}/add"
    own = {"key": "k", "value": "#00ff00"}
    assert (await send(sara, f"{base}/shared_color", f"{base}/shared_color", **own)).code == 303
    page = f"{base}/scene_color?scene={scene['id']}"
    done = await send(sara, page, f"{base}/scene_color", **own, layer="frd_k")
    assert done.code == 303
    more = {"key": "k", "value": "2", "options": "a\r\nb\r\nc"}
    assert (await send(sara, f"{base}/control", f"{base}/control", **more)).code == 303
    assert [r["value"] for r in await rows(api, f"projects/{project}/shared-colors")][
        -1
    ] == "#00ff00"
    assert [r["key"] for r in await rows(api, f"scenes/{scene['id']}/colors")] == ["k"]
    control = (await rows(api, f"projects/{project}/shared-controls"))[-1]
    assert (control["value"], control["options"]) == (2, ["a", "b", "c"])


async def test_what_the_scan_saw_and_nobody_took_is_taken_with_one_press(
    api: Api, sara: Person, project: str
) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    (first, _) = await rows(api, f"scenes/{scene['id']}/elements")
    await api.call("DELETE", f"/v1/scene-elements/{first['id']}")
    action = f"/admin/projects/{project}/add/element"
    page = f"{action}?scene={scene['id']}"
    assert (await send(sara, page, f"{action}/take", key=first["key"])).code == 303
    back = {r["key"]: r for r in await rows(api, f"scenes/{scene['id']}/elements")}
    assert back[first["key"]]["id"] == first["id"]
    assert "edited" not in back[first["key"]]["origins"].values()
    mine = {"key": "mine", "layer": "L"}
    await api.call("POST", f"/v1/scenes/{scene['id']}/elements", json=mine)
    shown = (await api.call("POST", f"/v1/projects/{project}/scan/preview", json={})).json
    for wrong in ("mine", "nowhere"):
        form = {"scene": scene["id"], "key": wrong, "version": shown["version"]}
        answer = await sara.post(f"{action}/take", form, headers={"Referer": api.base + page})
        assert answer.headers["Location"] == page
    assert "mine" in [r["key"] for r in await rows(api, f"scenes/{scene['id']}/elements")]


async def test_a_refused_new_row_keeps_what_was_typed(api: Api, sara: Person, project: str) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    action = f"/admin/projects/{project}/add/element"
    page = f"{action}?scene={scene['id']}&as=text"
    answer = await send(sara, page, action, key="", title="My title", layer="L", length_max="-1")
    text = answer.body.decode()
    assert answer.code == 422
    assert 'value="My title"' in text
    assert text.count('aria-invalid="true"') == 1
    answer = await send(sara, page, action, key="t1", title="Twice", layer="L")
    assert (answer.code, b'value="Twice"' in answer.body) == (409, True)


async def test_two_people_never_lose_an_edit_silently(api: Api, sara: Person, project: str) -> None:
    omid = await signed_in(api, "operator", f"omid-{project}@example.com")
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    page = f"/admin/projects/{project}/scenes/{scene['id']}"
    action = f"/admin/projects/{project}/rows/scene/{scene['id']}"
    hers = await filled(sara, page, action, title="Hers")
    his = await filled(omid, page, action, title="His", overlap_s="0.2")
    length = await filled(omid, page, action, duration_s="3")
    headers = {"Referer": api.base + page}
    assert (await sara.post(action, hers, headers=headers)).code == 303
    assert (await omid.post(action, length, headers=headers)).code == 303
    omid.notice = ""
    answer = await omid.post(action, his, headers=headers)
    text = answer.body.decode()
    assert answer.code == 409
    assert "Hers" in text
    again = form_in(text, action)
    assert (again["title"], again["overlap_s"], again["duration_s"]) == ("His", "0.2", "3")
    (kept, *_) = await rows(api, f"projects/{project}/scenes")
    assert (kept["title"], kept["duration_s"], kept["overlap_s"]) == ("Hers", 3.0, 0.0)
    assert (await omid.post(action, again, headers=headers)).code == 303
    (kept, *_) = await rows(api, f"projects/{project}/scenes")
    assert (kept["title"], kept["overlap_s"]) == ("His", 0.2)


async def test_edits_moves_and_resets_are_taken_back(api: Api, sara: Person, project: str) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    page = f"/admin/projects/{project}/scenes/{scene['id']}"
    (first, second) = await rows(api, f"scenes/{scene['id']}/elements")
    action = f"/admin/projects/{project}/rows/element/{first['id']}"
    assert (await send(sara, page, action, title="New", required="yes")).code == 303
    await take_back(sara, page)
    (now, _) = await rows(api, f"scenes/{scene['id']}/elements")
    assert (now["title"], now["required"]) == (first["title"], first["required"])
    await sara.post(f"{action}/move", {"place": "1"}, headers={"Referer": api.base + page})
    (now, *_) = await rows(api, f"scenes/{scene['id']}/elements")
    assert now["id"] == second["id"]
    await take_back(sara, page)
    (now, *_) = await rows(api, f"scenes/{scene['id']}/elements")
    assert now["id"] == first["id"]


async def test_a_scene_shows_another_composition(api: Api, sara: Person, project: str) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    page = f"/admin/projects/{project}/scenes/{scene['id']}/comp"
    assert (await send(sara, page, page, comp="")).code == 422
    assert (await send(sara, page, page, comp="spare", title="Other")).code == 303
    (now, *_) = await rows(api, f"projects/{project}/scenes")
    assert (now["comp"], now["title"], now["origins"]["comp"]) == ("spare", "Other", "edited")
    assert now["template_values"]["comp"] == scene["comp"]


async def test_values_are_tried_with_files_colours_and_controls(
    api: Api, sara: Person, project: str
) -> None:
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    body = {"key": "pic", "kind": "media", "layer": "frl_pic"}
    await api.call("POST", f"/v1/scenes/{scene['id']}/elements", json=body)
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    file = (await api.upload("/v1/files", "p.png", picture.getvalue())).json
    page = f"/admin/projects/{project}/scenes/{scene['id']}"
    form = await filled(sara, page, f"{page}/try")
    assert {
        "value:t1",
        "direction:t1",
        "value:pic",
        "fit:pic",
        "color:accent",
        "control:layout",
    } <= {*form}
    form["engine"] = "preview"
    form["value:t1"], form["direction:t1"] = "متن", "rtl"
    form["color:accent"], form["control:layout"] = "#0000ff", "2"
    answer = await sara.post(f"{page}/try?part=trial", form)
    assert answer.code == 200, answer.body
    sent = form_in(answer.body.decode(), f"{page}/try")
    assert {name: sent[name] for name in form if name != "csrf"} == {
        name: form[name] for name in form if name != "csrf"
    }
    form["value:pic"] = file["id"]
    refused = await sara.post(f"{page}/try?part=trial", form)
    text = refused.body.decode()
    assert refused.code == 422, text
    assert text.count('aria-invalid="true"') == 1
    assert f'value="{file["id"]}" selected' in text


async def test_a_viewer_is_shown_no_form_of_the_editor(
    api: Api, sara: Person, project: str
) -> None:
    viewer = await signed_in(api, "viewer", f"viewer-{project}@example.com")
    (scene, *_) = await rows(api, f"projects/{project}/scenes")
    text = (await viewer.get(f"/admin/projects/{project}/scenes/{scene['id']}")).body.decode()
    assert "/add/element" not in text
    assert "/try" not in text
    for path in (f"add/element?scene={scene['id']}", f"scenes/{scene['id']}/comp"):
        assert (await viewer.get(f"/admin/projects/{project}/{path}")).code == 403


async def test_a_name_that_was_not_seen_is_not_written_over(
    api: Api, sara: Person, project: str
) -> None:
    page = f"/admin/projects/{project}"
    form = {"name": "Mine", "seen": "p"}
    assert b'name="seen" value="p"' in (await sara.get(page)).body
    await api.call("PATCH", f"/v1/projects/{project}", json={"name": "Theirs"})
    answer = await sara.post(f"{page}/edit", form, headers={"Referer": api.base + page})
    assert answer.code == 409, answer.body
    assert b"aria-invalid" in answer.body
    assert (await api.call("GET", f"/v1/projects/{project}")).json["name"] == "Theirs"
    assert b'value="Mine"' in answer.body
