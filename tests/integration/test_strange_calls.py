"""Calls to the pages as no browser sends them: broken headers, endless forms, tricky paths."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.usecases.accounts.passwords import Passwords
from orchestrator.web.forms import MAX_FIELDS, MAX_FORM_BYTES
from orchestrator.web.page import Page
from orchestrator.web.table import PAGES
from tests.support.people import Person, signed_in
from tests.support.server import Api

FORM = "application/x-www-form-urlencoded"
LANGUAGE = "/admin/account/language"
RAW = b"\xff\xfe\xed\xa0\x80"
SHOWN = tuple(p for p in PAGES if p.method == "GET" and p.path != "/admin/live")


@pytest.fixture(scope="module")
async def admin(api: Api) -> Person:
    return await signed_in(api, "admin")


def filled(one: Page) -> str:
    """Give the page's path with ids that name nothing."""
    path = one.path
    while "{" in path:
        begin, _, rest = path.partition("{")
        path = begin + str(uuid4()) + rest.partition("}")[2]
    return path


async def raw(api: Api, head: bytes, body: bytes = b"") -> tuple[int, bytes]:
    """Send bytes as they are; give the code and the whole answer."""
    host, _, port = api.base.removeprefix("http://").partition(":")
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(head + b"Connection: close\r\n\r\n" + body)
            answer = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
    return int(answer.split(b" ", 2)[1]), answer


HEADERS = (
    b"Cookie: fr_session=%s; fr_notice=" + RAW + b"." + RAW,
    b"Cookie: fr_session=%s; fr_locale=" + RAW + b"; fr_known=" + RAW,
    b"Cookie: fr_session=" + RAW + b"%s",
    b"Cookie: fr_session=%s\r\nUser-Agent: " + RAW,
    b"Cookie: fr_session=%s\r\nReferer: http://[" + RAW,
    b"Cookie: fr_session=%s\r\nOrigin: http://[" + RAW,
    b"Cookie: fr_session=%s\r\nX-CSRF-Token: " + RAW,
    b"Cookie: fr_session=%s\r\nX-CSRF-Token: x\r\nX-Tenant: " + RAW,
    b"Cookie: fr_session=%s\r\nAccept-Language: " + RAW,
    b"Cookie: fr_session=%s\r\nX-Request-Id: " + RAW,
    b"Cookie: fr_session=%s\r\nX-Forwarded-For: " + RAW,
    b"Authorization: Bearer " + RAW + b"%s",
)


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/account"),
        ("POST", LANGUAGE),
        ("POST", "/admin/sign-in"),
        ("POST", "/v1/projects"),
    ],
)
async def test_no_header_breaks_a_page(
    api: Api, admin: Person, header: bytes, method: str, path: str
) -> None:
    body = b"csrf=x&email=a&password=b"
    kind = FORM if "/admin" in path else "application/json"
    head = f"{method} {path} HTTP/1.1\r\nHost: farm\r\nContent-Type: {kind}\r\n".encode()
    head += b"Content-Length: %d\r\n" % len(body) + header % admin.token.encode() + b"\r\n"
    code, answer = await raw(api, head, body)
    assert code < 500, answer[:300]


FORMS: tuple[tuple[str, str | bytes, int], ...] = (
    ("text/plain", "csrf=x", 400),
    ("application/json", '{"csrf": "x"}', 400),
    (f"{FORM}; charset=nonsense", "locale=fa", 400),
    (f"{FORM}; charset=utf-8", b"locale=\xff\xfe", 400),
    ("multipart/form-data", "x", 400),
    ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", 400),
    (FORM, "a=b&" * (MAX_FIELDS + 1), 413),
    (FORM, "a=" + "b" * MAX_FORM_BYTES, 413),
    (FORM, "locale=%ED%A0%80%00&csrf=%ED%A0%80", 403),
)


@pytest.mark.parametrize(("kind", "body", "code"), FORMS, ids=range(len(FORMS)))
async def test_a_form_that_is_none_is_refused_kindly(
    api: Api, admin: Person, kind: str, body: str | bytes, code: int
) -> None:
    headers = {"Content-Type": kind, "Cookie": f"fr_session={admin.token}"}
    for path in (LANGUAGE, "/admin/sign-in"):
        answer = await api.with_key(None).call("POST", path, data=body, headers=headers)
        assert (answer.code, answer.headers.get("X-Frame-Options")) == (code, "DENY")


