"""Every route against every kind of caller, made from the route table itself."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from orchestrator.api.route import KeyScope, NodeSigned, Public, Route, SignedUrl, Upload
from orchestrator.api.table import ROUTES
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.fonts import renamed
from tests.support.server import Answer, Api, another_tenant

OPEN = {"get_healthz", "get_readyz", "enrol_node"}
OF_THE_FARM = ("/v1/nodes",)
"""Nodes serve every tenant; what guards them is the scope operator."""
BODIES: dict[str, Any] = {
    "apply_import": {"version": "0" * 64},
    "create_scene": {"key": "k"},
    "create_svg_preview": {"file_id": str(uuid4())},
    "edit_svg_preview": {"keys": {}},
    "duplicate_project": {"aspect": "1:1"},
    "create_scene_element": {"key": "k", "layer": "l"},
    "create_scene_color": {"key": "k", "layer": "l"},
    "create_shared_color": {"key": "k"},
    "create_shared_control": {"key": "k"},
    "create_color_preset": {"title": "t", "colors": {}},
    "change_webhook": {"state": "paused"},
    "edit_settings": {"values": {"max_attempts": 4}},
    "repair_render": {"frames": "0"},
    "reset_scene": {"fields": ["title"]},
    "reset_scene_element": {"fields": ["title"]},
    "reset_scene_color": {"fields": ["title"]},
    "reset_shared_color": {"fields": ["title"]},
    "reset_shared_control": {"fields": ["title"]},
}
"""What a call must hold to be more than malformed."""
SCOPES = ("render", "template", "operator", "admin")


def filled(route: Route, ids: dict[str, str] | None = None) -> str:
    """Give the route's path with real ids where there are some, else with random ones."""
    path = route.plain_path
    for name, kind in route.parameters.items():
        value = {"uuid": str(uuid4()), "int": "1", "str": "video", "path": "a/b"}[kind]
        for prefix, real in (ids or {}).items():
            if kind == "uuid" and route.path.startswith(prefix):
                value = real
        path = path.replace(f"{{{name}}}", value)
    return path


async def send(api: Api, route: Route, path: str, body: Any = None) -> Answer:
    """Call a route with a body of the kind it takes."""
    if isinstance(route.body, Upload):
        return await api.upload(path, "x.png", b"x")
    if isinstance(route.body, type):
        return await api.call(route.method, path, json=body or BODIES.get(route.name, {}))
    return await api.call(route.method, path)


def named(routes: tuple[Route, ...]) -> list[Any]:
    """Make a test of each route, named by its handler."""
    return [pytest.param(route, id=route.name) for route in routes]


def test_only_health_and_enrolment_are_open() -> None:
    assert {route.name for route in ROUTES if isinstance(route.auth, Public)} == OPEN
    signed = {route.plain_path for route in ROUTES if isinstance(route.auth, SignedUrl)}
    assert signed == {"/v1/objects/{key}"}
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", named(ROUTES))
async def test_nothing_is_answered_without_credentials(api: Api, route: Route) -> None:
    answer = await send(api.with_key(None), route, filled(route))
    if route.name in OPEN:
        assert answer.code in {200, 422}
    elif isinstance(route.auth, SignedUrl):
        assert (answer.code, answer.json["code"]) == (403, "bad_signature")
    else:
        assert answer.code == 401, answer.json


@pytest.mark.parametrize("route", named(tuple(r for r in ROUTES if isinstance(r.auth, NodeSigned))))
async def test_an_api_key_is_no_node(api: Api, route: Route) -> None:
    assert (await send(api, route, filled(route))).code == 401


KEYED = tuple(r for r in ROUTES if isinstance(r.auth, KeyScope) and r.auth.scopes)


@pytest.mark.parametrize("route", named(KEYED))
async def test_a_key_with_every_other_scope_is_forbidden(api: Api, route: Route) -> None:
    assert isinstance(route.auth, KeyScope)
    others: Any = tuple(s for s in SCOPES if s not in route.auth.scopes and s != "admin")
    key = await make_key(api.deps.db, DEFAULT_TENANT, "matrix", others or ("render",))
    answer = await send(api.with_key(key.secret), route, filled(route))
    assert (answer.code, answer.json["code"]) == (403, "forbidden")


EDITED = ("/v1/scenes", "/v1/shared-colors", "/v1/shared-controls", "/v1/color-presets")


