"""The review of a scan: old and new side by side, edits kept, what is chosen is done."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.usecases.scans.keep import keep_scan
from orchestrator.wire.scan import ScanResult
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.forms import form_in
from tests.support.people import Person, signed_in
from tests.support.server import Api

TEMPLATE = rifx.comps(
    CompSpec("frfinal", (LayerSpec("frl_c1t1", text="one"), LayerSpec("frl_c2t1", text="two"))),
    CompSpec("frshare", (LayerSpec("accent", text="255,0,0,255"),)),
)
MOST_BYTES = 200_000


@pytest.fixture(scope="module")
async def sara(api: Api) -> Person:
    """Give an operator."""
    return await signed_in(api, "operator", "sara@example.com")


async def project_of(api: Api, *, scanned: bool = True) -> str:
    """Make a project with a file, scanned or not yet."""
    project = str((await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"])
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", TEMPLATE)).code == 201
    if scanned:
        assert (await api.call("POST", f"/v1/projects/{project}/scan/preview", json={})).code == 200
    return project


async def rescanned(api: Api, project: str, scan: dict[str, Any]) -> None:
    """Keep another scan of the very file."""
    found = (await api.call("GET", f"/v1/projects/{project}")).json["bundle"]["md5"]
    made = {"mode": "fix", "mode_detected": "fix", "mode_reason": "r", "ae_version": "24", **scan}
    result = ScanResult.model_validate(made, strict=False)
    session = api.deps.db.session()
    assert await keep_scan(session, DEFAULT_TENANT, UUID(project), found, result, "quick")


def scene(key: str, *texts: str, **more: Any) -> dict[str, Any]:
    """Write a scene of a scan, its fields t1, t2 and so on with these texts."""
    fields = [
        {"key": f"t{n}", "kind": "text", "layer": f"t{n}", "comp": key, "default": text}
        for n, text in enumerate(texts, 1)
    ]
    return {"key": key, "title": key, "comp": key, "elements": fields, **more}


async def send(who: Person, project: str, **changes: Any) -> Any:
    """Send the review's form as it is shown, but for some inputs."""
    path = f"/admin/projects/{project}/review"
    text = (await who.get(path)).body.decode()
    form = form_in(text, path)
    for name, value in changes.items():
        form.popall(name, None)
        for one in value if isinstance(value, list) else [value]:
            form.add(name, one)
    return await who.post(path, form)


async def rows(api: Api, holder: str) -> list[Any]:
    """List rows."""
    return list((await api.call("GET", f"/v1/{holder}", params={"limit": 200})).json["data"])


async def texts(api: Api, project: str) -> dict[str, list[str]]:
    """Give the default texts of every scene."""
    scenes = await rows(api, f"projects/{project}/scenes")
    return {
        one["key"]: [f["default_value"] for f in await rows(api, f"scenes/{one['id']}/elements")]
        for one in scenes
    }


async def test_a_file_that_was_not_scanned_is_not_scanned_by_looking(
    api: Api, sara: Person
) -> None:
    project = await project_of(api, scanned=False)
    for page in ("review", "add-scene", "add/shared_color"):
        answer = await sara.get(f"/admin/projects/{project}/{page}")
        assert (answer.code, b"/scan-comps" in answer.body) == (200, True), page
    assert (await api.call("GET", f"/v1/projects/{project}")).json["scanned_at"] is None
    page = f"/admin/projects/{project}/add-scene"
    headers = {"Referer": api.base + page}
    done = await sara.post(f"/admin/projects/{project}/scan-comps", {}, headers=headers)
    assert (done.code, done.headers["Location"]) == (303, page)
    assert (await api.call("GET", f"/v1/projects/{project}")).json["scanned_at"] is not None


async def test_everything_but_removals_is_taken_as_the_form_comes(api: Api, sara: Person) -> None:
    project = await project_of(api)
    assert (await send(sara, project)).code == 303
    assert await texts(api, project) == {"c1": ["one"], "c2": ["two"]}
    await rescanned(api, project, {"scenes": [scene("c1", "new")]})
    assert (await send(sara, project)).code == 303
    assert await texts(api, project) == {"c1": ["new"], "c2": ["two"]}


async def test_an_edit_stays_unless_the_templates_value_is_chosen(api: Api, sara: Person) -> None:
    project = await project_of(api)
    await send(sara, project)
    (first, _) = await rows(api, f"projects/{project}/scenes")
    (field,) = await rows(api, f"scenes/{first['id']}/elements")
    await api.call("PATCH", f"/v1/scene-elements/{field['id']}", json={"default_value": "mine"})
    path = f"/admin/projects/{project}/review"
    assert (await send(sara, project)).code == 422
    shown = (await sara.get(path)).body.decode()
    takes = re.findall(r'name="take" value="([^"]+)"', shown)
    assert len(takes) == 1
    assert 'class="edited"' in shown
    assert (await send(sara, project, take=takes)).code == 303
    (field,) = await rows(api, f"scenes/{first['id']}/elements")
    assert (field["default_value"], field["origins"]["default_value"]) == ("one", "scanned")


async def test_a_review_that_is_out_of_date_is_shown_anew_with_what_was_chosen(
    api: Api, sara: Person
) -> None:
    project = await project_of(api)
    path = f"/admin/projects/{project}/review"
    form = form_in((await sara.get(path)).body.decode(), path)
    picks = form.popall("pick")
    for one in picks[1:]:
        form.add("pick", one)
    await api.call("POST", f"/v1/projects/{project}/shared-colors", json={"key": "x"})
    answer = await sara.post(path, form, headers={"Referer": api.base + path})
    text = answer.body.decode()
    assert answer.code == 409
    assert f'value="{picks[1]}" checked' in text
    assert f'value="{picks[0]}" checked' not in text
    assert form["version"] not in text


async def test_a_template_of_8000_fields_is_reviewed_by_scene(api: Api, sara: Person) -> None:
    project = await project_of(api)
    scan = {"scenes": [scene(f"s{n}", *["words"] * 40, order=n) for n in range(200)]}
    await rescanned(api, project, scan)
    path = f"/admin/projects/{project}/review"
    page = await sara.get(path)
    text = page.body.decode()
    assert len(text) < MOST_BYTES
    (url, *rest) = re.findall(r'data-url="([^"]+)"', text)
    assert len(rest) == 199
    part = (await sara.get(url.replace("&amp;", "&"))).body.decode()
    assert len(part) < MOST_BYTES
    assert part.count('name="pick"') == 41
    form = form_in(text, path)
    (second, third) = form.getall("whole")[1:3]
    form.popall("whole")
    form.add("whole", second)
    form.add("whole", third)
    form.add("opened", third)
    for one in re.findall(r'name="pick" value="([^"]+)"', part)[:3]:
        form.add("pick", one)
    first = re.search(r"group=([0-9a-f]+)", url)
    assert first is not None
    form.add("opened", first[1])
    answer = await sara.post(path, form)
    assert answer.code == 303, answer.body
    kept = await texts(api, project)
    assert {key: len(found) for key, found in kept.items()} == {"s0": 2, "s1": 40}
    (scene_id, *_) = [one["id"] for one in await rows(api, f"projects/{project}/scenes")][1:]
    for shown in (f"{path}", f"/admin/projects/{project}/scenes/{scene_id}"):
        answer = await sara.get(shown)
        assert (answer.code, len(answer.body) < MOST_BYTES) == (200, True), shown
