"""Pictures are traced to SVG of our own, mapped to shared colours, and recoloured."""

from __future__ import annotations

import io
import random
import xml.etree.ElementTree as ET
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw

from tests.support.server import Api, another_tenant, left_over

RED, BLUE, WHITE = "#c81414", "#0a14c8", "#ffffff"


def drawing(mode: str = "RGB", kind: str = "PNG") -> bytes:
    """Draw a red disc and a blue box on white, or on nothing when there is alpha."""
    ground = (255, 255, 255) if mode == "RGB" else (0, 0, 0, 0)
    image = Image.new(mode, (300, 200), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 120, 120), fill=RED)
    draw.rectangle((150, 50, 280, 180), fill=BLUE)
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return out.getvalue()


async def good(api: Api, method: str, path: str, **given: Any) -> Any:
    """Call, and give the answer of a call that went well."""
    answer = await api.call(method, path, **given)
    assert answer.code in {200, 201, 204}, (method, path, answer.json)
    return answer.json


async def make(api: Api) -> str:
    """Make a project with two shared colours and a scene."""
    project = str((await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"])
    for key, value in (("accent", "#d01010"), ("ink", "#0010d0")):
        body = {"key": key, "value": value}
        await good(api, "POST", f"/v1/projects/{project}/shared-colors", json=body)
    await good(api, "POST", f"/v1/projects/{project}/scenes", json={"key": "c1"})
    return project


async def sent(api: Api, content: bytes) -> str:
    """Send a picture and give its file id."""
    answer = await api.upload("/v1/files", "x.png", content)
    assert answer.code == 201, answer.json
    return str(answer.json["id"])


async def traced(api: Api, project: str, content: bytes, **more: Any) -> Any:
    """Send a picture and trace it."""
    body = {"file_id": await sent(api, content), **more}
    return await good(api, "POST", f"/v1/projects/{project}/svg-previews", json=body)


async def svg(api: Api, preview: Any, **query: Any) -> str:
    """Get a picture, and see that it holds nothing but paths with fills."""
    answer = await api.call("GET", f"/v1/svg-previews/{preview['id']}/picture", params=query)
    assert answer.code == 200, answer.json
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    text = answer.body.decode()
    root = ET.fromstring(text)
    assert set(root.attrib) == {"viewBox", "width", "height"}
    for child in root:
        assert child.tag == "{http://www.w3.org/2000/svg}path"
        assert set(child.attrib) <= {"d", "fill", "transform"}
        assert not list(child)
    return text


def fills(text: str) -> set[str]:
    """Give the fills of a picture."""
    return {path.attrib["fill"] for path in ET.fromstring(text)}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_a_picture_is_traced_and_mapped_to_the_nearest_shared_colours(
    api: Api, kind: str
) -> None:
    project = await make(api)
    made = await traced(api, project, drawing(kind=kind), colors=3, scene_key="c1")
    assert made["scene_key"] == "c1"
    keys = {one["key"]: one for one in made["fills"]}
    assert set(keys) == {"accent", "ink", None}
    assert 0.1 < keys["accent"]["share"] < 0.2
    assert 0.5 < keys[None]["share"] < 0.65
    picture = await svg(api, made)
    assert fills(picture) == {one["fill"] for one in made["fills"]}
    assert len(picture) < 20_000
    listed = await good(api, "GET", f"/v1/projects/{project}/svg-previews")
    assert listed["data"] == [made]
    assert left_over(api) == []


async def test_a_picture_is_shown_in_given_colours_and_those_of_a_preset(api: Api) -> None:
    project = await make(api)
    made = await traced(api, project, drawing())
    plain = await svg(api, made)
    other = await svg(api, made, colors="accent:00FF00,none:000000")
    assert fills(other) == (fills(plain) - {RED}) | {"#00ff00"}
    body = {"title": "Night", "colors": {"accent": "#111111", "ink": "#222222"}}
    preset = await good(api, "POST", f"/v1/projects/{project}/color-presets", json=body)
    both = await svg(api, made, preset_id=preset["id"], colors="ink:333333")
    assert fills(both) == {WHITE, "#111111", "#333333"}
    assert await svg(api, made) == plain
    for bad in ("accent", "accent:red", ":000000", 'accent:"/><script>'):
        query = {"colors": bad}
        answer = await api.call("GET", f"/v1/svg-previews/{made['id']}/picture", params=query)
        assert (answer.code, answer.json["code"]) == (422, "bad_colors")


async def test_which_fill_shows_which_key_can_be_changed(api: Api) -> None:
    project = await make(api)
    made = await traced(api, project, drawing())
    path = f"/v1/svg-previews/{made['id']}"
    changed = await good(api, "PATCH", path, json={"keys": {WHITE.upper(): "ink", BLUE: None}})
    assert {one["fill"]: one["key"] for one in changed["fills"]} == {
        WHITE: "ink",
        BLUE: None,
        RED: "accent",
    }
    assert fills(await svg(api, made, colors="ink:00ff00")) == {"#00ff00", BLUE, RED}
    wrong = await api.call("PATCH", path, json={"keys": {"#123456": "ink", RED: "no"}})
    assert {p["code"] for p in wrong.json["problems"]} == {"unknown_fill", "unknown_color"}


async def test_what_is_transparent_stays_so(api: Api) -> None:
    made = await traced(api, await make(api), drawing("RGBA"))
    assert {one["fill"] for one in made["fills"]} == {RED, BLUE}
    assert fills(await svg(api, made)) == {RED, BLUE}


async def test_the_same_picture_again_keeps_its_id(api: Api) -> None:
    project = await make(api)
    first = await traced(api, project, drawing())
    again = await traced(api, project, drawing(), colors=2)
    assert (again["id"], len(again["fills"])) == (first["id"], 2)
    assert (await api.call("DELETE", f"/v1/svg-previews/{first['id']}")).code == 204
    assert (await api.call("GET", f"/v1/svg-previews/{first['id']}")).code == 404


async def test_a_picture_of_noise_is_bounded_or_refused(api: Api) -> None:
    noise = random.Random(1).randbytes(240 * 240 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (240, 240), noise).save(out, "PNG")
    project = await make(api)
    body = {"file_id": await sent(api, out.getvalue()), "colors": 32}
    answer = await api.call("POST", f"/v1/projects/{project}/svg-previews", json=body)
    if answer.code == 201:
        assert len(await svg(api, answer.json)) <= 1_048_576
    else:
        assert answer.json["code"] == "too_detailed"
    assert left_over(api) == []


async def test_everything_wrong_with_a_request_is_listed(api: Api) -> None:
    project = await make(api)
    body = {"file_id": str(uuid4()), "scene_key": "c9"}
    answer = await api.call("POST", f"/v1/projects/{project}/svg-previews", json=body)
    assert {p["code"] for p in answer.json["problems"]} == {"unknown_file", "unknown_scene"}
    _, other = await another_tenant(api)
    mine = {"file_id": await sent(api, drawing())}
    theirs = await make(other)
    stolen = await other.call("POST", f"/v1/projects/{theirs}/svg-previews", json=mine)
    assert stolen.json["problems"][0]["code"] == "unknown_file"
    made = await traced(api, project, drawing())
    for path in (f"/v1/svg-previews/{made['id']}", f"/v1/svg-previews/{made['id']}/picture"):
        assert (await other.call("GET", path)).code == 404


async def test_a_picture_that_shows_nothing_is_refused(api: Api) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (9, 9, 9, 0)).save(out, "PNG")
    body = {"file_id": await sent(api, out.getvalue())}
    answer = await api.call("POST", f"/v1/projects/{await make(api)}/svg-previews", json=body)
    assert (answer.code, answer.json["code"]) == (422, "empty_picture")
