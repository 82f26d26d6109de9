"""Renders that a person orders from the pages: the same orders as those of the API."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from multidict import MultiDict
from PIL import Image

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.forms import form_in
from tests.support.people import Person, signed_in
from tests.support.server import Answer, Api, another_tenant, running

FIX = comps(
    CompSpec(
        "frfinal",
        (
            LayerSpec("frl_c1t1", text="Hello\rworld"),
            LayerSpec("frl_c1m1", source_id=9),
            LayerSpec("frl_c2t1", text="Bye"),
            LayerSpec("frd_size", effects=(rifx.dropdown("m", ("small", "large"), 2.0),)),
        ),
    ),
    CompSpec(
        "frshare",
        (LayerSpec("accent", text="255,0,0,255"), LayerSpec("layout", text="1")),
    ),
    extra=(rifx.footage(9, "/x/pic.png", "frl_c1m1"),),
)
SCENES = comps(
    CompSpec("frc_one", (LayerSpec("frl_title", text="first"),)),
    CompSpec("frc_two", (LayerSpec("frl_title", text="second"),)),
    CompSpec("flatrender"),
)
THOUSAND = tuple(
    LayerSpec(f"frl_c{scene}t{field}", text=f"text {field}")
    for scene in range(1, 51)
    for field in range(1, 21)
)
PLACES = "v.0.t1", "v.0.m1", "v.1.t1"


@pytest.fixture(scope="module")
async def fix(api: Api) -> str:
    """Give a template of mode fix."""
    return await project_of(api)


@pytest.fixture(scope="module")
async def sara(api: Api) -> Person:
    """Give an operator."""
    return await signed_in(api, "operator", "sara@example.com")


async def project_of(api: Api, content: bytes = FIX) -> str:
    """Upload and scan a template; give its project."""
    made = await api.call("POST", "/v1/projects", json={"name": f"p-{uuid4()}"})
    project = str(made.json["id"])
    file = io.BytesIO(content)
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", file)).code == 201
    assert (await api.call("POST", f"/v1/template-scans/{project}/quick")).code == 200
    return project


def address(project: str) -> str:
    return f"/admin/projects/{project}/order"


async def form_of(who: Person, project: str, page: str = "") -> MultiDict[str]:
    """Load the form of a template, or of another page that goes there."""
    answer = await who.get(page or address(project))
    assert answer.code == 200, answer.body[-400:]
    return form_in(answer.body.decode(), address(project))


async def sent(who: Person, project: str, form: MultiDict[str], **changes: str) -> Answer:
    """Send a form with some of its fields changed; a name's dots are written as two lines."""
    changed = MultiDict(form)
    for name, value in changes.items():
        changed[name.replace("__", ".")] = value
    return await who.post(address(project), changed)


async def request_of(api: Api, answer: Answer) -> dict[str, Any]:
    """Give the order that an answer led to, as it is kept."""
    assert answer.code == 303, answer.body.decode()[-3000:]
    connection = await asyncpg.connect(api.dsn)
    try:
        text = await connection.fetchval(
            "SELECT request FROM render.render_jobs WHERE id = $1",
            answer.headers["Location"].rpartition("/")[2],
        )
    finally:
        await connection.close()
    return dict(json.loads(text))


