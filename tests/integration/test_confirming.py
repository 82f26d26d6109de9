"""What a stolen session must not do: the password is asked for again, and a new token comes."""

import html
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from argon2 import PasswordHasher

from orchestrator.api.route import KeyScope, Route
from orchestrator.api.table import ROUTES
from orchestrator.embedded import Cluster
from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.usecases.accounts.people import make_person
from orchestrator.usecases.accounts.sessions import Browser, open_session
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.web.page import Page
from orchestrator.web.table import PAGES
from tests.support.people import PASSWORD, Person, signed_in
from tests.support.server import Answer, Api, serving

PEOPLE = "/admin/people"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ASKING = tuple(one for one in PAGES if one.fresh)
GIVES_SECRETS = tuple(r for r in ROUTES if r.asks_people and isinstance(r.auth, KeyScope))


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module, with hashes that cost less."""
    async with serving(postgres, template, tmp_path_factory) as served:
        served.deps.shared(Passwords).__dict__["_hasher"] = PasswordHasher(1, 8, 1)
        yield served


@pytest.fixture
async def who(api: Api) -> Person:
    """Give an admin who signed in an hour ago."""
    found = await signed_in(api, "admin", f"{uuid4().hex}@example.com")
    await age(api)
    return found


async def age(api: Api) -> None:
    """Let all sessions be an hour old."""
    connection = await asyncpg.connect(api.dsn)
    try:
        await connection.execute(
            "UPDATE identity.sessions SET created_at = created_at - interval '1 hour',"
            " proven_at = proven_at - interval '1 hour'"
        )
    finally:
        await connection.close()


def filled(path: str) -> str:
    """Give a path with ids that name nothing."""
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), path)


def fields(answer: Answer) -> dict[str, str]:
    """Give the fields that a page's form carries along."""
    found = HIDDEN.findall(answer.body.decode().partition("<main")[2])
    return {html.unescape(name): html.unescape(value) for name, value in found}


def named(pages: tuple[Page, ...]) -> list[Any]:
    return [pytest.param(one, id=one.view.__name__) for one in pages]


def test_what_gives_rights_or_secrets_asks() -> None:
    names = {one.view.__name__ for one in ASKING}
    assert names >= {
        "make_person",
        "change_role",
        "resume_person",
        "make_tenant_key",
        "make_tenant_webhook",
        "enrol",
        "begin_factor",
        "prove_factor",
        "resume_tenant",
        "change_tenant_webhook",
        "edit_settings",
    }
    names = {one.name for one in GIVES_SECRETS}
    assert names >= {"create_api_key", "create_enrolment", "change_webhook", "edit_settings"}


@pytest.mark.parametrize("one", named(ASKING))
async def test_who_gave_the_password_long_ago_is_asked_again(who: Person, one: Page) -> None:
    path = filled(one.path)
    if one.method == "GET":
        answer = await who.get(path)
        assert answer.code == 303
        assert answer.headers["Location"].startswith("/admin/account/confirm?next=")
    else:
        answer = await who.post(path, {"role": "viewer"})
        assert answer.code == 403
        assert b'name="confirm_with"' in answer.body


@pytest.mark.parametrize("route", [pytest.param(r, id=r.name) for r in GIVES_SECRETS])
async def test_the_api_gives_a_person_no_secret_without_it(
    api: Api, who: Person, route: Route
) -> None:
    path = re.sub(r"\{[^}]+\}", str(uuid4()), route.plain_path)
    headers = {"Cookie": f"fr_session={who.token}", "X-CSRF-Token": who.csrf}
    answer = await api.with_key(None).call(route.method, path, json={}, headers=headers)
    assert (answer.code, answer.json["code"]) == (403, "confirm_needed")
    assert (await api.call(route.method, path, json={})).code != 403


