"""Agents and nodes over HTTP: enrolment, signatures, sessions, a render end to end."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from orchestrator.wire import signing
from tests.support.farm import ABLE, SAMPLE, Farm
from tests.support.server import Answer, Api, running


@pytest.fixture
async def api(database: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(database, tmp_path, claim_wait_s=1) as served:
        yield served


class Machine:
    """Be a node that signs its calls."""

    def __init__(self, api: Api, node_id: UUID, secret: bytes) -> None:
        self.api = api.with_key(None)
        self.node_id = node_id
        self.secret = secret

    async def call(self, path: str, body: Any, *, skew_s: int = 0, version: int = 1) -> Answer:
        """Send one signed call."""
        raw = json.dumps(body).encode()
        header = signing.header(
            self.secret,
            self.node_id,
            version,
            int(time.time()) + skew_s,
            method="POST",
            path_qs=path,
            body=raw,
        )
        headers = {"Authorization": header, "Content-Type": "application/json"}
        return await self.api.call("POST", path, data=raw, headers=headers)

    async def register(self, *held: dict[str, Any]) -> Answer:
        """Start a session."""
        return await self.call(
            "/v1/agent/register",
            {
                "instance_id": str(uuid4()),
                "name": "box",
                "platform": "linux",
                "agent_version": "1",
                "capabilities": ABLE.model_dump(mode="json"),
                "held": held,
            },
        )

    async def claim(self, session: str) -> list[dict[str, Any]]:
        """Ask for work."""
        body = {"request_id": str(uuid4()), "session_id": session, "wait_s": 0.2}
        answer = await self.call("/v1/agent/claim", body)
        assert answer.code == 200
        grants: list[dict[str, Any]] = answer.json["grants"]
        return grants

    async def report(self, grant: dict[str, Any], what: str, **body: Any) -> Answer:
        """Report on a lease."""
        path = f"/v1/agent/tasks/{grant['task_id']}/attempts/{grant['attempt']}/{what}"
        return await self.call(path, {"token": grant["token"], **body})


async def _token(api: Api) -> str:
    made = await api.call("POST", "/v1/nodes/enrolments", json={"ttl_s": 60})
    assert made.code == 201
    return str(made.json["enrolment_token"])


async def _enrol(api: Api, name: str = "box") -> Machine:
    body = {"enrolment_token": await _token(api), "name": name, "platform": "linux"}
    answer = await api.with_key(None).call("POST", "/v1/agent/enrol", json=body)
    assert answer.code == 201
    secret = base64.urlsafe_b64decode(answer.json["secret"] + "=")
    return Machine(api, UUID(answer.json["node_id"]), secret)


async def test_a_token_enrols_one_node_and_only_once(api: Api) -> None:
    token = await _token(api)
    bare = api.with_key(None)
    body = {"enrolment_token": token, "name": "box", "platform": "linux"}
    assert (await bare.call("POST", "/v1/agent/enrol", json=body)).code == 201
    again = await bare.call("POST", "/v1/agent/enrol", json={**body, "name": "other"})
    assert (again.code, again.json["code"]) == (401, "enrolment_token")


async def test_an_enrolment_whose_answer_was_lost_is_answered_again(api: Api) -> None:
    bare = api.with_key(None)
    body = {"enrolment_token": await _token(api), "name": "box", "platform": "linux"}
    asked = [bare.call("POST", "/v1/agent/enrol", json=body) for _ in range(4)]
    first, *again = await asyncio.gather(*asked)
    assert {answer.code for answer in (first, *again)} == {201}
    assert all(answer.json == first.json for answer in again)
    assert len((await api.call("GET", "/v1/nodes")).json["data"]) == 1
    secret = base64.urlsafe_b64decode(first.json["secret"] + "=")
    machine = Machine(api, UUID(first.json["node_id"]), secret)
    other = await bare.call("POST", "/v1/agent/enrol", json={**body, "platform": "macos"})
    assert (other.code, other.json["code"]) == (401, "enrolment_token")
    assert (await machine.register()).code == 200
    late = await bare.call("POST", "/v1/agent/enrol", json=body)
    assert (late.code, late.json["code"]) == (401, "enrolment_token")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE render.enrolment_tokens SET created_at = '2026-01-01', expires_at = '2026-01-02'",
        "UPDATE render.nodes SET state = 'retired', retired_at = now()",
        "UPDATE render.nodes SET secret_version = secret_version + 1",
        "UPDATE render.nodes SET secret_revoked_at = now()",
    ],
)
async def test_an_enrolment_is_not_repeated_once_it_is_over(
    api: Api, database: str, change: str
) -> None:
    bare = api.with_key(None)
    body = {"enrolment_token": await _token(api), "name": "box", "platform": "linux"}
    assert (await bare.call("POST", "/v1/agent/enrol", json=body)).code == 201
    look = await asyncpg.connect(database)
    await look.execute(change)
    await look.close()
    again = await bare.call("POST", "/v1/agent/enrol", json=body)
    assert (again.code, again.json["code"]) == (401, "enrolment_token")


async def test_a_name_that_is_taken_does_not_use_the_token_up(api: Api) -> None:
    await _enrol(api, "box")
    token = await _token(api)
    bare = api.with_key(None)
    body = {"enrolment_token": token, "name": "BOX", "platform": "linux"}
    taken = await bare.call("POST", "/v1/agent/enrol", json=body)
    assert (taken.code, taken.json["code"]) == (409, "node_name_taken")
    assert (await bare.call("POST", "/v1/agent/enrol", json={**body, "name": "b"})).code == 201


async def test_only_a_fitting_signature_in_time_is_taken(api: Api) -> None:
    machine = await _enrol(api)
    assert (await machine.register()).code == 200
    late = await machine.call("/v1/agent/register", {}, skew_s=3600)
    assert (late.code, late.json["code"]) == (401, "clock_skew")
    assert late.json["server_time"]
    assert (await machine.call("/v1/agent/register", {}, version=2)).code == 401
    stranger = Machine(api, machine.node_id, b"x" * 32)
    assert (await stranger.register()).code == 401
    unknown = Machine(api, uuid4(), b"x" * 32)
    assert (await unknown.register()).code == 401


async def test_a_retired_node_is_refused_everywhere(api: Api) -> None:
    machine = await _enrol(api)
    assert (await api.call("POST", f"/v1/nodes/{machine.node_id}/retire")).code == 200
    gone = await machine.register()
    assert (gone.code, gone.json["code"]) == (401, "node_revoked")
    listed = await api.call("GET", "/v1/nodes")
    assert listed.json["data"] == []


async def test_admins_see_nodes_in_pages_by_name_and_move_them(api: Api) -> None:
    for name in ("c", "a", "B"):
        await _enrol(api, name)
    first = await api.call("GET", "/v1/nodes?limit=2")
    cursor = first.json["meta"]["next_cursor"]
    rest = await api.call("GET", f"/v1/nodes?limit=2&cursor={cursor}")
    names = [node["name"] for node in first.json["data"] + rest.json["data"]]
    assert names == ["a", "B", "c"]
    assert rest.json["meta"]["next_cursor"] is None
    node = first.json["data"][0]["id"]
    for wish, state in (
        ("drain", "draining"),
        ("drain", "draining"),
        ("quarantine", "quarantined"),
        ("resume", "offline"),
    ):
        body = {"reason": "It smells."} if wish == "quarantine" else None
        moved = await api.call("POST", f"/v1/nodes/{node}/{wish}", json=body)
        assert (moved.code, moved.json["state"]) == (200, state)
    missing = await api.call("POST", f"/v1/nodes/{uuid4()}/drain")
    assert missing.code == 404
    assert (await api.call("GET", "/v1/nodes?cursor=nonsense")).code == 400


async def test_a_heartbeat_shows_the_nodes_health(api: Api) -> None:
    machine = await _enrol(api)
    session = (await machine.register()).json["session_id"]
    beat = {
        "session_id": session,
        "agent_version": "1",
        "clock": "2026-05-01T00:00:00Z",
        "sample": SAMPLE.model_dump(mode="json"),
        "cache_added": [{"md5": "a" * 32, "size_bytes": 5}],
    }
    answer = await machine.call("/v1/agent/heartbeat", beat)
    assert (answer.code, answer.json["lost"], answer.json["drain"]) == (200, [], False)
    await machine.call("/v1/agent/heartbeat", {**beat, "cache_added": []})
    node = (await api.call("GET", f"/v1/nodes/{machine.node_id}")).json
    assert (node["state"], node["sample"]["cpu_percent"]) == ("online", 10)
    assert node["capabilities"]["cores"] == 2
    over = await machine.call("/v1/agent/heartbeat", {**beat, "session_id": str(uuid4())})
    assert (over.code, over.json["code"]) == (409, "session_lost")


async def test_a_render_goes_over_http_from_claim_to_published_video(
    api: Api, database: str
) -> None:
    look = await asyncpg.connect(database)
    job = await Farm(api.deps, look, await _bundle(look)).job("0-9")
    machine = await _enrol(api)
    session = (await machine.register()).json["session_id"]
    (grant,) = await machine.claim(session)
    assert grant["spec"]["kind"] == "render"
    bytes_ = b"the video"
    file = {
        "name": "video.mp4",
        "size_bytes": len(bytes_),
        "sha256": hashlib.sha256(bytes_).hexdigest(),
        "content_type": "video/mp4",
    }
    (target,) = (await machine.report(grant, "uploads", files=[file])).json["uploads"]
    put = await machine.api.call("PUT", target["url"], data=bytes_, headers=target["headers"])
    assert put.code in {200, 201, 204}
    stage = {"stage": "frames", "done": 10, "total": 10}
    assert (await machine.report(grant, "progress", stages=[stage])).code == 200
    log = await machine.report(grant, "log", offset=0, text="line\n")
    assert log.json == {"offset": 5}
    output = {
        "kind": "video",
        "key": target["key"],
        **{name: file[name] for name in ("content_type", "size_bytes", "sha256")},
        "width": 320,
        "height": 180,
        "frames": 10,
        "fps": {"num": 25, "den": 1},
        "duration_s": 0.4,
        "has_audio": False,
    }
    told = {
        "outcome": "succeeded",
        "outputs": [output],
        "frames_done": "0-9",
        "frames_sha256": "0" * 64,
    }
    for _ in range(2):
        answer = await machine.report(grant, "result", **told)
        assert (answer.code, answer.json) == (200, {"task_state": "succeeded"})
    state = "SELECT state FROM render.render_jobs WHERE id = $1"
    assert await look.fetchval(state, job) == "done"
    late = await machine.report(grant, "progress", stages=[stage])
    assert (late.code, late.json["code"]) == (409, "lease_lost")
    await look.close()


async def _bundle(look: "asyncpg.Connection[Any]") -> int:
    return int(
        await look.fetchval(
            "INSERT INTO render.bundles (md5, sha256, kind, size_bytes, object_key, aep_path)"
            " VALUES (repeat('a', 32), repeat('b', 64), 'aep', 1, 'templates/t/b/template.aep',"
            " 'a.aep') RETURNING bundle_id"
        )
    )
