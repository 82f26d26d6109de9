"""Guesses at the door: who waits for them, and that the owner of an account does not."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from argon2 import PasswordHasher

from orchestrator.core.accounts import FREE_TRIES, RESTS, RESTS_OF_ALL, TRIES_IN_A_SESSION
from orchestrator.embedded import Cluster
from orchestrator.usecases.accounts import doors
from orchestrator.usecases.accounts import sign_in as signing
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.people import person_named
from orchestrator.usecases.farm.janitor import clean
from tests.support.people import PASSWORD, Person, person, signed_in
from tests.support.server import Answer, Api, serving

DOOR = "/admin/sign-in"
NO_REST = (0.0,)
ONE_REST = (*[0.0] * (FREE_TRIES - 1), 300.0)
"""Longer than any test lasts, however busy the machine is."""


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve as behind a proxy, so that tests have several addresses, with hashes that cost less."""
    folders = tmp_path_factory
    async with serving(postgres, template, folders, trusted_proxies="127.0.0.0/8") as served:
        served.deps.shared(Passwords).__dict__["_hasher"] = PasswordHasher(1, 8, 1)
        yield served


@pytest.fixture(autouse=True)
def resting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "RESTS", ONE_REST)


_PLACES = count(1)


@pytest.fixture
def places() -> list[str]:
    """Give addresses that no other test has."""
    return [f"203.0.{next(_PLACES)}.1" for _ in range(3)]


@pytest.fixture
async def owner(api: Api) -> str:
    """Make a person of this test; give the address."""
    email = f"{uuid4().hex}@example.com"
    await person(api, "admin", email)
    return email


async def enter(api: Api, email: str, password: str, at: str, *, known_as: str = "") -> Answer:
    """Try to come in from an address, perhaps by a browser that is known."""
    headers = {"X-Forwarded-For": at, "Cookie": f"fr_known={known_as}"}
    form = {"email": email, "password": password}
    return await api.with_key(None).call("POST", DOOR, data=form, headers=headers)


async def codes(api: Api, email: str, tries: int, at: str, **given: Any) -> list[int]:
    """Guess so often; give what was answered."""
    return [(await enter(api, email, "wrong", at, **given)).code for _ in range(tries)]


def known_as(answer: Answer) -> str:
    """Give the cookie by which the browser is known from now on."""
    for line in answer.headers.getall("Set-Cookie"):
        name, _, rest = line.partition("=")
        if name == "fr_known":
            assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in rest.split(";")}
            return rest.partition(";")[0].strip('"')
    raise AssertionError("the browser is not known")


def test_the_rests_grow_and_stay_short_for_all_places_together() -> None:
    assert RESTS == (0, 0, 0, 0, 4, 8, 16, 32, 64, 128, 256, 300)
    assert set(RESTS_OF_ALL[:49]) == {0}
    assert RESTS_OF_ALL[49:] == (2, 4, 8, 16, 30)


async def test_who_guesses_shuts_the_door_for_the_own_place_only(
    api: Api, owner: str, places: list[str]
) -> None:
    home, strange, _ = places
    assert await codes(api, owner, FREE_TRIES + 1, strange) == [401] * FREE_TRIES + [429]
    assert (await enter(api, owner, PASSWORD, strange)).code == 429
    assert (await enter(api, owner, PASSWORD, home)).code == 303


async def test_a_browser_that_came_in_before_does_not_wait_for_strangers_at_its_address(
    api: Api, owner: str, places: list[str]
) -> None:
    home, elsewhere, _ = places
    mine = known_as(await enter(api, owner, PASSWORD, home))
    await codes(api, owner, FREE_TRIES, home)
    assert (await enter(api, owner, PASSWORD, home)).code == 429
    assert (await enter(api, owner, PASSWORD, home, known_as=mine)).code == 303
    assert (await enter(api, owner, PASSWORD, home, known_as=mine[::-1])).code == 429
    guesses = await codes(api, owner, FREE_TRIES, elsewhere, known_as=mine)
    assert guesses == [401] * FREE_TRIES
    assert (await enter(api, owner, PASSWORD, elsewhere, known_as=mine)).code == 429


async def test_a_browser_is_known_to_its_own_account_only(
    api: Api, owner: str, places: list[str]
) -> None:
    thief = f"{uuid4().hex}@example.com"
    await person(api, "viewer", thief)
    theirs = known_as(await enter(api, thief, PASSWORD, places[0]))
    await codes(api, owner, FREE_TRIES, places[0])
    assert (await enter(api, owner, PASSWORD, places[0], known_as=theirs)).code == 429