async def test_what_was_typed_is_kept_and_done_when_the_password_comes(who: Person) -> None:
    email = f"{uuid4().hex}@example.com"
    form = {"email": email, "password": "a long one: <é> \"'&", "role": "viewer", "name": "Ü"}
    back = {"Referer": who.api.base + PEOPLE + "?q=1"}
    asked = await who.post(PEOPLE, form, headers=back)
    kept = fields(asked)
    assert {name: kept[name] for name in form} == form
    assert kept["confirm_from"] == PEOPLE + "?q=1"
    old = Person(who.api, who.token)
    done = await who.post(PEOPLE, {**kept, "csrf": who.csrf, "confirm_with": PASSWORD})
    assert (done.code, done.headers["Location"]) == (303, PEOPLE)
    page = await who.get(PEOPLE)
    assert email.encode() in page.body
    assert (await old.get(PEOPLE)).code == 303, "who stole the session is out"
    again = await who.post(PEOPLE, {"email": "bad"})
    assert again.code != 403, "it was given just now"


async def test_a_wrong_password_asks_again_and_does_nothing(who: Person) -> None:
    email = f"{uuid4().hex}@example.com"
    form = {"email": email, "password": "a good long one", "role": "admin"}
    answer = await who.post(PEOPLE, {**form, "confirm_with": "wrong"})
    assert answer.code == 401
    assert fields(answer)["email"] == email
    assert b"wrong" not in b"".join(value.encode() for value in fields(answer).values())
    assert email.encode() not in (await who.get(PEOPLE)).body


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/v1", "/admin/..//x"])
async def test_the_way_back_leads_to_our_pages_only(who: Person, back: str) -> None:
    form = {"confirm_with": PASSWORD, "confirm_from": back}
    answer = await who.post("/admin/account/confirm", form)
    assert (answer.code, answer.headers["Location"]) == (303, "/admin")


async def test_a_page_is_reached_by_way_of_the_password(who: Person) -> None:
    sent = await who.get("/admin/account/factor")
    asked = await who.get(sent.headers["Location"])
    assert asked.code == 200
    kept = {**fields(asked), "csrf": who.csrf, "confirm_with": PASSWORD}
    answer = await who.post("/admin/account/confirm", kept)
    assert (answer.code, answer.headers["Location"]) == (303, "/admin/account/factor")


async def test_who_has_no_password_is_told_the_way(api: Api) -> None:
    email = f"{uuid4().hex}@example.com"
    shared = api.deps.shared(Passwords)
    user_id = await make_person(api.deps.db, shared, email, None, "admin")
    async with api.deps.db.transaction() as session:
        owner = (user_id, DEFAULT_TENANT)
        token = await open_session(api.deps, session, owner, Browser(), has_code=False)
    who = Person(api, token)
    await age(api)
    asked = await who.post(PEOPLE, {"email": "x@example.com"})
    assert b"flatrender admin link" in asked.body
    answer = await who.post(PEOPLE, {"email": "x@example.com", "confirm_with": ""})
    assert answer.code == 409
    refused = await who.post("/admin/account/password", {"new": "a good long one"})
    assert refused.code == 403, "a stolen session must not set the first password"


async def test_a_new_password_leaves_a_stolen_token_outside(who: Person) -> None:
    stolen = Person(who.api, who.token)
    form = {"old": PASSWORD, "new": "another good one"}
    assert (await who.post("/admin/account/password", form)).code == 303
    assert (await who.get("/admin")).code == 200
    assert (await stolen.get("/admin")).code == 303


async def test_a_setting_is_asked_twice_and_the_password_goes_no_further(who: Person) -> None:
    days = {"value.retention_audit_days": "1", "was.retention_audit_days": "730"}
    asked = await who.post("/admin/settings", days)
    assert asked.code == 403
    assert who.api.deps.settings.retention_audit_days == 730
    kept = {**fields(asked), "csrf": who.csrf, "confirm_with": PASSWORD}
    sure = await who.post("/admin/settings", kept)
    assert (sure.code, PASSWORD.encode() in sure.body) == (200, False)
    assert who.api.deps.settings.retention_audit_days == 730, "whether to delete is asked next"
    done = await who.post("/admin/settings", {**fields(sure), "sure": "yes", "csrf": who.csrf})
    assert (done.code, who.api.deps.settings.retention_audit_days) == (303, 1)
