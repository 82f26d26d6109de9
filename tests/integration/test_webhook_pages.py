"""A tenant's webhooks over HTTP: the API's routes and the pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.embedded import Cluster
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from tests.support.people import Person, signed_in
from tests.support.receiver import Receiver, receiving
from tests.support.server import Api, serving

TENANT = f"/admin/tenants/{DEFAULT_TENANT}"
_SECRET = re.compile(rb'value="(whsec_[^"]+)"')


@pytest.fixture(scope="module")
async def api(
    postgres: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Serve one database to the whole module."""
    allowed: dict[str, Any] = {"outbound_networks": "127.0.0.0/8"}
    async with serving(postgres, template, tmp_path_factory, **allowed) as served:
        yield served


@pytest.fixture(scope="module")
async def admin(api: Api) -> Person:
    return await signed_in(api, "admin")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


def next_call(receiver: Receiver) -> asyncio.Event:
    """Give what is set when a call comes."""
    heard = asyncio.Event()
    receiver.came = heard.set
    return heard


async def delivered(api: Api, path: str) -> None:
    """Wait until nothing waits in a webhook's log: who calls hears of the answer a moment later."""
    async with asyncio.timeout(60):
        while True:
            log = (await api.call("GET", f"{path}/deliveries")).json["data"]
            if {one["state"] for one in log} == {"delivered"}:
                return
            await asyncio.sleep(0.01)


async def test_a_client_makes_tests_and_deletes_a_webhook(api: Api, receiver: Receiver) -> None:
    wanted = {"url": receiver.url + "/x", "events": ["job.done", "job.failed"]}
    key = {"Idempotency-Key": uuid4().hex}
    made = await api.call("POST", "/v1/webhooks", json=wanted, headers=key)
    assert made.code == 201, made.json
    again = await api.call("POST", "/v1/webhooks", json=wanted, headers=key)
    assert (again.code, again.json["code"]) == (409, "secret_shown_once")
    path = f"/v1/webhooks/{made.json['webhook']['id']}"
    heard = next_call(receiver)
    sent = await api.call("POST", path + "/test")
    assert (sent.code, sent.json["state"], sent.json["type"]) == (201, "pending", "webhook.test")
    await asyncio.wait_for(heard.wait(), 60)
    assert receiver.got[0].id == sent.json["id"]
    assert receiver.got[0].fits(made.json["secret"])
    await delivered(api, path)
    heard = next_call(receiver)
    replay = await api.call("POST", f"{path}/deliveries/{sent.json['id']}/replay")
    assert replay.code == 200, replay.json
    await asyncio.wait_for(heard.wait(), 60)
    log = (await api.call("GET", path + "/deliveries")).json["data"]
    assert [one["id"] for one in log] == [sent.json["id"]]
    changed = await api.call("PATCH", path, json={"events": ["*"], "state": "paused"})
    assert (changed.json["events"], changed.json["state"]) == (["*"], "paused")
    assert (await api.call("PATCH", path, json={})).code == 422
    assert (await api.call("POST", path + "/test")).json["code"] == "webhook_rests"
    assert "secret" not in (await api.call("GET", path)).json
    assert (await api.call("DELETE", path)).code == 204
    assert (await api.call("GET", path + "/deliveries")).code == 404


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://10.0.0.1/", "address_refused"),
        ("https://[::1]/", "address_refused"),
        ("https://169.254.169.254/latest", "address_refused"),
        ("https://me:secret@example.com/", "bad_address"),
        ("https://example.com/#x", "bad_address"),
    ],
)
async def test_an_address_that_is_never_called_is_refused_when_it_is_given(
    api: Api, url: str, code: str
) -> None:
    answer = await api.call("POST", "/v1/webhooks", json={"url": url})
    assert (answer.code, answer.json["code"]) == (422, code), answer.json


async def test_a_tenant_has_a_few_webhooks_at_most(api: Api) -> None:
    wanted = {"url": "https://hooks.invalid/x"}
    codes = []
    for _ in range(11):
        answer = await api.call("POST", "/v1/webhooks", json=wanted)
        codes.append(answer.code)
    assert codes == [201] * 10 + [409]
    for one in (await api.call("GET", "/v1/webhooks")).json["data"]:
        await api.call("DELETE", f"/v1/webhooks/{one['id']}")


async def test_a_person_makes_tests_replays_and_deletes_a_webhook_on_the_pages(
    api: Api, admin: Person, receiver: Receiver
) -> None:
    form = {"url": receiver.url + "/x", "event": "job.done"}
    made = await admin.post(f"{TENANT}/webhooks", form)
    assert made.code == 200, made.body[-400:]
    secret = _SECRET.search(made.body)
    assert secret is not None
    found = re.search(rb"/webhooks/([0-9a-f-]{36})", made.body)
    assert found is not None
    path = f"{TENANT}/webhooks/{found[1].decode()}"
    assert receiver.url.encode() in (await admin.get(TENANT)).body
    heard = next_call(receiver)
    assert (await admin.post(path + "/test")).code == 303
    await asyncio.wait_for(heard.wait(), 60)
    assert receiver.got[0].fits(secret[1].decode().replace("&#43;", "+"))
    shown = await admin.get(path)
    assert b"webhook.test" in shown.body
    assert b"whsec_" not in shown.body
    await delivered(api, f"/v1/webhooks/{found[1].decode()}")
    heard = next_call(receiver)
    assert (await admin.post(f"{path}/deliveries/{receiver.got[0].id}/replay")).code == 303
    await asyncio.wait_for(heard.wait(), 60)
    for act in ("pause", "resume"):
        assert (await admin.post(f"{path}/{act}")).code == 303
    changed = await admin.post(path, {"url": receiver.url + "/y", "event": "*"})
    assert changed.code == 303
    assert b"/y</code>" in (await admin.get(path)).body
    assert b"whsec_" in (await admin.post(path + "/secret")).body
    viewer = await signed_in(api, "viewer")
    seen = await viewer.get(path)
    assert seen.code == 200
    tenant = await viewer.get(path.partition("/webhooks")[0])
    for page in (seen, tenant):
        assert f"{receiver.url}/…".encode() in page.body
        assert f"{receiver.url}/y".encode() not in page.body, "often the receiver's secret"
    assert f'action="{path}'.encode() not in seen.body
    assert f'action="{path}'.encode() in (await admin.get(path)).body
    assert (await admin.post(path + "/delete")).code == 303
    assert (await admin.get(path)).code == 404


async def test_a_form_without_an_address_or_events_makes_nothing(api: Api, admin: Person) -> None:
    for form in ({"url": "ftp://x.test/", "event": "*"}, {"url": "https://x.test/"}):
        answer = await admin.post(f"{TENANT}/webhooks", form)
        assert (answer.code, answer.headers["Location"]) == (303, "/admin")
    assert (await api.call("GET", "/v1/webhooks")).json["data"] == []