async def test_guesses_from_everywhere_keep_out_strangers_but_no_known_browser_and_no_link(
    api: Api, owner: str, places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = known_as(await enter(api, owner, PASSWORD, places[0]))
    monkeypatch.setattr(doors, "RESTS_OF_ALL", (0.0, 0.0, 300.0))
    found = [await codes(api, owner, 1, f"198.51.100.{n}") for n in range(4)]
    assert found == [[401]] * 3 + [[429]]
    assert (await enter(api, owner, PASSWORD, places[1])).code == 429
    assert (await enter(api, owner, PASSWORD, places[1], known_as=mine)).code == 303
    link = await signing.make_link(api.deps.db, await person_named(api.deps.db, owner))
    assert (await Person(api).post("/admin/link", {"token": link})).code == 303


async def test_an_account_that_does_not_exist_waits_alike(
    api: Api, owner: str, places: list[str]
) -> None:
    ours = await codes(api, owner, FREE_TRIES + 2, places[0])
    assert ours == [401] * FREE_TRIES + [429] * 2
    nobody = f"{uuid4().hex}@example.com"
    assert await codes(api, nobody, FREE_TRIES + 2, places[1]) == ours
    assert (await enter(api, f" {owner.upper()} ", PASSWORD, places[0])).code == 429


async def test_tries_at_the_same_moment_do_not_pass_together(
    api: Api, owner: str, places: list[str]
) -> None:
    guesses = (enter(api, owner, "wrong", places[0]) for _ in range(12))
    found = sorted(one.code for one in await asyncio.gather(*guesses))
    assert found == [401] * FREE_TRIES + [429] * (12 - FREE_TRIES)


async def test_who_came_in_begins_anew(api: Api, owner: str, places: list[str]) -> None:
    for _ in range(2):
        found = await codes(api, owner, FREE_TRIES - 1, places[0])
        assert found == [401] * (FREE_TRIES - 1)
        assert (await enter(api, owner, PASSWORD, places[0])).code == 303


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/admin/account/password", {"old": "{}", "new": "another good one"}),
        ("/admin/account/factor/remove", {"password": "{}"}),
    ],
)
async def test_a_session_that_guesses_the_password_rests_and_others_do_not(
    api: Api, places: list[str], path: str, form: dict[str, str]
) -> None:
    email = f"{uuid4().hex}@example.com"
    stolen = await signed_in(api, "admin", email)
    wrong = {name: value.format("wrong") for name, value in form.items()}
    right = {name: value.format(PASSWORD) for name, value in form.items()}
    for _ in range(FREE_TRIES):
        assert (await stolen.post(path, wrong)).code == 303
    await stolen.post(path, right)
    assert b"Too many wrong tries" in (await stolen.get("/admin/account")).body
    other = await enter(api, email, PASSWORD, places[0])
    assert other.code == 303, "the password is still the same, and its owner comes in"


async def test_a_session_that_guesses_too_often_ends(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "RESTS", NO_REST)
    stolen = await signed_in(api, "admin", f"{uuid4().hex}@example.com")
    form = {"old": "wrong", "new": "another good one"}
    for _ in range(TRIES_IN_A_SESSION):
        assert (await stolen.get("/admin")).code == 200
        await stolen.post("/admin/account/password", form)
    assert (await stolen.get("/admin")).code == 303


async def test_codes_are_counted_like_passwords(api: Api) -> None:
    who = await signed_in(api, "admin", f"{uuid4().hex}@example.com")
    await who.post("/admin/account/factor/begin")
    for _ in range(FREE_TRIES + 1):
        await who.post("/admin/account/factor", {"code": "000000"})
    assert b"Too many wrong tries" in (await who.get("/admin/account")).body


OLD = {
    "sign_in_tries": "last_at = last_at - interval '2 years'",
    "known_browsers": "last_used_at = last_used_at - interval '2 years'",
    "sessions": "created_at = created_at - interval '2 years',"
    " expires_at = expires_at - interval '2 years'",
}


async def test_what_the_door_remembers_is_forgotten_in_time(
    api: Api, owner: str, places: list[str]
) -> None:
    await enter(api, owner, PASSWORD, places[0])
    await codes(api, owner, 1, places[1])
    connection = await asyncpg.connect(api.dsn)
    try:
        await clean(api.deps)
        for table, aged in OLD.items():
            counted = f"SELECT count(*) FROM identity.{table}"
            assert await connection.fetchval(counted) > 0
            await connection.execute(f"UPDATE identity.{table} SET {aged}")
            await clean(api.deps)
            assert await connection.fetchval(counted) == 0
    finally:
        await connection.close()