async def picture(api: Api) -> str:
    """Send a picture; give its file id."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (1, 2, 3)).save(out, "PNG")
    return str((await api.upload("/v1/files", "x.png", out.getvalue())).json["id"])


async def test_a_form_that_nobody_changed_orders_the_template_as_it_is(
    api: Api, sara: Person
) -> None:
    project = await project_of(api)
    form = await form_of(sara, project)
    assert [form[name] for name in PLACES] == ["Hello\r\nworld", "", "Bye"]
    assert (form["color.accent"], form["control.layout"]) == ("#ff0000", "1")
    request = await request_of(api, await sent(sara, project, form, engine="preview"))
    plain = await api.call("POST", "/v1/renders", json={"project_id": project, "engine": "preview"})
    jobs = await api.call("GET", "/v1/renders")
    first, second = (one for one in jobs.json["data"] if one["project_id"] == project)
    assert {**first, "id": 0, "created_at": 0} == {**second, "id": 0, "created_at": 0}
    assert plain.json["id"] == first["id"]
    assert not any(request.get(name) for name in ("scenes", "colors", "controls"))


async def test_what_is_filled_in_is_ordered_and_nothing_else(api: Api, sara: Person) -> None:
    project, file = await project_of(api), await picture(api)
    form = await form_of(sara, project)
    answer = await sent(
        sara,
        project,
        form,
        v__0__t1="سلام\r\nدنیا",
        direction__0__t1="rtl",
        size__0__t1="۴۰",
        v__0__m1=file,
        fit__0__m1="cover",
        color__accent="#0A0B0C",
        control__layout="2",
        output__container="webm",
        output__alpha="true",
        output__width="640",
        output__fps="30000/1001",
        audio__template_volume="0.5",
        engine="preview",
        priority="70",
        deadline_h="2",
        frames="0-9",
    )
    request = await request_of(api, answer)
    (scene,) = request["scenes"]
    assert scene["values"] == [
        {"key": "t1", "value": "سلام\nدنیا", "direction": "rtl", "size": 40},
        {"key": "m1", "value": {"file_id": file}, "fit": "cover"},
    ]
    assert request["colors"] == [{"key": "accent", "value": "#0a0b0c"}]
    assert request["controls"] == [{"key": "layout", "value": 2}]
    output = request["output"]
    assert (output["container"], output["alpha"], output["width"]) == ("webm", True, 640)
    assert output["fps"] == {"num": 30000, "den": 1001}
    assert request["audio"]["template_volume"] == 0.5
    assert (request["priority"], request["frames"], request["engine"]) == (70, "0-9", "preview")
    assert "deadline_at" in request


async def test_a_second_click_orders_once_and_a_change_orders_anew(api: Api, sara: Person) -> None:
    project = await project_of(api)
    form = await form_of(sara, project)
    places = [
        (await sent(sara, project, form, v__1__t1=text)).headers["Location"]
        for text in ("one", "one", "two")
    ]
    assert places[0] == places[1] != places[2]
    again = await form_of(sara, project)
    assert (await sent(sara, project, again, v__1__t1="one")).headers["Location"] not in places


async def test_what_is_refused_stays_as_it_was_typed_and_is_marked(api: Api, sara: Person) -> None:
    project = await project_of(api)
    form = await form_of(sara, project)
    wrong = {
        "output__width": "640",
        "output__height": "4000",
        "deadline_h": "soon",
        "v__1__t1": "typed <b>",
        "frames": "9-2",
    }
    answer = await sent(sara, project, form, **wrong)
    assert answer.code == 422
    page = answer.body.decode()
    assert "deadline_h" in page
    assert page.count('aria-invalid="true"') >= 1
    back = form_in(page, address(project))
    assert [back[name.replace("__", ".")] for name in wrong] == list(wrong.values())
    answer = await sent(sara, project, back, deadline_h="1", frames="0-9")
    assert answer.code == 422, "the size is of another shape"
    marked = [line for line in answer.body.decode().split("<") if 'aria-invalid="true"' in line]
    assert ['name="output.width"' in line for line in marked] == [True]
    answer = await sent(sara, project, back, deadline_h="1", frames="", output__height="")
    assert answer.code == 303
    assert form["order_key"] == back["order_key"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.0.m1", "no file"),
        ("v.0.m1", "00000000-0000-7000-8000-000000000000"),
        ("color.accent", "red"),
        ("control.layout", "9"),
        ("output.fps", "1/0"),
        ("output.container", "exe"),
        ("size.0.t1", "-4"),
        ("size.0.t1", "nan"),
        ("fit.0.m1", "melt"),
        ("font.0.t1", "No Such Font"),
        ("priority", "1e400"),
        ("engine", "blender"),
        ("audio.music.file_id", "x"),
    ],
)
async def test_no_text_of_a_form_breaks_the_page(
    api: Api, sara: Person, fix: str, name: str, text: str
) -> None:
    form = await form_of(sara, fix)
    if name.startswith("fit"):
        form["v.0.m1"] = await picture(api)
    if name == "audio.music.file_id":
        form["audio.music.volume"] = "loud"
    form[name] = text
    answer = await sara.post(address(fix), form)
    assert answer.code == 422
    back = form_in(answer.body.decode(), address(fix))
    # A file that is none is chosen no more; everything else stands as it was typed.
    assert back[name] == ("" if name.endswith((".m1", "file_id")) and "fit" not in name else text)


async def test_scenes_that_are_not_there_and_made_up_names_do_no_harm(
    api: Api, sara: Person
) -> None:
    project = await project_of(api)
    form = await form_of(sara, project)
    for use in ("7 nothing", "x", "-1 c1", "8 c1\x00x", "999999999 c1"):
        made = MultiDict([*form.items(), ("use", use)])
        answer = await sara.post(address(project), made)
        assert answer.code == 409
        assert form_in(answer.body.decode(), address(project)) == form
    made = MultiDict([*form.items(), ("v.x.y", "1"), ("v..", "1"), ("open", "x"), ("size.9", "")])
    assert (await sara.post(address(project), made)).code == 303


async def test_a_full_farm_says_so_and_keeps_the_form(database: str, tmp_path: Path) -> None:
    async with running(database, tmp_path, quota_active_jobs=1) as api:
        who, project = await signed_in(api, "operator"), await project_of(api)
        form = await form_of(who, project)
        assert (await sent(who, project, form)).code == 303
        answer = await sent(who, project, form, v__1__t1="kept")
        assert answer.code == 429
        assert form_in(answer.body.decode(), address(project))["v.1.t1"] == "kept"


async def test_the_tenant_of_the_template_is_the_one_that_is_charged(
    api: Api, sara: Person
) -> None:
    tenant, theirs = await another_tenant(api, "render", "template")
    project = await project_of(theirs)
    foreign = await picture(api)
    form = await form_of(sara, project)
    assert foreign not in (await sara.get(address(project))).body.decode()
    answer = await sent(sara, project, form, v__0__m1=foreign)
    assert answer.code == 422, "a file of another tenant is none"
    answer = await sent(sara, project, form)
    connection = await asyncpg.connect(api.dsn)
    job = answer.headers["Location"].rpartition("/")[2]
    owner = await connection.fetchval("SELECT tenant_id FROM render.render_jobs WHERE id = $1", job)
    await connection.close()
    assert owner == tenant


async def test_scenes_are_added_moved_left_out_and_given_lengths(api: Api, sara: Person) -> None:
    project = await project_of(api, SCENES)
    form = await form_of(sara, project)
    assert form.getall("use") == ["0 frc_one", "1 frc_two"]
    form["v.0.title"] = "typed before"
    for step in ("add", "up.2", "up.2", "down.1", "remove.1"):
        form["step"], form["add"] = step, "frc_two"
        answer = await sara.post(address(project), form)
        assert answer.code == 200, answer.body[-500:]
        form = form_in(answer.body.decode(), address(project))
    assert form.getall("use") == ["2 frc_two", "0 frc_one"]
    assert (form["v.0.title"], form["v.2.title"]) == ("typed before", "second")
    form.popall("step", None)
    request = await request_of(api, await sent(sara, project, form, length__2="2"))
    assert [
        (one["key"], one.get("duration_s"), [v["value"] for v in one["values"]])
        for one in request["scenes"]
    ] == [("frc_two", 2, []), ("frc_one", None, ["typed before"])]


async def test_an_order_is_taken_up_again_with_everything_that_it_said(
    api: Api, sara: Person
) -> None:
    project, file = await project_of(api), await picture(api)
    body: dict[str, Any] = {
        "project_id": project,
        "engine": "preview",
        "scenes": [
            {
                "key": "c1",
                "values": [
                    {"key": "t1", "value": "یک", "direction": "rtl", "size": 12.5},
                    {"key": "m1", "value": {"file_id": file}, "fit": "cover"},
                ],
            }
        ],
        "colors": [{"key": "accent", "value": "#00FF00"}],
        "controls": [{"key": "layout", "value": 3}],
        "audio": {"template_volume": 0.25},
        "output": {"container": "mov", "alpha": True, "height": 360, "fps": {"num": 24}},
        "frames": "0-5",
        "priority": 61,
    }
    made = await api.call("POST", "/v1/renders", json=body)
    assert made.code == 201, made.json
    page = f"/admin/jobs/{made.json['id']}/order"
    form = await form_of(sara, project, page)
    request = await request_of(api, await sent(sara, project, form))
    connection = await asyncpg.connect(api.dsn)
    before = json.loads(
        await connection.fetchval(
            "SELECT request FROM render.render_jobs WHERE id = $1", made.json["id"]
        )
    )
    assert request == {**before, "colors": [{"key": "accent", "value": "#00ff00"}]}
    await connection.execute("UPDATE file_mgr.files SET state = 'deleted', deleted_at = now()")
    await connection.close()
    gone = await form_of(sara, project, page)
    assert gone["v.0.m1"] == ""


async def test_a_template_that_was_not_scanned_is_scanned_first(api: Api, sara: Person) -> None:
    made = await api.call("POST", "/v1/projects", json={"name": "new"})
    project = made.json["id"]
    assert (await sara.get(address(project))).code == 409, "it has no file"
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", FIX)
    page = (await sara.get(address(project))).body.decode()
    scan = form_in(page, f"/admin/projects/{project}/scan")
    assert scan["engine"] == "quick"
    connection = await asyncpg.connect(api.dsn)
    scanned = await connection.fetchval(
        "SELECT scanned_at FROM content.projects WHERE id = $1::text::uuid", project
    )
    await connection.close()
    assert scanned is None, "looking at a page scans nothing"


async def test_a_form_is_of_the_scan_that_is_kept_now(api: Api, sara: Person) -> None:
    project = await project_of(api)
    before = await form_of(sara, project)
    path = f"/v1/template-scans/{project}/quick"
    assert (await api.call("POST", f"{path}?mode=free")).json["mode"] == "free"
    after = await form_of(sara, project)
    assert before.getall("use") != after.getall("use")
    other = comps(CompSpec("frfinal", (LayerSpec("frl_c7t1", text="other"),)))
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", io.BytesIO(other))
    assert "/scan" in (await sara.get(address(project))).body.decode()
    assert (await api.call("POST", f"{path}?mode=fix")).code == 200
    assert (await form_of(sara, project)).getall("use") == ["0 c7"]


async def test_a_template_of_a_thousand_fields_is_ordered_scene_by_scene(
    api: Api, sara: Person
) -> None:
    project = await project_of(api, comps(CompSpec("frfinal", THOUSAND)))
    answer = await sara.get(address(project))
    assert len(gzip.compress(answer.body)) < 50_000
    form = form_in(answer.body.decode(), address(project))
    assert len(form.getall("use")) == 50
    assert "v.0.t1" in form
    assert "v.40.t1" not in form
    opened = await sent(sara, project, form, step="open.40", v__0__t1="kept")

    form = form_in(opened.body.decode(), address(project))
    assert (form["v.0.t1"], form["v.40.t20"]) == ("kept", "text 20")
    request = await request_of(api, await sent(sara, project, form, v__40__t20="last"))
    keys = {one["key"]: one["values"] for one in request["scenes"]}
    assert [[v["value"] for v in values] for values in keys.values()] == [["kept"], ["last"]]


async def test_a_large_order_is_taken_up_again_whole_though_little_of_it_is_shown(
    api: Api, sara: Person
) -> None:
    project = await project_of(api, comps(CompSpec("frfinal", THOUSAND)))
    words = [{"key": "t1", "value": '"یک"\nدو', "size": 20}, {"key": "t20", "value": ""}]
    scenes = [{"key": f"c{number}", "values": words} for number in range(1, 51)]
    order = {"project_id": project, "engine": "preview", "scenes": scenes}
    made = await api.call("POST", "/v1/renders", json=order)
    assert made.code == 201, made.json
    answer = await sara.get(f"/admin/jobs/{made.json['id']}/order")
    assert len(gzip.compress(answer.body)) < 60_000
    form = form_in(answer.body.decode(), address(project))
    assert len(form.getall("open")) == 6
    answer = await sent(sara, project, form, step="open.40", v__41__t1="none of this is lost")
    form = form_in(answer.body.decode(), address(project))
    assert [form[f"v.{number}.t1"].split() for number in (0, 40)] == [['"یک"', "دو"]] * 2
    request = await request_of(api, await sent(sara, project, form))
    given = [[one["value"] for one in scene["values"]] for scene in request["scenes"]]
    assert given[41] == ["none of this is lost", ""]
    assert [*given[:41], *given[42:]] == [['"یک"\nدو', ""]] * 49
    assert {one["values"][0]["size"] for one in request["scenes"]} == {20}


async def test_a_made_up_form_does_not_hold_the_server(api: Api, sara: Person) -> None:
    layers = tuple(LayerSpec(f"frl_c1t{field}", text="x") for field in range(1, 101))
    project = await project_of(api, comps(CompSpec("frfinal", layers)))
    form = await form_of(sara, project)
    opened = MultiDict([*form.items(), *(("open", str(n)) for n in range(150)), ("step", "up.0")])
    for number in range(1, 150):
        opened.add("use", f"{number} {form['use'].partition(' ')[2]}")
    answer = await sara.post(address(project), opened)
    assert answer.code == 200
    assert len(answer.body) < 8_000_000
    many = MultiDict([*form.items(), ("step", "up.0")])
    for number in range(1, 4000):
        many.add("use", f"{number} {form['use'].partition(' ')[2]}")
    refused = await sara.post(address(project), many)
    assert (refused.code, refused.headers["Location"]) == (303, "/admin")
