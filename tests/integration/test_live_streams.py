"""Streams of open pages: how many there may be, and that they end with their sessions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from orchestrator.usecases.accounts.people import person_named
from orchestrator.usecases.accounts.sessions import Browser, open_session
from orchestrator.usecases.events import watchers
from orchestrator.usecases.events.watchers import Watchers
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.web.views import live
from tests.support.people import Person, signed_in
from tests.support.server import Api, running

PATIENCE_S = 30


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


@asynccontextmanager
async def watching(who: Person) -> AsyncIterator[aiohttp.ClientResponse]:
    """Open a stream as a page does."""
    cookie = {"Cookie": f"fr_session={who.token}"}
    path = who.api.base + "/admin/live"
    async with who.api.http.get(path, headers=cookie) as stream:
        yield stream


async def rest_of(stream: aiohttp.ClientResponse) -> bytes:
    """Read a stream to its end."""
    async with asyncio.timeout(PATIENCE_S):
        return await stream.content.read()


async def by_signing_out(admin: Person, who: Person) -> None:
    await who.post("/admin/sign-out")


async def by_a_lower_role(admin: Person, who: Person) -> None:
    user_id = await person_named(who.api.deps.db, "operator@example.com")
    await admin.post(f"/admin/people/{user_id}/role", {"role": "viewer"})


async def by_a_closed_account(admin: Person, who: Person) -> None:
    user_id = await person_named(who.api.deps.db, "operator@example.com")
    await admin.post(f"/admin/people/{user_id}/suspend")


@pytest.mark.parametrize("ends", [by_signing_out, by_a_lower_role, by_a_closed_account])
async def test_a_stream_ends_with_its_session(
    api: Api, ends: Callable[[Person, Person], Awaitable[None]]
) -> None:
    admin, who = await signed_in(api, "admin"), await signed_in(api, "operator")
    async with watching(who) as stream, watching(admin) as other:
        assert await stream.content.readline() == b"retry: 2000\n"
        await ends(admin, who)
        assert (await rest_of(stream)).endswith(b": over\n\n")
        assert not other.content.at_eof()
        assert len(api.deps.shared(Watchers)) == 1


async def test_a_session_has_few_streams_and_the_oldest_makes_room(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "OF_A_SESSION", 2)
    who, other = await signed_in(api, "viewer"), await signed_in(api, "operator")
    async with AsyncExitStack() as stack:
        first, *_ = [await stack.enter_async_context(watching(who)) for _ in range(3)]
        assert (await rest_of(first)).endswith(b"retry: 30000\n\n")
        assert len(api.deps.shared(Watchers)) == 2
        assert (await stack.enter_async_context(watching(other))).status == 200


async def test_all_streams_together_have_an_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "IN_ALL", 1)
    who, other = await signed_in(api, "viewer"), await signed_in(api, "operator")
    async with watching(who):
        async with watching(other) as refused:
            assert refused.status == 429
            assert int(refused.headers["Retry-After"]) > 0
        assert len(api.deps.shared(Watchers)) == 1


async def test_who_leaves_a_page_is_no_fault_of_the_server(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_EVERY_S", 0.0)
    who = await signed_in(api, "operator")
    with capture_logs() as logs:
        async with watching(who) as stream:
            assert await stream.content.readline() == b"retry: 2000\n"
        async with asyncio.timeout(PATIENCE_S):
            while len(api.deps.shared(Watchers)):
                await who.get("/admin/nodes?part=list")
    assert [line for line in logs if line["event"] == "page_broke"] == []


async def test_one_person_does_not_take_all_streams_by_many_sessions(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "OF_A_PERSON", 2)
    who, other = await signed_in(api, "viewer"), await signed_in(api, "operator")
    user_id = await person_named(api.deps.db, "viewer@example.com")
    async with api.deps.db.transaction() as session:
        owner = (user_id, DEFAULT_TENANT)
        token = await open_session(api.deps, session, owner, Browser(), has_code=False)
    async with watching(who), watching(who):
        assert (await Person(api, token).get("/admin/live")).code == 429
        async with watching(other) as stream:
            assert stream.status == 200


async def test_who_asks_for_the_head_of_a_stream_gets_no_stream(api: Api) -> None:
    who = await signed_in(api, "viewer")
    parts = urlsplit(api.base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"HEAD /admin/live HTTP/1.1\r\nHost: x\r\nCookie: fr_session={who.token}\r\n\r\n"
    writer.write(head.encode() + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        answered = await reader.read()
    writer.close()
    first, _, rest = answered.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert rest.startswith(b"HTTP/1.1 200"), "a proxy would take a body for the next answer"