async def editor_row(api: Api, project: str, path: str) -> str:
    """Make one of the editor's rows in a project."""
    name = path.rpartition("/")[2]
    body = {"title": "t", "colors": {}} if name == "color-presets" else {"key": "k"}
    made = await api.call("POST", f"/v1/projects/{project}/{name}", json=body)
    return str(made.json["id"])


@pytest.fixture(scope="module")
async def ids(api: Api) -> dict[str, str]:
    """Make one of each thing for the first tenant: path prefix -> id."""
    key = await api.call("POST", "/v1/api-keys", json={"name": "k", "scopes": ["render"]})
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    file = await api.upload("/v1/files", "x.png", out.getvalue())
    project = (await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"]
    content = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="x"),)))
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)
    render = await api.call("POST", "/v1/renders", json={"project_id": project})
    scan = await api.call("POST", "/v1/template-scans", json={"project_id": project})
    asked = {"engine": "preview"}
    shots = await api.call("POST", f"/v1/scene-snapshots/{project}", json=asked)
    heard = await api.call("POST", "/v1/webhooks", json={"url": "https://hooks.invalid/x"})
    font = await api.upload("/v1/fonts", "x.ttf", renamed("Matrix-Regular"))
    announced = {"size_bytes": 9, "sha256": "0" * 64}
    upload = await api.call("POST", "/v1/uploads", json=announced)
    rows = {path: await editor_row(api, project, path) for path in EDITED}
    scene = rows["/v1/scenes"]
    for path, held in (("/v1/scene-elements", "elements"), ("/v1/scene-colors", "colors")):
        made = await api.call("POST", f"/v1/scenes/{scene}/{held}", json={"key": "k", "layer": "l"})
        rows[path] = made.json["id"]
    traced = {"file_id": file.json["id"]}
    preview = await api.call("POST", f"/v1/projects/{project}/svg-previews", json=traced)
    return {
        **rows,
        "/v1/svg-previews": preview.json["id"],
        "/v1/api-keys": key.json["key"]["id"],
        "/v1/files": file.json["id"],
        "/v1/fonts": font.json["id"],
        "/v1/webhooks": heard.json["webhook"]["id"],
        "/v1/uploads": upload.json["id"],
        "/v1/projects": project,
        "/v1/template-scans": project,
        "/v1/scene-snapshots": project,
        "/v1/snapshots": shots.json["data"][0]["id"],
        "/v1/template-scans/{id": scan.json["id"],
        "/v1/renders": render.json["id"],
    }


OWNED = tuple(
    r for r in KEYED if "uuid" in r.parameters.values() and not r.path.startswith(OF_THE_FARM)
)


@pytest.fixture(scope="module")
async def stranger(api: Api) -> Api:
    """Give the server as an admin of another tenant sees it."""
    return (await another_tenant(api))[1]


@pytest.mark.parametrize("route", named(OWNED))
async def test_another_tenants_things_do_not_exist(
    api: Api, stranger: Api, ids: dict[str, str], route: Route
) -> None:
    path = filled(route, ids)
    assert any(real in path for real in ids.values()), f"make one for {route.path} in `ids`"
    theirs = await send(stranger, route, path)
    nobodys = await send(stranger, route, filled(route))
    assert (theirs.code, theirs.json["code"]) == (404, "not_found")
    assert nobodys.code == 404
    assert theirs.json["title"] == nobodys.json["title"]


async def test_another_tenant_cannot_order_from_a_foreign_project(
    stranger: Api, ids: dict[str, str]
) -> None:
    order = {"project_id": ids["/v1/projects"]}
    assert (await stranger.call("POST", "/v1/renders", json=order)).code == 404


async def test_lists_show_nothing_of_another_tenant(stranger: Api, ids: dict[str, str]) -> None:
    for path in ("/v1/projects", "/v1/renders"):
        assert (await stranger.call("GET", path)).json["data"] == []
    keys = (await stranger.call("GET", "/v1/api-keys")).json["data"]
    assert ids["/v1/api-keys"] not in {key["id"] for key in keys}


def test_every_list_is_answered_as_data_and_meta() -> None:
    answers = {route.answer for route in ROUTES if isinstance(route.answer, type)}
    lists = [model for model in answers if set(model.model_fields) <= {"data", "meta"}]
    assert len(lists) > 3
    assert [model.__name__ for model in lists if "meta" not in model.model_fields] == ["Empty"]
