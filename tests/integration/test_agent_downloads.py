"""A bundle's download goes on after a cut, another try and a killed agent, and is never wrong."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from node_agent.errors import RetryLater
from node_agent.report.client import Client, Credentials
from node_agent.report.fetch import Wanted
from orchestrator.wire.tasks import BundleRef
from tests.fakes.farm_server import NODE_ID, SECRET, FarmServer

CONTENT = bytes(range(256)) * 4096
HALF = len(CONTENT) // 2


@pytest.fixture
async def farm() -> AsyncIterator[FarmServer]:
    farm = FarmServer()
    farm.objects["bundle"] = CONTENT
    async with TestServer(farm.app()) as server:
        farm.url = str(server.make_url("")).rstrip("/")
        yield farm


@pytest.fixture
async def client(farm: FarmServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, farm.url, Credentials(NODE_ID, 1, SECRET))


@pytest.fixture
def asked(farm: FarmServer) -> list[str]:
    """Write down from where each download was asked for."""
    found: list[str] = []

    async def rule(request: web.Request) -> None:
        found.append(request.headers.get("Range", "all"))

    farm.rules.append(rule)
    return found


def ref(content: bytes = CONTENT) -> BundleRef:
    return BundleRef(
        md5=hashlib.md5(content).hexdigest(), sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content), is_bundle=True, aep_path="a.aep", url="/v1/objects/bundle",
    )  # fmt: skip


def left(folder: Path, content: bytes, name: str = "bundle.part") -> Path:
    """Leave a file as a killed agent does; give where the bundle is wanted."""
    (folder / name).write_bytes(content)
    return folder / "bundle"


async def fetched(client: Client, target: Path) -> bytes:
    async with asyncio.timeout(60):
        await client.fetch_bundle(ref(), target)
    return only(target)


def only(target: Path) -> bytes:
    """Read the file, which must be alone."""
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    return target.read_bytes()


async def test_what_a_killed_agent_fetched_is_not_fetched_again(
    client: Client, asked: list[str], tmp_path: Path
) -> None:
    assert await fetched(client, left(tmp_path, CONTENT[:HALF])) == CONTENT
    assert asked == [f"bytes={HALF}-"]


@pytest.mark.parametrize("name", ["bundle.part", "bundle"])
async def test_a_whole_file_that_a_killed_agent_left_is_only_hashed(
    client: Client, asked: list[str], tmp_path: Path, name: str
) -> None:
    assert await fetched(client, left(tmp_path, CONTENT, name)) == CONTENT
    assert asked == []


@pytest.mark.parametrize(
    "wrong", [b"x" * HALF, b"x" * len(CONTENT), CONTENT + b"more"], ids=["part", "whole", "longer"]
)
async def test_a_wrong_rest_is_thrown_away_and_fetched_anew(
    client: Client, asked: list[str], tmp_path: Path, wrong: bytes
) -> None:
    assert await fetched(client, left(tmp_path, wrong)) == CONTENT
    assert asked[-1] == "all"


async def test_another_range_than_the_one_asked_for_is_not_taken(
    farm: FarmServer, client: Client, asked: list[str], tmp_path: Path
) -> None:
    async def shifted(request: web.Request) -> web.Response | None:
        if "Range" not in request.headers:
            return None
        span = f"bytes {HALF - 1}-{len(CONTENT) - 1}/{len(CONTENT)}"
        return web.Response(status=206, body=CONTENT[HALF:], headers={"Content-Range": span})

    farm.rules.append(shifted)
    assert await fetched(client, left(tmp_path, CONTENT[:HALF])) == CONTENT
    assert asked == [f"bytes={HALF}-", "all"]


async def test_a_rest_that_the_storage_knows_no_more_begins_anew(
    farm: FarmServer, client: Client, asked: list[str], tmp_path: Path
) -> None:
    async def shorter(request: web.Request) -> web.Response | None:
        return web.Response(status=416) if "Range" in request.headers else None

    farm.rules.append(shorter)
    assert await fetched(client, left(tmp_path, CONTENT[:HALF])) == CONTENT
    assert asked == [f"bytes={HALF}-", "all"]


async def test_what_came_before_patience_ended_stays_for_the_next_try(
    farm: FarmServer, client: Client, asked: list[str], tmp_path: Path
) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        start = request.http_range.start or 0
        head = {"Content-Length": str(len(CONTENT) - start)}
        if start:
            head["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        answer = web.StreamResponse(status=206 if start else 200, headers=head)
        await answer.prepare(request)
        await answer.write(CONTENT[start : start + 1000])
        assert request.transport is not None
        request.transport.close()
        return answer

    farm.rules.append(cut)  # type: ignore[arg-type]
    target = tmp_path / "bundle"
    wanted = Wanted(target, len(CONTENT), ref().sha256, resumes=True)
    with pytest.raises(RetryLater):
        await client.download("/v1/objects/bundle", wanted, patience_s=0.05)
    kept = only(tmp_path / "bundle.part")
    assert kept
    assert kept == CONTENT[: len(kept)]
    farm.rules.remove(cut)  # type: ignore[arg-type]
    assert await fetched(client, target) == CONTENT
    assert asked[-1] == f"bytes={len(kept)}-"
