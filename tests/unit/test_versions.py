"""A server and its agents and clients may be one version apart, either way."""

import json

import pytest
from pydantic import ValidationError

from orchestrator.api.bodies import parse_body
from orchestrator.api.openapi import document
from orchestrator.api.table import ROUTES
from orchestrator.errors import Invalid
from orchestrator.wire.agent import HeartbeatAnswer
from orchestrator.wire.base import read
from orchestrator.wire.tasks import ClaimAnswer, ResultReport

JSON = "application/json"
TOKEN = "1." + "ab" * 16
GRANT = {
    "task_id": 1,
    "attempt": 1,
    "token": TOKEN,
    "lease_ttl_s": 30,
    "job_id": None,
    "project_id": None,
    "engine": "preview",
    "bundle": None,
    "spec": {
        "kind": "frames",
        "comp": "main",
        "frames": "0-9",
        "width": 320,
        "height": 180,
        "fps": {"num": 25, "drop": False},
        "passes": 2,
    },
    "hurry": True,
}
RESULT = {"token": TOKEN, "outcome": "succeeded", "mood": {"good": [1]}}


def test_an_old_agent_reads_the_answers_of_a_newer_server() -> None:
    answer = read(ClaimAnswer, json.dumps({"grants": [GRANT], "more": 1}))
    assert answer.grants[0].spec.frames == "0-9"  # type: ignore[union-attr]
    beat = {"epoch": "1", "lease_ttl_s": 30, "heartbeat_s": 10, "server_time": "2026-01-01T00:00Z"}
    assert read(HeartbeatAnswer, json.dumps({**beat, "report_s": 5})).heartbeat_s == 10


def test_a_field_that_we_know_is_read_as_strictly_as_ever() -> None:
    with pytest.raises(ValidationError):
        read(HeartbeatAnswer, b'{"epoch": "1", "lease_ttl_s": "30"}')


def test_an_old_server_takes_the_reports_of_a_newer_agent() -> None:
    raw = json.dumps(RESULT).encode()
    told = parse_body(raw, JSON, ResultReport, from_agent=True)
    assert told == ResultReport(token=TOKEN, outcome="succeeded")


def test_an_unknown_field_in_a_client_s_call_is_a_slip_and_refused() -> None:
    with pytest.raises(Invalid, match="mood"):
        parse_body(json.dumps(RESULT).encode(), JSON, ResultReport)


def test_the_document_says_which_messages_may_grow() -> None:
    schemas = document()["components"]["schemas"]
    assert "additionalProperties" not in schemas["ResultReport"]
    assert "additionalProperties" not in schemas["HeldLease"], "and all that they hold"
    assert schemas["RenderOrder"]["additionalProperties"] is False


def test_every_call_of_agents_and_no_other_may_grow() -> None:
    growing = {route.path for route in ROUTES if route.is_for_agents}
    assert "/v1/agent/heartbeat" in growing
    assert "/v1/renders" not in growing
    assert all(path.startswith("/v1/agent/") for path in growing)
