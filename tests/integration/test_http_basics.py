"""The HTTP API's ground: health, problems, ids, limits, keys, repeats."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator

import pytest

from orchestrator.embedded import Cluster
from orchestrator.storage import disk
from tests.support.server import Api, another_tenant, serving


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module."""
    async with serving(postgres, template, tmp_path_factory, max_body_bytes=2048) as served:
        yield served


async def test_health_needs_no_key_and_all_else_does(api: Api) -> None:
    anonymous = api.with_key(None)
    assert (await anonymous.call("GET", "/healthz")).json["ok"] is True
    ready = await anonymous.call("GET", "/readyz")
    assert (ready.code, ready.json["checks"]) == (200, {})
    assert set(ready.json["warnings"]) <= {"storage"}, "this machine's disk may be full"
    for path in ("/openapi.json", "/metrics", "/v1/api-keys"):
        answer = await anonymous.call("GET", path)
        assert (answer.code, answer.json["code"]) == (401, "unauthorized"), path
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_errors_of_the_http_library_are_problems_too(api: Api) -> None:
    missing = await api.call("GET", "/v1/nothing")
    assert (missing.code, missing.json["code"]) == (404, "no_route")
    wrong = await api.call("PUT", "/v1/api-keys")
    assert (wrong.code, wrong.json["code"]) == (405, "method_not_allowed")
    assert set(wrong.headers["Allow"].split(",")) >= {"GET", "POST"}
    large = await api.call("POST", "/v1/api-keys", json={"name": "x" * 4096})
    assert (large.code, large.json["code"]) == (413, "too_large")
    assert large.json["request_id"] == large.headers["X-Request-Id"]