async def test_a_form_without_a_length_has_the_same_limit(api: Api, admin: Person) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_FORM_BYTES // 1024 + 2):
            yield b"x" * 1024

    headers = {"Content-Type": FORM, "Cookie": f"fr_session={admin.token}"}
    answer = await api.with_key(None).call("POST", LANGUAGE, data=endless(), headers=headers)
    assert answer.code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
async def test_an_action_takes_its_own_method_only(api: Api, admin: Person, method: str) -> None:
    headers = {"Cookie": f"fr_session={admin.token}", "X-HTTP-Method-Override": "POST"}
    for path in (LANGUAGE, LANGUAGE + "?_method=POST"):
        answer = await api.with_key(None).call(method, path, headers=headers)
        assert answer.code in {404, 405}


async def test_no_form_counts_by_its_address(api: Api, admin: Person) -> None:
    path = f"{LANGUAGE}?csrf={admin.csrf}&locale=fa"
    assert (await admin.post(path, {"csrf": ""})).code == 403
    assert (await admin.get(path)).code == 404


def named(pages: tuple[Page, ...]) -> list[Any]:
    return [pytest.param(one, id=one.view.__name__) for one in pages]


@pytest.mark.parametrize("one", named(SHOWN))
async def test_every_page_is_guarded_by_its_headers(api: Api, admin: Person, one: Page) -> None:
    answers = [await who.get(filled(one)) for who in (admin, Person(api))]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store", "nothing is left for the back button"
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}


TRICKS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/settings.py",
    "..\\..\\settings.py",
    "//etc/passwd",
    "x/../app.css",
    "%00",
    "%ff%fe",
    "app.css",
    "vendor",
    "",
)


@pytest.mark.parametrize("trick", TRICKS, ids=range(len(TRICKS)))
async def test_static_files_are_those_that_are_named(api: Api, trick: str) -> None:
    for prefix in ("/admin/static/", "/admin/static/0123456789ab/"):
        head = f"GET {prefix}{trick} HTTP/1.1\r\nHost: farm\r\n".encode()
        code, answer = await raw(api, head)
        assert code in {303, 400, 404}
        assert b"root:" not in answer


@pytest.mark.parametrize(
    "path",
    ["/admin/%ff", "/admin/jobs/%ff%00", "/admin/%ED%A0%80", "/admin/x%0d%0aSet-Cookie:%20a=b"],
)
async def test_no_path_breaks_an_answer(api: Api, admin: Person, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: farm\r\nCookie: fr_session={admin.token}\r\n".encode()
    code, answer = await raw(api, head)
    assert code in {303, 400, 404}
    assert b"\r\nset-cookie: a=b" not in answer.lower()


async def test_no_page_takes_its_address_from_the_call(api: Api, admin: Person) -> None:
    for path in ("/admin", "/admin/people", "/admin/account", "/admin/nowhere"):
        head = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
        cookie = f"Cookie: fr_session={admin.token}\r\n"
        _, answer = await raw(api, (head + cookie).encode())
        assert b"evil.example" not in answer


async def test_signing_in_does_not_keep_a_session_that_was_there_before(
    api: Api, admin: Person
) -> None:
    await signed_in(api, "viewer", "fixed@example.com")
    planted = "planted-by-somebody-else-0123456789"
    form = {"email": "fixed@example.com", "password": "a horse, a staple"}
    answer = await api.with_key(None).call(
        "POST", "/admin/sign-in", data=form, headers={"Cookie": f"fr_session={planted}"}
    )
    assert answer.code == 303
    lines = answer.headers.getall("Set-Cookie")
    (line,) = (one for one in lines if one.startswith("fr_session="))
    assert planted not in line
    assert (await Person(api, planted).get("/admin")).code == 303


async def test_an_account_that_does_not_exist_costs_as_much_as_one_that_does(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_in(api, "viewer", "exists@example.com")
    checked: list[str] = []

    class Counting:
        def hash(self, _password: str) -> str:
            return "nobody's"

        def verify(self, encoded: str, _password: str) -> bool:
            checked.append(encoded)
            return False

    monkeypatch.setitem(api.deps.shared(Passwords).__dict__, "_hasher", Counting())
    bodies = set()
    for email in ("exists@example.com", "missing@example.com"):
        form = {"email": email, "password": "x"}
        answer = await Person(api).post("/admin/sign-in", form)
        bodies.add(answer.body.replace(email.encode(), b""))
    assert len(checked) == 2
    assert len(bodies) == 1, "the answers differ"
