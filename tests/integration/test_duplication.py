"""A project is copied for another aspect, renamed and published, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec
from tests.support.server import Api, another_tenant


async def good(api: Api, method: str, path: str, **given: Any) -> Any:
    """Call, and give the answer of a call that went well."""
    answer = await api.call(method, path, **given)
    assert answer.code in {200, 201, 204}, (method, path, answer.json)
    return answer.json


async def reviewed(api: Api) -> str:
    """Make a project whose scan was imported, edited and given a preset."""
    project = (await good(api, "POST", "/v1/projects", json={"name": "Card"}))["id"]
    glow = LayerSpec("frd_glow", effects=(rifx.color_control("glow", (1, 2, 3)),))
    layers = (LayerSpec("frl_c1t1", text="Hi"), LayerSpec("frl_c2t1", text="b"), glow)
    shared = (LayerSpec("accent", text="255,0,0,255"), LayerSpec("layout", text="1"))
    content = rifx.comps(CompSpec("frfinal", layers), CompSpec("frshare", shared))
    assert (await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)).code == 201
    version = (await good(api, "POST", f"/v1/projects/{project}/scan/preview", json={}))["version"]
    await good(api, "POST", f"/v1/projects/{project}/scan/apply", json={"version": version})
    scenes = await rows(api, f"projects/{project}/scenes")
    await good(api, "PATCH", f"/v1/scenes/{scenes[0]['id']}", json={"title": "Mine"})
    await good(api, "DELETE", f"/v1/scenes/{scenes[1]['id']}")
    (accent,) = await rows(api, f"projects/{project}/shared-colors")
    (own,) = await rows(api, f"scenes/{scenes[2]['id']}/colors")
    follow = {"shared_color_id": accent["id"]}
    await good(api, "PATCH", f"/v1/scene-colors/{own['id']}", json=follow)
    preset = {"title": "Night", "colors": {"accent": "#00ff00"}}
    await good(api, "POST", f"/v1/projects/{project}/color-presets", json=preset)
    return str(project)


async def rows(api: Api, holder: str) -> list[Any]:
    """List rows."""
    return list((await good(api, "GET", f"/v1/{holder}"))["data"])


async def whole(api: Api, project: str) -> Any:
    """Give all rows of a project without their ids, and the ids apart."""
    scenes = await rows(api, f"projects/{project}/scenes")
    lists = [f"projects/{project}/{name}" for name in ("shared-colors", "shared-controls")]
    lists += [f"projects/{project}/color-presets"]
    lists += [f"scenes/{s['id']}/{name}" for s in scenes for name in ("elements", "colors")]
    found = [scenes, *[await rows(api, path) for path in lists]]
    ids = {row["id"] for listed in found for row in listed}
    own = ("id", "project_id", "scene_id", "shared_color_id")
    plain = [[{k: v for k, v in row.items() if k not in own} for row in one] for one in found]
    return plain, ids


async def test_a_copy_has_the_same_keys_and_edits_under_new_ids_and_no_bundle(api: Api) -> None:
    project = await reviewed(api)
    await good(api, "PATCH", f"/v1/projects/{project}", json={"state": "published"})
    made = await good(
        api, "POST", f"/v1/projects/{project}/duplicate", json={"width": 1080, "height": 1920}
    )
    source = await good(api, "GET", f"/v1/projects/{project}")
    assert (made["aspect"], made["width"], made["height"]) == ("9:16", 1080, 1920)
    assert (made["state"], made["bundle"], made["scanned_at"]) == ("draft", None, None)
    assert made["name"] == "Card"
    assert made["template_id"] == source["template_id"] is not None
    before, ids = await whole(api, project)
    after, new_ids = await whole(api, made["id"])
    assert after == before
    assert [scene["key"] for scene in after[0]] == ["c1", "frfinal"]
    assert after[0][0]["origins"]["title"] == "edited"
    assert not ids & new_ids
    (accent,) = await rows(api, f"projects/{made['id']}/shared-colors")
    scenes = await rows(api, f"projects/{made['id']}/scenes")
    (own,) = await rows(api, f"scenes/{scenes[1]['id']}/colors")
    assert own["shared_color_id"] == accent["id"]


async def test_a_second_copy_joins_the_same_container_and_a_repeated_call_makes_one(
    api: Api,
) -> None:
    project = await reviewed(api)
    path = f"/v1/projects/{project}/duplicate"
    body = {"aspect": "2:2", "name": "Square"}
    headers = {"Idempotency-Key": f"d-{project}"}
    first, again = [await good(api, "POST", path, json=body, headers=headers) for _ in range(2)]
    assert first == again
    assert (first["aspect"], first["name"]) == ("1:1", "Square")
    second = await good(api, "POST", path, json={"aspect": "4:5"})
    assert second["template_id"] == first["template_id"]


@pytest.mark.parametrize(
    "body",
    [{}, {"width": 100}, {"aspect": "1:1", "width": 8, "height": 8}, {"aspect": "0:1"}],
)
async def test_a_copy_without_one_clear_shape_is_refused(api: Api, body: Any) -> None:
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    answer = await api.call("POST", f"/v1/projects/{project}/duplicate", json=body)
    assert answer.code == 422


async def test_a_project_without_a_template_cannot_be_published(api: Api) -> None:
    project = (await good(api, "POST", "/v1/projects", json={"name": "p"}))["id"]
    path = f"/v1/projects/{project}"
    refused = await api.call("PATCH", path, json={"state": "published", "name": "x"})
    assert (refused.code, refused.json["code"]) == (409, "no_bundle")
    assert (await good(api, "GET", path))["name"] == "p"
    done = await good(api, "PATCH", path, json={"state": "archived", "name": "نو"})
    assert (done["state"], done["name"]) == ("archived", "نو")


async def test_another_tenant_copies_and_changes_nothing(api: Api) -> None:
    project = await reviewed(api)
    _, other = await another_tenant(api)
    copy = await other.call("POST", f"/v1/projects/{project}/duplicate", json={"aspect": "1:1"})
    assert copy.code == 404
    assert (await other.call("PATCH", f"/v1/projects/{project}", json={})).code == 404
    assert (await other.call("GET", "/v1/projects")).json["data"] == []
