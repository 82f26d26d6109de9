"""What a node's signature must cover, and how its refusals read."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from yarl import URL

from orchestrator.wire import signing
from tests.support.server import Answer, Api

PATH = "/v1/agent/heartbeat"


@dataclass(frozen=True)
class Node:
    """Be an enrolled node that can sign."""

    node_id: UUID
    version: int
    secret: bytes

    def header(self, body: bytes, *, path: str = PATH, offset_s: int = 0) -> dict[str, str]:
        """Sign one POST."""
        signed = signing.header(
            self.secret,
            self.node_id,
            self.version,
            int(time.time()) + offset_s,
            method="POST",
            path_qs=path,
            body=body,
        )
        return {"Authorization": signed, "Content-Type": "application/json"}


async def enrol(api: Api) -> Node:
    """Enrol a node as a person would."""
    token = (await api.call("POST", "/v1/nodes/enrolments", json={})).json["enrolment_token"]
    body = {"enrolment_token": token, "name": f"n-{uuid4()}", "platform": "linux"}
    made = await api.with_key(None).call("POST", "/v1/agent/enrol", json=body)
    assert made.code == 201
    other = {**body, "name": f"n-{uuid4()}"}
    again = await api.with_key(None).call("POST", "/v1/agent/enrol", json=other)
    assert again.code == 401, "a token works for one node"
    secret = base64.urlsafe_b64decode(made.json["secret"] + "=")
    return Node(UUID(made.json["node_id"]), made.json["key_version"], secret)


async def post(api: Api, headers: dict[str, str], body: bytes = b"{}", path: str = PATH) -> Answer:
    """Send a signed call."""
    return await api.with_key(None).call("POST", path, data=body, headers=headers)


async def test_a_signed_call_is_let_in_and_a_changed_one_is_not(api: Api) -> None:
    node = await enrol(api)
    body = json.dumps({"x": 1}).encode()
    assert (await post(api, node.header(body), body)).code == 422, "let in, then validated"
    for bad in (
        await post(api, node.header(body), body + b" "),
        await post(api, node.header(body, path="/v1/agent/claim"), body),
        await post(api, node.header(body), body, PATH + "?x=1"),
        await post(api, Node(node.node_id, node.version, b"x" * 32).header(body), body),
        await post(api, Node(uuid4(), node.version, node.secret).header(body), body),
        await post(api, {"Authorization": "FR1 node=1,v=1,t=1,sig=0"}, body),
    ):
        assert (bad.code, bad.json["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("offset_s", [-3600, 3600])
async def test_a_clock_that_is_off_is_told_the_servers_time(api: Api, offset_s: int) -> None:
    node = await enrol(api)
    answer = await post(api, node.header(b"{}", offset_s=offset_s))
    assert (answer.code, answer.json["code"]) == (401, "clock_skew")
    assert answer.json["server_time"]


async def test_a_retired_node_is_refused_at_once(api: Api) -> None:
    node = await enrol(api)
    assert (await api.call("POST", f"/v1/nodes/{node.node_id}/retire")).code == 200
    answer = await post(api, node.header(b"{}"))
    assert (answer.code, answer.json["code"]) == (401, "node_revoked")


async def test_a_large_body_is_not_read_for_a_node_that_nobody_knows(api: Api) -> None:
    stranger = Node(uuid4(), 1, b"x" * 32)
    head = "".join(f"{name}: {value}\r\n" for name, value in stranger.header(b"").items())
    sent = f"POST {PATH} HTTP/1.1\r\nHost: farm\r\n{head}Content-Length: 4000000\r\n\r\n"
    server = URL(api.base)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(sent.encode())
        async with asyncio.timeout(60):
            line = await reader.readline()
        assert b" 401 " in line, "answered although no byte of the body has come"
    finally:
        writer.close()
