"""Uploads in parts: over a cut, a crash and hostile senders, to the same end as a form."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import random
import signal
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from PIL import Image

from orchestrator.embedded import Cluster
from orchestrator.usecases.farm.janitor import clean
from orchestrator.usecases.keys.make import DEFAULT_TENANT, make_key
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.server import Answer, Api, another_tenant, left_over, serving

PART = 64 * 1024
PROGRAM = (
    "import asyncio, orchestrator.app as a, orchestrator.settings as s;"
    "asyncio.run(a.serve(s.Settings()))"
)


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module."""
    async with serving(postgres, template, tmp_path_factory, max_bundle_bytes=2_000_000) as served:
        yield served


def bundle(size_bytes: int = 300_000) -> bytes:
    """Write a zip of several parts; its filling cannot be packed."""
    out = io.BytesIO()
    aep = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="Hello"),), 640, 360))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr("a.aep", aep)
        made.writestr("(Footage)/Vazirmatn.TTF", b"font")
        made.writestr("filling.bin", random.Random(size_bytes).randbytes(size_bytes))
    return out.getvalue()


def sha(content: bytes) -> str:
    """Hash as the API writes it."""
    return hashlib.sha256(content).hexdigest()


def parts_of(content: bytes) -> dict[int, bytes]:
    """Cut content into parts by number."""
    starts = range(0, len(content), PART)
    return {number: content[at : at + PART] for number, at in enumerate(starts, 1)}


