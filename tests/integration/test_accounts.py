"""People sign in, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncpg
import pyotp
import pytest

from orchestrator.core.accounts import FREE_TRIES
from orchestrator.errors import TooMany
from orchestrator.usecases.accounts import doors
from orchestrator.usecases.accounts import sign_in as signing
from orchestrator.usecases.accounts.people import person_named
from tests.support.people import PASSWORD, Person, csrf_in, person, signed_in
from tests.support.server import Api, running

DOOR = "/admin/sign-in"


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path) as served:
        yield served


async def enter(api: Api, email: str, password: str, **form: str) -> tuple[Person, Any]:
    """Try to come in."""
    who = Person(api)
    return who, await who.post(DOOR, {"email": email, "password": password, **form})


async def test_a_person_signs_in_and_out(api: Api) -> None:
    await person(api, "admin", "Sara@Example.com")
    who, answer = await enter(api, " sara@example.com", PASSWORD)
    assert (answer.code, answer.headers["Location"]) == (303, "/admin")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = await who.get("/admin/account")
    assert page.code == 200
    assert b"Sara@Example.com" in page.body
    await who.post("/admin/sign-out")
    again = await Person(api, who.token or "x").get("/admin")
    assert (again.code, again.headers["Location"]) == (303, f"{DOOR}?next=%2Fadmin")


async def test_a_session_that_was_ended_opens_nothing(api: Api) -> None:
    who = await signed_in(api, "admin")
    stolen = Person(api, who.token)
    await who.post("/admin/sign-out")
    assert (await stolen.get("/admin")).code == 303
    call = await api.with_key(None).call(
        "GET", "/v1/nodes", headers={"Cookie": f"fr_session={stolen.token}"}
    )
    assert (call.code, call.json["code"]) == (401, "signed_out")


@pytest.mark.parametrize(
    ("email", "password"), [("sara@example.com", "wrong"), ("nobody@example.com", PASSWORD)]
)
async def test_the_door_does_not_tell_which_of_both_is_wrong(
    api: Api, email: str, password: str
) -> None:
    await person(api, "admin", "sara@example.com")
    _, answer = await enter(api, email, password)
    assert answer.code == 401
    assert b"The address or the password is wrong" in answer.body
    assert "Set-Cookie" not in answer.headers


async def test_an_account_rests_after_wrong_passwords(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "RESTS", (*[0.0] * (FREE_TRIES - 1), 300.0))
    await person(api, "admin", "sara@example.com")
    for _ in range(FREE_TRIES):
        assert (await enter(api, "sara@example.com", "wrong"))[1].code == 401
    assert (await enter(api, "sara@example.com", PASSWORD))[1].code == 429


async def test_an_address_that_tries_too_often_must_wait(api: Api) -> None:
    assert (await enter(api, "n@example.com", "wrong"))[1].code == 401
    with suppress(TooMany):
        for _ in range(2 * signing.ADDRESS_BURST):
            api.deps.shared(signing.Tries).address(ip_address("127.0.0.1"))
    assert (await enter(api, "n@example.com", "wrong"))[1].code == 429


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "/admin\\@evil", "/v1"]
)
async def test_signing_in_leads_to_our_pages_only(api: Api, wanted: str) -> None:
    await person(api, "admin", "sara@example.com")
    _, answer = await enter(api, "sara@example.com", PASSWORD, next=wanted)
    assert answer.headers["Location"] == "/admin"


async def test_a_suspended_person_is_out_at_once(api: Api) -> None:
    admin = await signed_in(api, "admin")
    other = await signed_in(api, "operator")
    user_id = await person_named(api.deps.db, "operator@example.com")
    assert (await admin.post(f"/admin/people/{user_id}/suspend")).code == 303
    assert (await other.get("/admin")).code == 303
    assert (await enter(api, "operator@example.com", PASSWORD))[1].code == 401


async def test_the_last_admin_cannot_be_lost(api: Api) -> None:
    admin = await signed_in(api, "admin")
    await signed_in(api, "admin", "second@example.com")
    ids = [await person_named(api.deps.db, n) for n in ("admin@example.com", "second@example.com")]
    answers = await asyncio.gather(
        *(admin.post(f"/admin/people/{one}/role", {"role": "viewer"}) for one in ids)
    )
    assert len(answers) == 2
    connection = await asyncpg.connect(api.dsn)
    try:
        left = await connection.fetchval(
            "SELECT count(*) FROM identity.users WHERE role = 'admin' AND state = 'active'"
        )
    finally:
        await connection.close()
    assert left == 1


async def test_of_two_admins_who_remove_each_other_at_once_one_stays(api: Api) -> None:
    people = [await signed_in(api, "admin", f"{n}@example.com") for n in ("one", "two")]
    ids = [await person_named(api.deps.db, f"{n}@example.com") for n in ("two", "one")]
    for answer in await asyncio.gather(
        *(
            who.post(f"/admin/people/{other}/suspend")
            for who, other in zip(people, ids, strict=True)
        )
    ):
        assert answer.code == 303
    inside = [(await who.get("/admin/people")).code for who in people]
    assert sorted(inside) == [200, 303]


async def test_who_signs_in_again_leaves_no_session_behind(api: Api) -> None:
    before = await signed_in(api, "viewer")
    old = before.token
    again = await before.post(DOOR, {"email": "viewer@example.com", "password": PASSWORD})
    assert again.code == 303
    assert (await before.get("/admin")).code == 200
    assert (await Person(api, old).get("/admin")).code == 303


async def test_a_link_lets_one_in_once(api: Api) -> None:
    user_id = await person(api, "admin", "sara@example.com")
    link = await signing.make_link(api.deps.db, user_id)
    browsers = [Person(api) for _ in range(5)]
    answers = await asyncio.gather(*(b.post("/admin/link", {"token": link}) for b in browsers))
    assert sorted(answer.code for answer in answers) == [303, 401, 401, 401, 401]
    inside = [b for b in browsers if b.token]
    assert [(await b.get("/admin")).code for b in inside] == [200]


async def test_looking_at_a_link_does_not_use_it(api: Api) -> None:
    user_id = await person(api, "admin", "sara@example.com")
    link = await signing.make_link(api.deps.db, user_id)
    assert (await Person(api).get("/admin/link")).code == 200
    assert (await Person(api).post("/admin/link", {"token": link})).code == 303


async def set_up_factor(who: Person) -> tuple[str, list[str]]:
    """Set up an app; give the code that proved it and the recovery codes."""
    await who.post("/admin/account/factor/begin")
    page = await who.get("/admin/account/factor")
    key = page.body.split(b'class="break">')[1].split(b"<")[0].decode()
    code = pyotp.TOTP(key).now()
    proven = await who.post("/admin/account/factor", {"code": code})
    assert proven.code == 200, proven.body
    codes = [part.split(b"<")[0].decode() for part in proven.body.split(b"<li><code>")[1:]]
    assert len(codes) == 10
    return code, codes


async def test_with_a_second_factor_the_password_alone_opens_nothing(api: Api) -> None:
    who = await signed_in(api, "admin")
    await set_up_factor(who)
    half, answer = await enter(api, "admin@example.com", PASSWORD)
    assert answer.code == 303
    assert (await half.get("/admin/people")).headers["Location"] == "/admin/sign-in/code"
    call = await api.with_key(None).call(
        "GET", "/v1/nodes", headers={"Cookie": f"fr_session={half.token}"}
    )
    assert call.code == 401


async def test_a_code_is_good_once(api: Api) -> None:
    who = await signed_in(api, "admin")
    code, codes = await set_up_factor(who)
    half, _ = await enter(api, "admin@example.com", PASSWORD)
    used = await half.post("/admin/sign-in/code", {"code": code})
    assert used.code == 401  # The code that proved the app was its use.
    assert (await half.post("/admin/sign-in/code", {"code": codes[0]})).code == 303
    assert (await half.get("/admin")).code == 200
    other, _ = await enter(api, "admin@example.com", PASSWORD)
    assert (await other.post("/admin/sign-in/code", {"code": codes[0]})).code == 401


async def test_an_app_that_was_not_proven_does_not_count(api: Api) -> None:
    who = await signed_in(api, "admin")
    await who.post("/admin/account/factor/begin")
    _, answer = await enter(api, "admin@example.com", PASSWORD)
    assert answer.headers["Location"] == "/admin"
    assert (await who.get("/admin")).code == 200


async def test_a_new_password_ends_the_other_sessions(api: Api) -> None:
    who = await signed_in(api, "viewer")
    other, _ = await enter(api, "viewer@example.com", PASSWORD)
    form = {"old": PASSWORD, "new": "another good one"}
    assert (await who.post("/admin/account/password", form)).code == 303
    assert (await other.get("/admin")).code == 303
    assert (await who.get("/admin")).code == 200
    assert (await enter(api, "viewer@example.com", "another good one"))[1].code == 303


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaa", "viewer@example.com", "password123"])
async def test_a_bad_password_is_refused(api: Api, new: str) -> None:
    who = await signed_in(api, "viewer")
    await who.post("/admin/account/password", {"old": PASSWORD, "new": new})
    assert (await enter(api, "viewer@example.com", PASSWORD))[1].code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil"}],
)
async def test_a_form_of_another_site_changes_nothing(api: Api, headers: dict[str, str]) -> None:
    who = await signed_in(api, "admin")
    answer = await who.post("/admin/account/sessions/end-others", headers=headers)
    assert answer.code == 403


@pytest.mark.parametrize("value", ["", "0" * 64])
async def test_a_form_without_the_sessions_value_changes_nothing(api: Api, value: str) -> None:
    who = await signed_in(api, "admin")
    assert (await who.post("/admin/account/sessions/end-others", {"csrf": value})).code == 403


async def test_a_call_of_the_api_by_a_session_needs_its_value(api: Api) -> None:
    who = await signed_in(api, "admin")
    cookie = {"Cookie": f"fr_session={who.token}"}
    stranger = api.with_key(None)
    body = {"ttl_s": 60}
    path = "/v1/nodes/enrolments"
    bare = await stranger.call("POST", path, json=body, headers=cookie)
    assert (bare.code, bare.json["code"]) == (403, "form_old")
    good = {**cookie, "X-CSRF-Token": who.csrf}
    assert (await stranger.call("POST", path, json=body, headers=good)).code == 201
    foreign = {**good, "Origin": "http://evil.example"}
    assert (await stranger.call("POST", path, json=body, headers=foreign)).code == 403


async def test_a_page_shows_the_value_of_its_own_session(api: Api) -> None:
    who = await signed_in(api, "admin")
    assert csrf_in(await who.get("/admin/account")) == who.csrf


async def test_where_people_come_by_https_only_a_cookie_of_https_counts(
    database: str, tmp_path: Path
) -> None:
    async with running(database, tmp_path, public_url="https://farm.example.com") as api:
        await person(api, "admin", "sara@example.com")
        _, answer = await enter(api, "sara@example.com", PASSWORD)
        name, _, rest = answer.headers["Set-Cookie"].partition("=")
        assert name == "__Host-fr_session"
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in rest.split(";")}
        token = rest.partition(";")[0].strip('"')
        stranger = api.with_key(None)
        for cookie, code in ((f"__Host-fr_session={token}", 200), (f"fr_session={token}", 303)):
            page = await stranger.call("GET", "/admin/account", headers={"Cookie": cookie})
            assert page.code == code
