"""What an attacker sends to the pages: broken words, forged notices, other people's tenants."""

import base64
import json
from urllib.parse import quote
from uuid import uuid4

import pytest

from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.web.page import Page
from orchestrator.web.table import PAGES
from tests.support.people import PASSWORD, Person, person, signed_in
from tests.support.server import Api, another_tenant, left_over

EARLY = base64.urlsafe_b64encode(f"0001-01-01T00:00:00+14:00|{uuid4().hex}".encode()).decode()
EVIL = ("\0", '"><script>alert(1)</script>', "{0.__class__}", "9" * 30, EARLY)
NAMES = ("q", "cursor", "tenant", "part", "before")
LISTS = tuple(p for p in PAGES if p.method == "GET" and "{" not in p.path and "live" not in p.path)


@pytest.fixture(scope="module")
async def admin(api: Api) -> Person:
    return await signed_in(api, "admin")


@pytest.mark.parametrize("evil", EVIL, ids=["nul", "script", "format", "long", "early"])
@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.path)
async def test_no_word_in_an_address_breaks_a_page(admin: Person, one: Page, evil: str) -> None:
    for name in NAMES:
        answer = await admin.get(f"{one.path}?{name}={quote(evil)}")
        assert answer.code < 500, (name, answer.body[-300:])
        assert b"<script>alert" not in answer.body


@pytest.mark.parametrize(
    "told",
    ["5", "[[],1,2]", "[" * 2900, json.dumps(["good", "Undo?", ["/admin/people", [["a", "b"]]]])],
    ids=["number", "list", "deep", "form"],
)
async def test_nobody_else_puts_a_notice_into_our_pages(api: Api, admin: Person, told: str) -> None:
    packed = base64.urlsafe_b64encode(told.encode()).decode()
    for cookie in (packed, f"{packed}.", f"{packed}.{'0' * 32}"):
        headers = {"Cookie": f"fr_session={admin.token}; fr_notice={cookie}"}
        answer = await api.with_key(None).call("GET", "/admin/people", headers=headers)
        assert answer.code == 200
        assert b"Undo?" not in answer.body


async def test_a_notice_of_ours_is_told_to_its_session_alone(api: Api, admin: Person) -> None:
    other = await signed_in(api, "viewer")
    done = await admin.post("/admin/account/password", {"old": "wrong", "new": PASSWORD})
    (sealed,) = (line.split(";")[0] for line in done.headers.getall("Set-Cookie"))
    for who, is_told in ((admin, True), (other, False)):
        headers = {"Cookie": f"fr_session={who.token}; {sealed}"}
        answer = await api.with_key(None).call("GET", "/admin/account", headers=headers)
        assert (b"The password is wrong" in answer.body) == is_told


@pytest.mark.parametrize(
    "wanted", ["/admin/x\r\nSet-Cookie: a=b", "/admin/\nx", "/admin/..//evil.example", "/admin?\t"]
)
async def test_no_way_on_after_signing_in_breaks_an_answer(api: Api, wanted: str) -> None:
    email = f"{uuid4().hex}@example.com"
    await person(api, "viewer", email)
    form = {"email": email, "password": PASSWORD, "next": wanted}
    answer = await Person(api).post("/admin/sign-in", form)
    assert (answer.code, answer.headers["Location"]) == (303, "/admin")


async def test_keys_are_made_and_taken_back_with_a_name_to_it(api: Api, admin: Person) -> None:
    tenant = "00000000-0000-0000-0000-000000000001"
    made = await admin.post(f"/admin/tenants/{tenant}/keys", {"name": "k", "scope": "render"})
    assert made.code == 200
    keys = await api.call("GET", "/v1/api-keys")
    key_id = next(one["id"] for one in keys.json["data"] if one["name"] == "k")
    await admin.post(f"/admin/tenants/{tenant}/keys/{key_id}/revoke")
    noted = await admin.get("/admin/audit")
    for action in (b"Made an API key", b"Revoked an API key"):
        assert action in noted.body
    assert noted.body.count(key_id.encode()) >= 2


async def test_nothing_is_made_for_a_tenant_that_is_none(api: Api, admin: Person) -> None:
    nobody = str(uuid4())
    by_page = await admin.post("/admin/projects", {"name": "x", "tenant": nobody})
    assert by_page.code == 404
    headers = {"Cookie": f"fr_session={admin.token}", "X-CSRF-Token": admin.csrf}
    by_api = await api.with_key(None).call(
        "POST", "/v1/projects", json={"name": "x"}, headers={**headers, "X-Tenant": nobody}
    )
    assert by_api.code == 404


async def test_a_key_acts_for_its_own_tenant_whatever_else_it_names(api: Api) -> None:
    _, stranger = await another_tenant(api)
    mine = (await api.call("POST", "/v1/projects", json={"name": "mine"})).json["id"]
    headers = {"X-Tenant": str(DEFAULT_TENANT)}
    listed = await stranger.call("GET", "/v1/projects", headers=headers)
    assert (listed.code, listed.json["data"]) == (200, [])
    assert (await stranger.call("GET", f"/v1/projects/{mine}", headers=headers)).code == 404


@pytest.mark.parametrize(
    ("token", "origin"), [("", None), ("0" * 64, None), (None, "null"), (None, "http://evil")]
)
async def test_another_site_uploads_nothing_by_a_persons_cookie(
    api: Api, admin: Person, token: str | None, origin: str | None
) -> None:
    headers = {"Cookie": f"fr_session={admin.token}"}
    headers["X-CSRF-Token"] = admin.csrf if token is None else token
    if origin is not None:
        headers["Origin"] = origin
    answer = await api.with_key(None).upload("/v1/files", "x.png", b"x" * 999, headers=headers)
    assert answer.code == 403
    assert left_over(api) == []
