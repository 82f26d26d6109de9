"""Projects, their bundles and quick scans, over HTTP."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.embedded import Cluster
from orchestrator.usecases.fonts.read import MAX_FONTS
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.server import Api, another_tenant, left_over, serving


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module."""
    async with serving(postgres, template, tmp_path_factory, max_bundle_bytes=500_000) as served:
        yield served


def template(title: str = "Hello") -> bytes:
    """Write a small project of mode fix."""
    return comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text=title),), 640, 360))


def packed(**files: bytes) -> bytes:
    """Write a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "."), content)
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    """Write a zip of files by their paths."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def small_projects(samples: Path) -> list[Path]:
    """Give a few real projects that are read in no time."""
    files = sorted(path for path in samples.iterdir() if path.suffix in {".aep", ".zip"})
    return [path for path in files if path.stat().st_size < 200_000][:5]


async def make(api: Api, **given: Any) -> str:
    """Make a project and give its id."""
    answer = await api.call("POST", "/v1/projects", json={"name": "قالب", **given})
    assert answer.code == 201
    return str(answer.json["id"])


async def test_a_template_is_uploaded_scanned_and_downloaded_again(api: Api) -> None:
    project = await make(api)
    before = await api.call("GET", f"/v1/projects/{project}/bundle")
    assert (before.code, before.json["code"]) == (409, "no_bundle")
    scan = await api.call("POST", f"/v1/template-scans/{project}/quick")
    assert (scan.code, scan.json["code"]) == (409, "no_bundle")

    content = template()
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)
    assert sent.code == 201
    bundle = sent.json["bundle"]
    assert bundle["md5"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert (bundle["is_bundle"], bundle["size_bytes"], bundle["files"]) == (False, len(content), 1)

    scan = await api.call("POST", f"/v1/template-scans/{project}/quick")
    assert scan.code == 200
    assert (scan.json["mode"], scan.json["final_comp"]) == ("fix", "frfinal")
    described = (await api.call("GET", f"/v1/projects/{project}")).json
    assert (described["width"], described["height"]) == (640, 360)
    assert described["fps"] == {"num": 25, "den": 1}
    assert described["mode"] == "fix"

    link = await api.call("GET", f"/v1/projects/{project}/bundle/content")
    assert link.code == 303
    assert (await api.with_key(None).call("GET", link.headers["Location"])).body == content


async def test_a_bundle_that_the_storage_lost_is_said_with_what_to_do(api: Api) -> None:
    project = await make(api)
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x.aep", template("lost"))
    md5 = sent.json["bundle"]["md5"]
    for folder in (api.data_dir / "objects").rglob(md5):
        shutil.rmtree(folder)
    scan = await api.call("POST", f"/v1/template-scans/{project}/quick")
    assert (scan.code, scan.json["code"]) == (409, "bundle_missing")
    assert "Upload it again" in scan.json["detail"]
    assert left_over(api) == []


async def test_a_projects_own_mode_is_what_it_is_scanned_in_unless_another_is_asked_for(
    api: Api,
) -> None:
    project = await make(api, mode="free")
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", template())
    quick = f"/v1/template-scans/{project}/quick"
    own = (await api.call("POST", quick)).json
    assert (own["mode"], own["mode_detected"], own["scenes"][0]["key"]) == (
        "free",
        "fix",
        "frfinal",
    )
    assert (await api.call("POST", f"{quick}?mode=fix")).json["mode"] == "fix"
    assert (await api.call("POST", quick)).json["mode"] == "free"


async def test_a_quick_scan_gives_the_whole_result_and_the_same_one_again(api: Api) -> None:
    project = await make(api)
    intro = CompSpec("frc_intro", (LayerSpec("frl_title", text="سلام"),), markers=((0.5, "fr_in"),))
    content = rifx.comps(intro, CompSpec("flatrender"))
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", content)
    quick = f"/v1/template-scans/{project}/quick"
    first = await api.call("POST", quick)
    assert first.json == json.loads(scan_project(aep.read(content)).model_dump_json())
    assert first.json["scenes"][0]["protected_in_s"] == 0.5
    kept = (await api.call("GET", f"/v1/projects/{project}")).json
    again = await api.call("POST", quick)
    assert again.json == first.json
    described = (await api.call("GET", f"/v1/projects/{project}")).json
    moved = {"scanned_at", "updated_at"}
    assert {k: v for k, v in described.items() if k not in moved} == {
        k: v for k, v in kept.items() if k not in moved
    }


async def test_a_zip_is_kept_once_and_a_new_template_drops_the_old_scan(api: Api) -> None:
    first, second = await make(api), await make(api)
    content = packed(a__aep=template(), readme__txt=b"hello")
    for project in (first, second, first):
        sent = await api.upload(f"/v1/projects/{project}/bundle", "x.zip", content)
        assert (sent.code, sent.json["bundle"]["aep_path"]) == (201, "a.aep")
    assert len(list((api.data_dir / "objects").rglob("bundle.zip"))) == 1
    await api.call("POST", f"/v1/template-scans/{first}/quick?mode=free")
    assert (await api.call("GET", f"/v1/projects/{first}")).json["mode"] == "free"
    other = await api.upload(f"/v1/projects/{first}/bundle", "x.aep", template("Other"))
    assert (other.json["scanned_at"], other.json["width"]) == (None, None)


def with_footage(path: str) -> bytes:
    """Write a project that shows one footage item, and has another that nothing shows."""
    comp = CompSpec("frfinal", (LayerSpec("a", source_id=9),))
    unseen = rifx.footage(10, "C:/never/shown.png")
    return comps(comp, extra=(rifx.footage(9, path, "logo"), unseen))


@pytest.mark.parametrize(
    ("path", "there", "told"),
    [
        ("C:\\Work\\logo.png", {"T/logo.png": b"x"}, []),
        ("(Footage)/logo.png", {"logo.txt": b"x"}, [("footage_missing", "logo")]),
        ("/Users/x/logo.png", {"logo.jpg": b"x"}, [("footage_missing", "logo")]),
        ("/Users/x/logo.png", None, [("footage_missing", "logo")]),
    ],
)
async def test_footage_that_the_bundle_lacks_is_told_at_upload(
    api: Api, path: str, there: dict[str, bytes] | None, told: list[tuple[str, str]]
) -> None:
    project, content = await make(api), with_footage(path)
    if there is not None:
        content = zipped({"a.aep": content, **there})
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x", content)
    assert sent.code == 201
    problems = sent.json["bundle"]["problems"]
    assert [(one["code"], one["place"]) for one in problems] == told
    assert all(path in one["message"] for one in problems)
    again = await api.call("GET", f"/v1/projects/{project}/bundle")
    assert again.json["problems"] == problems


async def test_footage_on_a_file_server_is_refused_at_upload_by_name(api: Api) -> None:
    project = await make(api)
    content = zipped({"a.aep": with_footage("\\\\srv\\share\\logo.png"), "logo.png": b"x"})
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x.zip", content)
    assert (sent.code, sent.json["code"]) == (422, "footage_network")
    assert "\\\\srv\\share" in sent.json["detail"]
    assert (await api.call("GET", f"/v1/projects/{project}")).json["bundle"] is None
    assert left_over(api) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"this is no project", "not_a_bundle"),
        (template()[:300], "bad_aep"),
        (packed(readme__txt=b"x"), "no_project"),
        (packed(a__aep=template(), b__aep=template("b")), "two_projects"),
        (b"", "empty_file"),
    ],
)
async def test_a_bad_template_is_refused_with_its_code_and_leaves_nothing(
    api: Api, content: bytes, code: str
) -> None:
    project = await make(api)
    answer = await api.upload(f"/v1/projects/{project}/bundle", "x.zip", content)
    if answer.code == 201:
        answer = await api.call("POST", f"/v1/template-scans/{project}/quick")
    assert answer.code in {400, 422}
    assert answer.json["code"] == code
    assert answer.json["detail"].endswith(".")
    assert "Traceback" not in answer.body.decode()
    assert left_over(api) == []