async def project_in(api: Api) -> str:
    """Make a project and give its id."""
    return str((await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"])


async def begin(api: Api, content: bytes, **given: Any) -> Answer:
    """Begin an upload of this content."""
    said = {"size_bytes": len(content), "sha256": sha(content), "part_size_bytes": PART}
    return await api.call("POST", "/v1/uploads", json={**said, **given})


async def send(api: Api, upload: str, number: int, content: bytes, **given: Any) -> Answer:
    """Send one part."""
    return await api.call("PUT", f"/v1/uploads/{upload}/parts/{number}", data=content, **given)


async def done(api: Api, upload: str) -> Answer:
    """Complete an upload."""
    return await api.call("POST", f"/v1/uploads/{upload}/complete")


async def test_parts_in_any_order_become_the_same_bundle_as_a_form_would(api: Api) -> None:
    content, project = bundle(), await project_in(api)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    begun = await begin(api, content, project_id=project, md5=md5, name="../قالب.zip")
    assert (begun.code, begun.json["name"], begun.json["parts_total"]) == (201, "قالب.zip", 5)
    upload = begun.json["id"]
    for number, part in reversed(parts_of(content).items()):
        answer = await send(api, upload, number, part)
        assert (answer.code, answer.json["sha256"]) == (200, sha(part))
    seen = (await api.call("GET", f"/v1/uploads/{upload}")).json
    assert (seen["parts_received"], seen["received_bytes"]) == ("1-5", len(content))
    ended = await done(api, upload)
    assert (ended.code, ended.json["upload"]["state"]) == (200, "completed")
    kept = ended.json["project"]["bundle"]
    assert (kept["md5"], kept["is_bundle"], kept["files"]) == (md5, True, 3)
    assert kept["fonts"] == ["(Footage)/Vazirmatn.TTF"]
    assert (await done(api, upload)).json == ended.json
    assert left_over(api) == []
    await clean(api.deps)
    assert not (api.data_dir / "objects" / "uploads" / str(DEFAULT_TENANT) / upload).exists()


async def test_a_picture_comes_in_parts_and_is_made_safe(api: Api) -> None:
    out = io.BytesIO()
    Image.frombytes("RGB", (200, 200), random.Random(1).randbytes(120_000)).save(out, "PNG")
    content = out.getvalue()
    upload = (await begin(api, content, name="x.png")).json["id"]
    for number, part in parts_of(content).items():
        await send(api, upload, number, part)
    ended = await done(api, upload)
    assert (ended.code, ended.json["file"]["kind"], ended.json["file"]["width"]) == (
        200,
        "image",
        200,
    )
    assert (await api.call("GET", f"/v1/files/{upload}")).json == ended.json["file"]


async def test_presigned_parts_go_to_the_storage_itself(api: Api) -> None:
    content, project = bundle(200_000), await project_in(api)
    begun = await begin(api, content, project_id=project, method="presigned")
    upload, parts = begun.json["id"], parts_of(content)
    early = await done(api, upload)
    assert (early.code, early.json["code"]) == (409, "parts_missing")
    asked = [{"number": number, "sha256": sha(part)} for number, part in parts.items()]
    path = f"/v1/uploads/{upload}/addresses"
    answer = await api.call("POST", path, json={"parts": asked})
    nobody = api.with_key(None)
    for address in answer.json["data"]:
        part = parts[address["number"]]
        assert address["size_bytes"] == len(part)
        wrong = await nobody.call("PUT", address["url"], data=part[::-1])
        assert (wrong.code, wrong.json["code"]) == (422, "hash_mismatch")
        right = await nobody.call("PUT", address["url"], data=part, headers=address["headers"])
        assert right.code == 200
    ended = await done(api, upload)
    assert ended.json["project"]["bundle"]["sha256"] == sha(content)
    outside = await api.call("POST", path, json={"parts": asked[:1]})
    assert (outside.code, outside.json["code"]) == (409, "upload_over")


async def test_hostile_parts_are_refused_each_with_its_code(api: Api) -> None:
    content = bundle(100_000)
    parts = parts_of(content)
    upload = (await begin(api, content, project_id=await project_in(api))).json["id"]
    assert (await send(api, upload, 1, parts[1])).code == 200
    for number, part, query, told in (
        (1, parts[1][::-1], "", (409, "object_exists")),
        (2, parts[2] + b"x", "", (400, "size_mismatch")),
        (2, parts[2][:-1], "", (400, "size_mismatch")),
        (2, parts[2], f"?sha256={'0' * 64}", (422, "hash_mismatch")),
        (0, b"x", "", (422, "no_such_part")),
        (3, b"x", "", (422, "no_such_part")),
        (10**9, b"x", "", (422, "no_such_part")),
    ):
        path = f"/v1/uploads/{upload}/parts/{number}{query}"
        answer = await api.call("PUT", path, data=part)
        assert (answer.code, answer.json["code"]) == told, (number, query)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield bytes(PART)

    answer = await send(api, upload, 2, endless())  # type: ignore[arg-type]
    assert (answer.code, answer.json["code"]) == (413, "too_large")
    seen = (await api.call("GET", f"/v1/uploads/{upload}")).json
    assert (seen["parts_received"], seen["received_bytes"]) == ("1", PART)
    missing = await done(api, upload)
    assert (missing.code, missing.json["code"]) == (409, "parts_missing")
    assert "2" in missing.json["detail"]
    assert left_over(api) == []


async def test_what_cannot_be_begun_is_said_at_once(api: Api) -> None:
    content, project = bundle(), await project_in(api)
    large = await begin(api, content, project_id=project, size_bytes=3_000_000)
    assert (large.code, large.json["code"]) == (413, "too_large")
    many = await begin(api, content, size_bytes=500 * 2**20 + PART * 10_000)
    assert many.code in {413, 422}
    nowhere = await begin(api, content, project_id=str(uuid4()))
    assert nowhere.code == 404
    resumable = (await begin(api, content, project_id=project)).json["id"]
    path = f"/v1/uploads/{resumable}/addresses"
    other = await api.call("POST", path, json={"parts": [{"number": 1, "sha256": "0" * 64}]})
    assert (other.code, other.json["code"]) == (422, "not_presigned")


async def test_other_bytes_than_announced_refuse_the_upload_for_good(api: Api) -> None:
    content, project = bundle(100_000), await project_in(api)
    for given, code in (
        ({"sha256": "0" * 64}, "hash_mismatch"),
        ({"md5": "0" * 32}, "hash_mismatch"),
    ):
        upload = (await begin(api, content, project_id=project, **given)).json["id"]
        for number, part in parts_of(content).items():
            await send(api, upload, number, part)
        ended = await done(api, upload)
        assert (ended.code, ended.json["code"]) == (422, code)
        seen = (await api.call("GET", f"/v1/uploads/{upload}")).json
        assert (seen["state"], seen["refusal"]["code"]) == ("refused", code)
        again = await done(api, upload)
        assert (again.code, again.json["code"]) == (409, "upload_over")
    no_zip = b"this is no project" * 5000
    upload = (await begin(api, no_zip, project_id=project)).json["id"]
    for number, part in parts_of(no_zip).items():
        await send(api, upload, number, part)
    assert (await done(api, upload)).json["code"] == "not_a_bundle"
    assert (await api.call("GET", f"/v1/projects/{project}")).json["bundle"] is None
    assert left_over(api) == []


async def test_an_upload_that_was_given_up_or_took_too_long_takes_nothing(api: Api) -> None:
    content = bundle(100_000)
    uploads = []
    for _ in range(2):
        upload = (await begin(api, content)).json["id"]
        await send(api, upload, 1, parts_of(content)[1])
        uploads.append(upload)
    connection = await asyncpg.connect(api.dsn)
    await connection.execute(
        "UPDATE file_mgr.upload_sessions SET created_at = now() - interval '2 days',"
        " expires_at = now() - interval '1 second' WHERE id = $1",
        uploads[0],
    )
    await connection.close()
    late = await send(api, uploads[0], 2, parts_of(content)[2])
    assert (late.code, late.json["code"]) == (409, "upload_over")
    assert (await api.call("POST", f"/v1/uploads/{uploads[1]}/abort")).json["state"] == "aborted"
    assert (await done(api, uploads[1])).json["code"] == "upload_over"
    await clean(api.deps)
    assert (await api.call("GET", f"/v1/uploads/{uploads[0]}")).json["state"] == "expired"
    for upload in uploads:
        key = f"uploads/{DEFAULT_TENANT}/{upload}/1"
        assert await api.deps.objects.stat(key) is None


async def test_another_tenants_upload_does_not_exist(api: Api) -> None:
    content = bundle(100_000)
    upload = (await begin(api, content)).json["id"]
    _, stranger = await another_tenant(api)
    for method, path in (
        ("GET", f"/v1/uploads/{upload}"),
        ("PUT", f"/v1/uploads/{upload}/parts/1"),
        ("POST", f"/v1/uploads/{upload}/complete"),
        ("POST", f"/v1/uploads/{upload}/abort"),
    ):
        assert (await stranger.call(method, path)).code == 404, path
    project = await project_in(api)
    assert (await begin(stranger, content, project_id=project)).code == 404
    assert (await api.call("GET", f"/v1/uploads/{upload}")).json["state"] == "open"


async def test_a_key_for_renders_sends_files_and_no_templates(api: Api) -> None:
    content, project = bundle(100_000), await project_in(api)
    key = await make_key(api.deps.db, DEFAULT_TENANT, "r", ("render",))
    renderer = api.with_key(key.secret)
    assert (await begin(renderer, content, project_id=project)).code == 403
    assert (await begin(renderer, content)).code == 201
    upload = (await begin(api, content, project_id=project)).json["id"]
    assert (await send(renderer, upload, 1, b"x")).code == 403
    assert (await done(renderer, upload)).code == 403


async def test_a_tenant_stores_no_more_than_its_quota_whatever_the_way(api: Api) -> None:
    tenant, other = await another_tenant(api)
    content = bundle(150_000)
    project = await project_in(other)
    sent = await other.upload(f"/v1/projects/{project}/bundle", "x.zip", content)
    assert sent.code == 201
    use = (await other.call("GET", "/v1/storage")).json
    assert (use["bytes_used"], use["files_used"], use["bytes_max"]) == (len(content), 1, None)
    smaller = bundle(90_000)
    await other.upload(f"/v1/projects/{project}/bundle", "x.zip", smaller)
    connection = await asyncpg.connect(api.dsn)
    await connection.execute(
        "UPDATE file_mgr.quotas SET bytes_max = $2, files_max = 2 WHERE tenant_id = $1",
        tenant,
        len(smaller) + 120_000,
    )
    await connection.close()
    second = await project_in(other)
    over = await other.upload(f"/v1/projects/{second}/bundle", "x.zip", content)
    assert (over.code, over.json["code"]) == (413, "quota_bytes")
    begun = await begin(other, content)
    assert (begun.code, begun.json["code"]) == (413, "quota_bytes")
    assert (await begin(other, smaller)).code == 201
    under_way = await begin(other, smaller)
    assert (under_way.code, under_way.json["code"]) == (413, "quota_bytes")
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    codes = [(await other.upload("/v1/files", "x.png", out.getvalue())).code for _ in range(2)]
    assert codes == [201, 429]
    use = (await other.call("GET", "/v1/storage")).json
    assert use["files_used"] == 2
    assert len(smaller) < use["bytes_used"] < len(smaller) + 1000


async def test_a_replaced_bundle_is_still_there_for_who_leased_the_former(api: Api) -> None:
    project = await project_in(api)
    first, second = bundle(70_000), bundle(80_000)
    await api.upload(f"/v1/projects/{project}/bundle", "x.zip", first)
    link = await api.call("GET", f"/v1/projects/{project}/bundle/content")
    await api.upload(f"/v1/projects/{project}/bundle", "x.zip", second)
    old = await api.with_key(None).call("GET", link.headers["Location"])
    assert sha(old.body) == sha(first)
    now = (await api.call("GET", f"/v1/projects/{project}/bundle")).json
    assert now["sha256"] == sha(second)
    assert (now["size_bytes"], now["fonts"]) == (len(second), ["(Footage)/Vazirmatn.TTF"])


async def _serve(dsn: str, data_dir: Path, port: int) -> asyncio.subprocess.Process:
    """Start a server process and wait until it is ready."""
    env = {
        **os.environ,
        "FLATRENDER_DATABASE_URL": dsn,
        "FLATRENDER_DATA_DIR": str(data_dir),
        "FLATRENDER_PORT": str(port),
        "FLATRENDER_LOG_LEVEL": "error",
    }
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, env=env)
    async with asyncio.timeout(60), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return child
            except aiohttp.ClientError:
                assert child.returncode is None
            await asyncio.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
async def test_an_upload_goes_on_where_a_killed_server_left_it(
    api: Api, tmp_path: Path, port: int
) -> None:
    content = bundle(1_000_000)
    parts, project = parts_of(content), await project_in(api)
    base, http = f"http://127.0.0.1:{port}", api.http
    far = Api(http, base, api.key, api.deps, api.dsn)
    server = await _serve(api.dsn, tmp_path, port)
    upload = (await begin(far, content, project_id=project)).json["id"]
    number = 0
    for number in range(1, 6):
        assert (await send(far, upload, number, parts[number])).code == 200

    async def half() -> AsyncIterator[bytes]:
        yield parts[6][: PART // 2]
        server.send_signal(signal.SIGKILL)
        await server.wait()

    with pytest.raises(aiohttp.ClientError):
        await send(far, upload, 6, half())  # type: ignore[arg-type]
    assert await server.wait() == -signal.SIGKILL
    server = await _serve(api.dsn, tmp_path, port)
    try:
        seen = (await far.call("GET", f"/v1/uploads/{upload}")).json
        assert (seen["state"], seen["parts_received"]) == ("open", "1-5")
        for number in range(6, len(parts) + 1):
            assert (await send(far, upload, number, parts[number])).code == 200
        ended = await done(far, upload)
        assert ended.code == 200
        assert ended.json["project"]["bundle"]["sha256"] == sha(content)
    finally:
        server.kill()
        await server.wait()
