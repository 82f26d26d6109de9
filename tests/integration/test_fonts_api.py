"""Fonts of tenants over HTTP: read, kept, ordered, laid into grants, told of by nodes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.embedded import Cluster
from orchestrator.usecases.fonts.keep import note_of_node
from orchestrator.wire.content.fonts import NodeFont, NodeFontsReport
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import Farm
from tests.support.fonts import crowded, renamed
from tests.support.server import Answer, Api, another_tenant, serving

TEMPLATE = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", kind=3, text="x"),)))


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served


@pytest.fixture
async def farm(api: Api) -> AsyncIterator[Farm]:
    look = await asyncpg.connect(api.dsn)
    await look.execute("DELETE FROM render.task_queue")
    yield Farm(api.deps, look)
    await look.close()


async def send(api: Api, content: bytes, name: str = "x.ttf") -> Answer:
    return await api.upload("/v1/fonts", name, content)


async def project_of(api: Api, content: bytes, name: str) -> str:
    made = await api.call("POST", "/v1/projects", json={"name": f"p-{uuid4()}"})
    sent = await api.upload(f"/v1/projects/{made.json['id']}/bundle", name, content)
    assert sent.code == 201, sent.json
    return str(made.json["id"])


async def order(api: Api, project: str, font: str, **more: Any) -> Answer:
    value = {"key": "t1", "value": "y", "font": font}
    body = {
        "project_id": project,
        "engine": "preview",
        "scenes": [{"key": "c1", "values": [value]}],
        **more,
    }
    return await api.call("POST", "/v1/renders", json=body)


async def test_a_font_is_read_kept_listed_and_deleted(api: Api) -> None:
    content = renamed("Kept-Regular", "Kept فونت")
    sent = await send(api, content)
    assert (sent.code, sent.json["postscript_name"], sent.json["names"]) == (
        201,
        "Kept-Regular",
        ["Kept-Regular"],
    )
    assert (sent.json["family"], sent.json["format"]) == ("Kept فونت", "ttf")
    assert sent.json["sha256"] == hashlib.sha256(content).hexdigest()
    listed = await api.call("GET", "/v1/fonts")
    assert sent.json["id"] in [one["id"] for one in listed.json["data"]]
    again = await send(api, content)
    assert (again.code, again.json["code"]) == (409, "font_exists")
    path = f"/v1/fonts/{sent.json['id']}"
    assert (await api.call("DELETE", path)).code == 200
    assert (await api.call("GET", path)).code == 404
    assert (await api.call("DELETE", path)).code == 404
    assert (await send(api, content)).code == 201


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"not a font at all", "no font"),
        (b"wOFF" + b"\0" * 60, "web font"),
        (b"\x00\x01\x00\x00" + b"\xff" * 200, "damaged"),
        (b"ttcf\x00\x01\x00\x00\xff\xff\xff\xff" + b"\0" * 50, "damaged"),
    ],
    ids=["junk", "web font", "table of lies", "collection of lies"],
)
async def test_what_is_no_font_is_refused_by_name(api: Api, content: bytes, word: str) -> None:
    answer = await send(api, content)
    assert (answer.code, answer.json["code"]) == (422, "bad_font")
    assert word in answer.json["detail"]


async def test_a_collection_with_endless_names_is_refused_and_not_an_error(api: Api) -> None:
    answer = await send(api, crowded(64, "ن" * 200), "x.ttc")
    assert (answer.code, answer.json["code"]) == (422, "bad_font")
    assert "more names" in answer.json["detail"]


async def test_a_font_cut_short_is_refused_or_has_its_names(api: Api) -> None:
    whole = renamed("Cut-Regular")
    for size in (12, 100, 1000, len(whole) // 2):
        assert (await send(api, whole[:size])).code in {201, 409, 422}


async def test_an_order_may_name_the_tenants_fonts_and_no_other(api: Api, farm: Farm) -> None:
    project = await project_of(api, TEMPLATE, "t.aep")
    refused = await order(api, project, "Ordered-Regular")
    assert refused.code == 422
    assert [one["code"] for one in refused.json["problems"]] == ["unknown_font"]
    sent = await send(api, renamed("Ordered-Regular"))
    for plan in ("single", "split"):
        taken = await order(api, project, "Ordered-Regular", plan=plan)
        assert taken.code == 201, taken.json
    agent = await farm.node(slots=2)
    grants = await agent.claim(slots=2)
    assert sorted(grant.spec.kind for grant in grants) == ["bind", "render"]
    for grant in grants:
        (font,) = grant.inputs
        assert (font.path, font.sha256) == (
            f"fonts/{sent.json['sha256'][:16]}.ttf",
            sent.json["sha256"],
        )
    _, other = await another_tenant(api)
    theirs = await project_of(other, TEMPLATE, "t.aep")
    assert (await order(other, theirs, "Ordered-Regular")).code == 422


async def test_fonts_in_a_bundle_are_named_and_not_sent_twice(api: Api, farm: Farm) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("t/t.aep", TEMPLATE)
        bundle.writestr("t/fonts/own.ttf", renamed("Bundled-Regular"))
        bundle.writestr("t/fonts/broken.otf", b"OTTO" + b"\xff" * 64)
    project = await project_of(api, out.getvalue(), "t.zip")
    await send(api, renamed("Bundled-Regular"))
    assert (await order(api, project, "Bundled-Regular")).code == 201
    agent = await farm.node()
    (grant,) = await agent.claim()
    assert grant.inputs == ()


async def test_nodes_tell_what_became_of_a_font(api: Api, farm: Farm) -> None:
    sent = (await send(api, renamed("Told-Regular"))).json
    good, bad, silent = [await farm.node(name) for name in ("a-good", "b-bad", "c-silent")]
    for agent, state, message in ((good, "installed", None), (bad, "failed", "the disk is full")):
        font = NodeFont(sha256=sent["sha256"], state=state, message=message)  # type: ignore[arg-type]
        unknown = NodeFont(sha256="0" * 64, state="installed")
        report = NodeFontsReport(fonts=(font, unknown))
        await note_of_node(api.deps, agent.node_id, report)
        await note_of_node(api.deps, agent.node_id, report)
    answer = await api.call("GET", f"/v1/fonts/{sent['id']}/nodes")
    told = {one["node_name"]: (one["state"], one["message"]) for one in answer.json["data"]}
    assert told["a-good"] == ("installed", None)
    assert told["b-bad"] == ("failed", "the disk is full")
    assert told["c-silent"] == ("pending", None)
    assert silent.node_id


async def test_a_scan_brings_the_fonts_that_the_template_names(api: Api, farm: Farm) -> None:
    project = await project_of(api, TEMPLATE, "t.aep")
    quick = await api.call("POST", f"/v1/template-scans/{project}/quick")
    (name,) = quick.json["fonts"]
    sent = await send(api, renamed(name))
    assert sent.code == 201, sent.json
    await api.call("POST", "/v1/template-scans", json={"project_id": project, "engine": "preview"})
    agent = await farm.node()
    (grant,) = await agent.claim()
    assert (grant.spec.kind, [one.sha256 for one in grant.inputs]) == (
        "scan",
        [sent.json["sha256"]],
    )


async def test_what_is_refused_for_its_name_or_the_quota_stays_nowhere(api: Api) -> None:
    tenant, other = await another_tenant(api)
    kept = await send(other, renamed("Kept-Regular"))
    assert kept.code == 201
    folder = api.data_dir / "objects" / "fonts" / str(tenant)
    before = sorted(path.name for path in folder.rglob("*"))
    assert before

    twin = await send(other, renamed("Kept-Regular", "Another"))
    assert (twin.code, twin.json["code"]) == (409, "font_exists")
    look = await asyncpg.connect(api.dsn)
    await look.execute(
        "UPDATE file_mgr.quotas SET files_max = files_used WHERE tenant_id = $1", tenant
    )
    await look.close()
    full = await send(other, renamed("More-Regular"))
    assert (full.code, full.json["code"]) == (429, "quota_files")

    assert sorted(path.name for path in folder.rglob("*")) == before