async def test_a_given_request_id_comes_back_and_a_strange_one_does_not(api: Api) -> None:
    given = await api.call("GET", "/healthz", headers={"X-Request-Id": "abc-12345"})
    assert given.headers["X-Request-Id"] == "abc-12345"
    strange = await api.call("GET", "/healthz", headers={"X-Request-Id": "a b{}<script>"})
    assert strange.headers["X-Request-Id"] != "a b{}<script>"
    assert strange.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"name": "a", "name": "b", "scopes": ["render"]}', "duplicate_key"),
        (b'{"name": "a", "scopes": ["render"], "x": NaN}', "bad_json"),
        (b"[" * 1500, "bad_json"),
        (b'{"name": "\xff"}', "bad_json"),
        (b"", "bad_json"),
    ],
)
async def test_json_that_two_readers_could_read_differently_is_refused(
    api: Api, body: bytes, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await api.call("POST", "/v1/api-keys", data=body, headers=headers)
    assert (answer.code, answer.json["code"]) == (400, code)


async def test_every_problem_of_a_body_is_listed(api: Api) -> None:
    body = {"name": "", "scopes": ["root"], "expires_at": "soon", "tenant_id": "x"}
    answer = await api.call("POST", "/v1/api-keys", json=body)
    assert answer.code == 422
    places = {problem["place"] for problem in answer.json["problems"]}
    assert places >= {"name", "scopes.0", "expires_at", "tenant_id"}


async def test_bodies_that_are_not_plain_json_are_refused(api: Api) -> None:
    text = await api.call("POST", "/v1/api-keys", data="{}", headers={"Content-Type": "text/plain"})
    assert (text.code, text.json["code"]) == (415, "unsupported_media_type")
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    packed = await api.call("POST", "/v1/api-keys", data=b"x", headers=headers)
    assert (packed.code, packed.json["code"]) == (415, "unsupported_encoding")


async def test_an_unknown_query_parameter_is_refused(api: Api) -> None:
    answer = await api.call("GET", "/v1/api-keys?tenant_id=1")
    assert (answer.code, answer.json["code"]) == (400, "bad_query")


async def test_keys_are_listed_in_pages_newest_first(api: Api) -> None:
    _, other = await another_tenant(api)
    for number in range(3):
        body = {"name": f"k{number}", "scopes": ["render"]}
        assert (await other.call("POST", "/v1/api-keys", json=body)).code == 201
    first = (await other.call("GET", "/v1/api-keys?limit=2")).json
    cursor = first["meta"]["next_cursor"]
    rest = (await other.call("GET", f"/v1/api-keys?limit=2&cursor={cursor}")).json
    names = [key["name"] for key in first["data"] + rest["data"]]
    assert names == ["k2", "k1", "k0", "other"]


async def test_a_key_is_shown_once_and_its_secret_is_nowhere_in_the_database(api: Api) -> None:
    made = await api.call("POST", "/v1/api-keys", json={"name": "ci", "scopes": ["render"]})
    assert made.code == 201
    secret = made.json["secret"]
    assert secret.startswith("fr_")
    listed = await api.call("GET", "/v1/api-keys")
    assert secret.rpartition("_")[2] not in listed.body.decode()
    used = await api.with_key(secret).call("GET", "/openapi.json")
    assert used.code == 200
    assert (await api.with_key(secret).call("GET", "/v1/api-keys")).code == 403
    noted = await api.call("GET", "/v1/api-keys")
    row = next(key for key in noted.json["data"] if key["name"] == "ci")
    assert row["last_used_at"] is not None


async def test_a_revoked_expired_or_changed_key_is_refused_at_once(api: Api) -> None:
    body = {"name": "x", "scopes": ["render"]}
    made = (await api.call("POST", "/v1/api-keys", json=body)).json
    client = api.with_key(made["secret"])
    assert (await client.call("GET", "/openapi.json")).code == 200
    other = made["secret"][:-1] + ("A" if made["secret"][-1] != "A" else "B")
    assert (await api.with_key(other).call("GET", "/openapi.json")).json["code"] == "invalid_key"
    gone = await api.call("DELETE", f"/v1/api-keys/{made['key']['id']}")
    assert (gone.code, gone.body) == (204, b"")
    assert (await client.call("GET", "/openapi.json")).json["code"] == "invalid_key"
    past = await api.call(
        "POST", "/v1/api-keys", json={**body, "expires_at": "2020-01-01T00:00:00Z"}
    )
    assert (past.code, past.json["problems"][0]["place"]) == (422, "expires_at")


async def test_a_repeated_creating_call_does_not_create_twice(api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"name": "once", "scopes": ["render"]}
    answers = await asyncio.gather(
        *(api.call("POST", "/v1/api-keys", json=body, headers=headers) for _ in range(5))
    )
    codes = sorted(answer.code for answer in answers)
    assert codes[0] == 201
    assert set(codes[1:]) == {409}
    again = await api.call("POST", "/v1/api-keys", json=body, headers=headers)
    assert again.json["code"] == "secret_shown_once"
    other = await api.call("POST", "/v1/api-keys", json={**body, "name": "other"}, headers=headers)
    assert (other.code, other.json["code"]) == (422, "idempotency_key_reused")
    listed = await api.call("GET", "/v1/api-keys")
    assert [key["name"] for key in listed.json["data"]].count("once") == 1


async def test_a_refused_call_frees_its_key(api: Api) -> None:
    headers = {"Idempotency-Key": "two"}
    bad = await api.call("POST", "/v1/api-keys", json={"name": ""}, headers=headers)
    assert bad.code == 422
    good = await api.call(
        "POST", "/v1/api-keys", json={"name": "ok", "scopes": ["render"]}, headers=headers
    )
    assert good.code == 201


async def test_metrics_count_requests_by_route(api: Api) -> None:
    await api.call("GET", "/no-such-thing/12345")
    text = (await api.call("GET", "/metrics")).body.decode()
    assert 'flatrender_http_requests_total{code="200",method="GET",route="/' in text
    assert "12345" not in text


async def test_the_served_document_names_every_route(api: Api) -> None:
    from orchestrator.api.table import ROUTES

    paths = (await api.call("GET", "/openapi.json")).json["paths"]
    written = {(method, path) for path, item in paths.items() for method in item}
    assert written == {(route.method.lower(), route.plain_path) for route in ROUTES}
    assert json.dumps(paths)


async def test_a_full_disk_is_a_warning_and_keeps_nobody_out(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise disk.full(OSError(errno.ENOSPC, "no room"))

    monkeypatch.setattr(disk, "require_room", full)
    ready = await api.with_key(None).call("GET", "/readyz")
    assert (ready.code, ready.json["ok"], ready.json["checks"]) == (200, True, {})
    assert "Free space" in ready.json["warnings"]["storage"]
