"""Logs: one line per event, no secrets, no control characters."""

import io
import json
import logging

import pytest
import structlog

from orchestrator import logs

KEY = "fr_abcdefghijkl_" + "S" * 43


@pytest.fixture
def lines() -> io.StringIO:
    """Configure JSON logs into a text."""
    out = io.StringIO()
    logs.configure("json", "info", out)
    yield out
    logs.configure("console", "warning")


def test_an_event_is_one_json_object_with_its_context(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1", job="j", attempt=2):
        structlog.get_logger("x").info("claimed", node="n")
    found = json.loads(lines.getvalue())
    assert {key: found[key] for key in ("event", "request_id", "job", "attempt", "node")} == {
        "event": "claimed",
        "request_id": "r-1",
        "job": "j",
        "attempt": 2,
        "node": "n",
    }
    assert found["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "fields",
    [
        {"secret": "hunter2"},
        {"note": f"key {KEY} came"},
        {"headers": {"Authorization": "Bearer hunter2"}},
        {"url": "/v1/objects/a?op=get&sig=" + "ab" * 32},
        {"text": "postgresql://user:hunter2@host/db"},
        {"list": [f"x {KEY}"]},
    ],
)
def test_secrets_are_hidden_by_name_and_by_shape(
    lines: io.StringIO, fields: dict[str, object]
) -> None:
    structlog.get_logger("x").info("e", **fields)
    text = lines.getvalue()
    assert "hunter2" not in text
    assert "S" * 10 not in text
    assert "abababab" not in text
    assert "***" in text


def test_a_secret_in_an_exception_is_hidden_too(lines: io.StringIO) -> None:
    try:
        int(f"bad key {KEY}")
    except ValueError:
        structlog.get_logger("x").exception("broke")
    text = lines.getvalue()
    assert "S" * 10 not in text
    assert "ValueError" in json.loads(text)["exception"]


def test_control_characters_cannot_forge_a_line(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("a\nb", name='x\r\n{"event": "fake"}\x1b[31m\u202e\u2028')
    assert lines.getvalue().count("\n") == 1
    found = json.loads(lines.getvalue())
    assert found["event"] == "a\\nb"
    assert not any(ord(char) < 32 or char in "\u202e\u2028" for char in found["name"])


def test_the_standard_librarys_records_come_the_same_way(lines: io.StringIO) -> None:
    logging.getLogger("other").warning("with %s", "words")
    assert json.loads(lines.getvalue())["event"] == "with words"
    logging.getLogger("other").debug("unheard")
    assert lines.getvalue().count("\n") == 1
