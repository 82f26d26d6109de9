"""Behind proxies: whose word of where a call comes from is believed, and what hangs on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.people import PASSWORD, Person, person, signed_in
from tests.support.server import Answer, Api, running

DOOR = "/admin/sign-in"


@asynccontextmanager
async def behind(
    dsn: str, folder: Path, trusted: str = "127.0.0.0/8", **settings: Any
) -> AsyncIterator[Api]:
    """Serve as behind a proxy at this machine."""
    async with running(dsn, folder, trusted_proxies=trusted, **settings) as api:
        yield api


async def strange(api: Api, forwarded: str) -> int:
    """Call without a key, as a proxy hands it on; give the code."""
    headers = {"X-Forwarded-For": forwarded}
    return (await api.with_key(None).call("GET", "/v1/renders", headers=headers)).code


async def codes(api: Api, forwarded: tuple[str, ...]) -> list[int]:
    return [await strange(api, one) for one in forwarded]


async def test_strangers_behind_a_trusted_proxy_are_told_apart(
    database: str, tmp_path: Path
) -> None:
    async with behind(database, tmp_path, rate_address_per_s=0.1) as api:
        assert await codes(api, ("203.0.113.7",) * 4) == [401, 401, 401, 429]
        assert await strange(api, "203.0.113.8") == 401
        forged = ("198.51.100.1, 203.0.113.7", "198.51.100.2,203.0.113.7")
        assert await codes(api, forged) == [429, 429], "the client's own words were believed"
        ours = tuple(f"2001:db8:0:1::{n}" for n in range(4))
        assert await codes(api, ours) == [401, 401, 401, 429]
        assert await strange(api, "2001:db8:0:2::1") == 401


@pytest.mark.parametrize("trusted", ["", "192.0.2.0/24"])
async def test_nobody_else_is_believed(database: str, tmp_path: Path, trusted: str) -> None:
    async with behind(database, tmp_path, trusted, rate_address_per_s=0.1) as api:
        forged = tuple(f"203.0.113.{n}" for n in range(4))
        assert await codes(api, forged) == [401, 401, 401, 429]


async def enter(api: Api, **headers: str) -> Answer:
    """Come in by the door."""
    form = {"email": "sara@example.com", "password": PASSWORD}
    return await Person(api).post(DOOR, form, headers=headers)


async def test_a_session_remembers_the_address_that_the_proxy_names(
    database: str, tmp_path: Path
) -> None:
    async with behind(database, tmp_path) as api:
        await person(api, "admin", "sara@example.com")
        await enter(api, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
        connection = await asyncpg.connect(api.dsn)
        try:
            for column in ("identity.sessions", "render.audit_log"):
                found = await connection.fetchval(
                    f"SELECT host(address) FROM {column} WHERE address IS NOT NULL LIMIT 1"
                )
                assert found == "203.0.113.7"
        finally:
            await connection.close()


@pytest.mark.parametrize(
    ("trusted", "proto", "name"),
    [
        ("127.0.0.1/32", "https", "__Host-fr_session"),
        ("127.0.0.1/32", "http, https", "__Host-fr_session"),
        ("127.0.0.1/32", "https, http", "fr_session"),
        ("127.0.0.1/32", "nonsense", "fr_session"),
        ("", "https", "fr_session"),
    ],
)
async def test_https_is_what_a_trusted_proxy_says(
    database: str, tmp_path: Path, trusted: str, proto: str, name: str
) -> None:
    async with behind(database, tmp_path, trusted) as api:
        await person(api, "admin", "sara@example.com")
        answer = await enter(api, **{"X-Forwarded-Proto": proto})
        cookies = [line.partition("=")[0] for line in answer.headers.getall("Set-Cookie")]
        assert name in cookies
        (line,) = (one for one in answer.headers.getall("Set-Cookie") if one.startswith(name))
        assert ("Secure" in line) == name.startswith("__Host-")


async def test_a_form_of_plain_http_does_not_count_where_people_come_by_https(
    database: str, tmp_path: Path
) -> None:
    async with behind(database, tmp_path) as api:
        host = api.base.removeprefix("http://")
        who = await signed_in(api, "admin")
        for origin, code in ((f"https://{host}", 303), (f"http://{host}", 403)):
            headers = {"X-Forwarded-Proto": "https", "Origin": origin}
            headers["Cookie"] = f"__Host-fr_session={who.token}"
            form = {"csrf": who.csrf, "locale": "fa"}
            answer = await api.with_key(None).call(
                "POST", "/admin/account/language", data=form, headers=headers
            )
            assert answer.code == code
