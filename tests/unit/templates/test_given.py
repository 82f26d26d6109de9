"""What an order gives a field must be of the field's kind, and is spelled as bind.jsx reads it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from orchestrator.api.bodies import parse_body
from orchestrator.core.templates.given import bind_value, wrong_value
from orchestrator.errors import FarmError
from orchestrator.wire.renders import FileRef, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanElement

FILE = FileRef(file_id=UUID(int=2))
WORDS = ("یک", "two", "3 small", "1")


def field(kind: Any, **more: Any) -> ScanElement:
    return ScanElement(key="k", kind=kind, layer="frd_k", comp="frfinal", **more)


def wrong(kind: str, given: Any, element: ScanElement | None = None, **looks: Any) -> str | None:
    found = wrong_value(element or field(kind), OrderValue(key="k", value=given, **looks))
    return None if found is None else found[0]


def spelled(kind: str, given: Any, **more: Any) -> str:
    value = OrderValue(key="k", value=given)
    element = field(kind, **more)
    assert wrong_value(element, value) is None
    return bind_value(value, element, {FILE.file_id: "media/a.png"}).value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 3), ("textarea", True), ("text", FILE), ("media", "a.png"), ("audio", 1),
        ("checkbox", "maybe"), ("checkbox", 2), ("checkbox", FILE), ("number", "fast"),
        ("number", True), ("number", "1e3"), ("number", "\u0663"), ("number", ""),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(kind: str, given: Any) -> None:
    assert wrong(kind, given) == "wrong_kind"


@pytest.mark.parametrize("given", ["red", "#12345", "#1234567", "1,2,3", 5, "#GG0000", "123456"])
def test_a_colour_is_written_as_hex(given: Any) -> None:
    assert wrong("color", given) == wrong("fill", given) == "wrong_color"


@pytest.mark.parametrize(
    ("given", "number"), [(2, "2"), ("3", "3"), ("two", "2"), (" یک ", "1"), ("3 small", "3")]
)
def test_a_choice_is_told_by_its_number_or_its_word(given: Any, number: str) -> None:
    assert spelled("dropdown", given, options=WORDS) == number


@pytest.mark.parametrize("given", [0, 5, -1, "five", "", "1.0", 2.0, True, "\u00b2", "9" * 6000])
def test_a_choice_that_there_is_not_is_answered_with_those_that_there_are(given: Any) -> None:
    element = field("dropdown", options=WORDS)
    found = wrong_value(element, OrderValue(key="k", value=given))
    assert found is not None
    assert found[0] == "unknown_option"
    assert "1 یک, 2 two, 3 3 small, 4 1" in found[1]
    assert wrong("dropdown", "two") == "unknown_option"


def test_a_number_wins_over_a_word_and_a_word_that_two_choices_have_is_none() -> None:
    assert spelled("dropdown", "1", options=WORDS) == "1"
    twins = field("dropdown", options=("same", "same"))
    assert wrong("dropdown", "same", twins) == "unknown_option"


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("checkbox", True, "true"), ("checkbox", "TRUE", "true"), ("checkbox", 0, "false"),
        ("number", 2.0, "2"), ("number", 1234567890.5, "1234567890.5"), ("number", 0.001, "0.001"),
        ("number", " 7 ", "7"), ("number", -3, "-3"), ("text", " padded ", " padded "),
        ("color", "#a1B2c3", "#a1B2c3"), ("media", FILE, "media/a.png"),
    ],
)  # fmt: skip
def test_values_are_spelled_as_the_script_reads_them(kind: str, given: Any, text: str) -> None:
    assert spelled(kind, given) == text


@pytest.mark.parametrize(
    ("kind", "given", "look"),
    [
        ("media", FILE, {"font": "Vazirmatn-Bold"}), ("number", 1, {"size": 12.0}),
        ("color", "#000000", {"justify": "left"}), ("checkbox", True, {"direction": "rtl"}),
        ("text", "x", {"fit": "cover"}), ("audio", FILE, {"fit": "none"}),
    ],
)  # fmt: skip
def test_a_look_that_the_kind_does_not_have_is_refused(kind: str, given: Any, look: Any) -> None:
    assert wrong(kind, given) is None
    assert wrong(kind, given, **look) == "wrong_look"


def test_fit_and_looks_reach_the_bind_spec() -> None:
    picture = OrderValue(key="k", value=FILE, fit="cover")
    assert bind_value(picture, field("media"), {FILE.file_id: "m"}).fit == "cover"
    words = OrderValue(key="k", value="x", font="F", size=9.0, justify="full", direction="rtl")
    bound = bind_value(words, field("textarea"), {})
    assert (bound.font, bound.size, bound.justify, bound.direction) == ("F", 9.0, "full", "rtl")


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("a\\u0000b", "NUL character"), ("\\ud800", "lone surrogate"),
        ("x\\udfffy", "lone surrogate"),
        ("\\udc00\\ud800", "lone surrogate"), ("\\ud83d x", "lone surrogate"),
    ],
)  # fmt: skip
def test_what_no_text_can_hold_is_refused_with_the_reason(bad: str, code: str) -> None:
    scene = f'{{"key": "c1", "values": [{{"key": "t1", "value": "{bad}"}}]}}'
    raw = f'{{"project_id": "{UUID(int=1)}", "scenes": [{scene}]}}'.encode()
    with pytest.raises(FarmError, match=code) as told:
        parse_body(raw, "application/json", RenderOrder)
    assert told.value.status in (400, 422)
