"""The local object store and its signed addresses."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from orchestrator.embedded import Cluster
from orchestrator.errors import BadRequest, FarmError
from orchestrator.storage import disk, signing
from orchestrator.storage.local import LocalStore
from tests.support.server import Api, left_over, serving

CONTENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module."""
    async with serving(postgres, template, tmp_path_factory) as served:
        yield served.with_key(None)


def files_below(folder: Path) -> list[Path]:
    """List every file."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def bytes_of(content: bytes) -> AsyncIterator[bytes]:
    """Give the content in two blocks."""
    yield content[: len(content) // 2]
    yield content[len(content) // 2 :]


def put_url(api: Api, key: str, content: bytes = CONTENT) -> str:
    """Make a signed address for exactly this content."""
    return api.deps.objects.sign_put(
        key,
        60,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        content_type="image/png",
    ).url


def changed(url: str, **fields: str) -> str:
    """Change fields of a signed address."""
    parts = urlsplit(url)
    return f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query)), **fields})}"


async def test_what_is_put_by_a_signed_address_comes_back_with_ranges(api: Api) -> None:
    assert (await api.call("PUT", put_url(api, "a/b.png"), data=CONTENT)).code == 200
    url = api.deps.objects.sign_get("a/b.png", 60, "چاپ.png")
    whole = await api.call("GET", url)
    assert (whole.code, whole.body) == (200, CONTENT)
    assert whole.headers["Content-Type"] == "image/png"
    assert "filename*=UTF-8''%DA%86" in whole.headers["Content-Disposition"]
    for header, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=10200-", 10200, 10240),
        ("bytes=-5", 10235, 10240),
        ("bytes=5-999999", 5, 10240),
    ):
        part = await api.call("GET", url, headers={"Range": header})
        assert (part.code, part.body) == (206, CONTENT[start:end]), header
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/10240"
    outside = await api.call("GET", url, headers={"Range": "bytes=10240-"})
    assert (outside.code, outside.json["code"]) == (416, "range_outside")
    for header in ("bytes=0-1,3-4", "bytes=9-3", "lines=0-1", "bytes=-"):
        assert (await api.call("GET", url, headers={"Range": header})).code == 200, header
    stale = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert (await api.call("GET", url, headers=stale)).code == 200
    head = await api.call("HEAD", url)
    assert (head.code, head.body, head.headers["Content-Length"]) == (200, b"", "10240")


async def test_a_changed_or_expired_address_is_refused(api: Api) -> None:
    await api.deps.objects.put("k.png", bytes_of(CONTENT), max_bytes=99_999)
    url = api.deps.objects.sign_get("k.png", 60)
    for bad in (
        changed(url, exp="9999999999"),
        changed(url, op="put"),
        changed(url, name="evil.html"),
        changed(url, sig="0" * 64),
        url.replace("k.png", "l.png"),
        url.partition("?")[0],
    ):
        answer = await api.call("GET", bad)
        assert (answer.code, answer.json["code"]) == (403, "bad_signature"), bad
    old = await api.call("GET", api.deps.objects.sign_get("k.png", -5))
    assert (old.code, old.json["code"]) == (403, "url_expired")
    assert (await api.call("PUT", url, data=CONTENT)).json["code"] == "bad_signature"
    assert (await api.call("GET", api.deps.objects.sign_get("none", 60))).code == 404


async def test_other_bytes_than_announced_leave_nothing_behind(api: Api) -> None:
    url = put_url(api, "x/y.png")
    other = bytes(len(CONTENT))
    wrong = await api.call("PUT", url, data=other)
    assert (wrong.code, wrong.json["code"]) == (422, "hash_mismatch")
    short = await api.call("PUT", url, data=CONTENT[:-1])
    assert (short.code, short.json["code"]) == (400, "size_mismatch")
    chunked = await api.call("PUT", url, data=bytes_of(CONTENT[:-1]))
    assert (chunked.code, chunked.json["code"]) == (422, "size_mismatch")
    long = await api.call("PUT", url, data=bytes_of(CONTENT + b"x"))
    assert (long.code, long.json["code"]) == (413, "too_large")
    assert await api.deps.objects.stat("x/y.png") is None
    assert left_over(api) == []


async def test_what_is_published_never_changes(api: Api) -> None:
    for _ in range(2):
        assert (await api.call("PUT", put_url(api, "once"), data=CONTENT)).code == 200
    other = CONTENT[::-1]
    refused = await api.call("PUT", put_url(api, "once", other), data=other)
    assert (refused.code, refused.json["code"]) == (409, "object_exists")
    assert (await api.call("GET", api.deps.objects.sign_get("once", 60))).body == CONTENT


async def test_an_object_that_lost_bytes_or_its_file_is_not_there(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, b"k" * 32)
    for key in ("a/cut", "a/gone"):
        await store.put(key, bytes_of(CONTENT), max_bytes=len(CONTENT))
    os.truncate(disk.data_path(tmp_path, "a/cut"), 100)
    disk.data_path(tmp_path, "a/gone").unlink()
    assert await store.stat("a/cut") is None
    assert await store.stat("a/gone") is None


@pytest.mark.parametrize("step", ["__enter__", "write", "publish"])
async def test_who_is_cancelled_while_it_stores_leaves_no_open_file_and_no_scratch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    whole, opened = getattr(disk.Writer, step), []

    def slow(self: disk.Writer, *given: Any) -> Any:
        opened.append(self)
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(60)
        return whole(self, *given)

    monkeypatch.setattr(disk.Writer, step, slow)
    store = LocalStore(tmp_path, b"k")
    storing = asyncio.create_task(store.put("a/b", bytes_of(CONTENT), max_bytes=99_999))
    await begun.wait()
    storing.cancel()
    await asyncio.wait({storing}, timeout=0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await storing
    (writer,) = opened
    assert writer._file.closed
    assert list((tmp_path / disk.INCOMING).iterdir()) == []
    assert (await store.stat("a/b") is not None) == (step == "publish")


async def test_a_key_and_a_longer_key_below_it_live_side_by_side(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, b"k")
    for key in ("a", "a/b", "a/meta.json"):
        stored = await store.put(key, bytes_of(CONTENT), max_bytes=99_999)
        assert stored.md5 == hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
        async with store.local_path(key) as path:
            assert path.read_bytes() == CONTENT
        assert await store.stat(key) == stored
    await store.delete("a")
    await store.delete("a")
    assert await store.stat("a") is None
    assert await store.stat("a/b") is not None


def test_what_another_server_sweeps_at_the_same_moment_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    stat = Path.stat

    def swept_first(self: Path, **given: bool) -> os.stat_result:
        if self.name in {"one", "two"}:
            shutil.rmtree(tmp_path / "one", ignore_errors=True)
        return stat(self, **given)

    monkeypatch.setattr(Path, "stat", swept_first)
    assert disk.sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../b", "a//b", ".incoming/x", "a\\b", "a:b", "x" * 501]
)
def test_keys_that_could_leave_the_folder_are_refused(key: str) -> None:
    with pytest.raises(BadRequest):
        signing.check_key(key)


async def test_the_last_of_a_disk_is_left_for_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))
    nearly = usage(10 * disk.RESERVE_BYTES, 0, disk.RESERVE_BYTES // 10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly)
    store = LocalStore(tmp_path, b"k")

    with pytest.raises(FarmError) as caught:
        await store.put("a/b", bytes_of(bytes(2 * disk.SMALL_BYTES)), max_bytes=2**30)

    assert (caught.value.code, caught.value.status) == ("storage_full", 507)
    assert (await store.put("a/mark", bytes_of(CONTENT), max_bytes=2**30)).size_bytes
    with pytest.raises(FarmError, match="disk is full"):
        await store.check_room()


async def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", refuse)
    store = LocalStore(tmp_path, b"k")
    with pytest.raises(FarmError) as caught:
        await store.put("a/b", bytes_of(CONTENT), max_bytes=99_999)
    assert (caught.value.code, caught.value.status) == ("storage_full", 507)
    assert "Free space" in caught.value.message
    assert files_below(tmp_path) == []


@contextmanager
def no_room() -> Iterator[None]:
    """Let this process write nothing into files."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_what_a_full_disk_leaves_in_the_buffer_breaks_no_answer(tmp_path: Path) -> None:
    def keep() -> None:
        with no_room(), disk.Writer(tmp_path, "a/b", 99) as writer:
            writer.write(b"small")
            writer.publish(None, None)

    with pytest.raises(FarmError) as caught:
        keep()
    assert (caught.value.code, caught.value.status) == ("storage_full", 507)
    assert files_below(tmp_path) == []
