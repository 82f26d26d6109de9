"""JSON bodies that are small to send and dear to refuse."""

from __future__ import annotations

import pytest

from orchestrator.api.bodies import MAX_VALUES, parse_body
from orchestrator.errors import BadRequest, Invalid
from orchestrator.wire.agent import EnrolRequest
from orchestrator.wire.tasks import LogChunk

JSON = "application/json"


@pytest.mark.parametrize("unclosed", [False, True])
def test_more_values_than_any_message_holds_are_refused_before_each_is_looked_at(
    unclosed: bool,
) -> None:
    # Each value would become a problem of its own: four megabytes held the server for 15 s.
    members = ",".join(f'"{number}":1' for number in range(MAX_VALUES + 2))
    raw = ("{" + members + ("" if unclosed else "}")).encode()

    with pytest.raises(BadRequest) as caught:
        parse_body(raw, JSON, EnrolRequest)

    assert caught.value.code == "too_many_values"


def test_commas_in_a_text_are_no_values() -> None:
    text = ', \\" ,' * 30_000
    raw = f'{{"token":"0.{"a" * 32}","offset":0,"text":"{text}"}}'.encode()

    assert isinstance(parse_body(raw, JSON, LogChunk), LogChunk)


def test_an_unclosed_text_of_quotes_is_read_once() -> None:
    # Read anew from every quote, this would take minutes.
    with pytest.raises((BadRequest, Invalid)):
        parse_body(b'{"a": "' + b'\\"' * 2_000_000, JSON, EnrolRequest)