async def test_a_bundle_of_fonts_alone_does_not_fill_every_answer(api: Api) -> None:
    files = {f"fonts/{number}.ttf": b"x" for number in range(MAX_FONTS + 5)}
    project = await make(api)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        bundle.writestr("a.aep", template())
        for name, data in files.items():
            bundle.writestr(name, data)
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x.zip", content.getvalue())
    assert (sent.code, len(sent.json["bundle"]["fonts"])) == (201, MAX_FONTS)


async def test_a_template_over_the_limit_is_refused(api: Api) -> None:
    project = await make(api)
    answer = await api.upload(f"/v1/projects/{project}/bundle", "x.zip", bytes(600_000))
    assert (answer.code, answer.json["code"]) == (413, "too_large")


async def test_lists_come_in_pages_newest_first(api: Api) -> None:
    made = [await make(api, name=f"p{n}") for n in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = (await api.call("GET", f"/v1/projects?limit=2{cursor}")).json
        seen += [one["id"] for one in page["data"]]
        cursor = f"&cursor={page['meta']['next_cursor']}"
    assert seen[:5] == made[::-1]
    last = (await api.call("GET", "/v1/projects?limit=200")).json
    assert last["meta"]["next_cursor"] is None
    for bad in ("%FF", "abc", "MTIzfA", "x" * 201):
        assert (await api.call("GET", f"/v1/projects?cursor={bad}")).code == 400, bad
    assert (await api.call("GET", "/v1/projects?limit=0")).code == 400


async def test_another_tenants_project_does_not_exist(api: Api) -> None:
    project = await make(api)
    await api.upload(f"/v1/projects/{project}/bundle", "x.aep", template())
    _, other = await another_tenant(api)
    for method, path in (
        ("GET", f"/v1/projects/{project}"),
        ("GET", f"/v1/projects/{project}/bundle"),
        ("GET", f"/v1/projects/{project}/bundle/content"),
        ("POST", f"/v1/template-scans/{project}/quick"),
    ):
        assert (await other.call(method, path)).code == 404, path
    refused = await other.upload(f"/v1/projects/{project}/bundle", "x.aep", template("evil"))
    assert refused.code == 404
    assert (await other.call("GET", "/v1/projects")).json["data"] == []


async def test_a_repeated_creating_call_answers_the_same(api: Api) -> None:
    headers = {"Idempotency-Key": "p1"}
    first = await api.call("POST", "/v1/projects", json={"name": "a"}, headers=headers)
    again = await api.call("POST", "/v1/projects", json={"name": "a"}, headers=headers)
    assert (again.code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    listed = (await api.call("GET", "/v1/projects")).json["data"]
    assert [one["id"] for one in listed].count(first.json["id"]) == 1


async def test_every_real_project_gives_a_scan_or_a_clear_sentence(api: Api, samples: Path) -> None:
    for path in small_projects(samples):
        project = await make(api, name=path.name)
        sent = await api.upload(f"/v1/projects/{project}/bundle", path.name, path.read_bytes())
        assert sent.code == 201, (path.name, sent.json)
        scan = await api.call("POST", f"/v1/template-scans/{project}/quick")
        assert scan.code in {200, 422}, (path.name, scan.json)
