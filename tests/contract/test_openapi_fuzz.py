"""The running server against its own OpenAPI document, with generated requests."""

from __future__ import annotations

import asyncio
import base64
import time
import warnings
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS as KNOWN
from schemathesis.checks import load_all_checks

from orchestrator.api.openapi import document
from orchestrator.wire import signing
from tests.support.server import Api

NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
LEFT_OUT = {"get_render_events", "claim_tasks", "wait_for_call"}
"""These are held open; they have tests of their own."""


class NodeAuth(requests.auth.AuthBase):
    """Sign each request as a node."""

    def __init__(self, node_id: UUID, key_version: int, secret: str) -> None:
        self._node = node_id, key_version
        self._secret = base64.urlsafe_b64decode(secret + "=")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the signature over method, path and body into the header."""
        body = request.body or b""
        request.headers["Authorization"] = signing.header(
            self._secret,
            *self._node,
            int(time.time()),
            method=request.method or "",
            path_qs=request.path_url,
            body=body.encode() if isinstance(body, str) else body,
        )
        return request


class KeyAuth(requests.auth.AuthBase):
    """Send an API key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the key into the header, over whatever was generated there."""
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


async def enrolled(api: Api) -> NodeAuth:
    """Enrol a node as a person would."""
    token = (await api.call("POST", "/v1/nodes/enrolments", json={})).json["enrolment_token"]
    body = {"enrolment_token": token, "name": f"fuzz-{uuid4()}", "platform": "linux"}
    made = (await api.with_key(None).call("POST", "/v1/agent/enrol", json=body)).json
    return NodeAuth(UUID(made["node_id"]), made["key_version"], made["secret"])


def attack(
    operation: Any, base: str, auth: requests.auth.AuthBase, mode: GenerationMode, examples: int
) -> None:
    """Send generated requests to one operation and check every answer."""
    load_all_checks()
    checks = KNOWN.get_by_names(NAMES)

    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call(base_url=base, auth=auth, timeout=100)
        case.validate_response(response, checks=checks)

    with warnings.catch_warnings(), suppress(Unsatisfiable):
        # Unsatisfiable: nothing about the operation can be wrong, such as a path of any text.
        warnings.simplefilter("ignore")
        check()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_generated_requests_find_no_answer_outside_the_document(
    api: Api, long_run: bool, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_dict(without_security())
    assert api.key is not None
    key, node = KeyAuth(api.key), await enrolled(api)
    examples = 200 if long_run else 6
    for found in schema.get_all_operations():
        operation = found.ok()
        raw = operation.definition.raw
        if raw["operationId"] in LEFT_OUT or (mode is GenerationMode.NEGATIVE and not takes(raw)):
            continue
        auth = node if "agents" in raw["tags"] else key
        await asyncio.to_thread(attack, operation, api.base, auth, mode, examples)


def without_security() -> dict[str, Any]:
    """Give the document as if every call were allowed: here each one carries its credentials."""
    found = document()
    for path in found["paths"].values():
        for operation in path.values():
            del operation["security"]
    return found


def takes(raw: dict[str, Any]) -> bool:
    """Tell whether an operation takes anything that could be wrong."""
    return bool(raw.get("parameters") or raw.get("requestBody"))
