"""The JSON library of the scripts reads data as data: exact, bounded, never run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import quickjs

LIBRARY = Path(__file__).parents[3] / "jsx" / "lib" / "10_json.jsx"
ALPHABET = (
    "\"'\\/\n\r\t\b\f \u2028\u2029\u200f\u200e\u202e\ufeff\u0000\u001f\u007f"
    "{}[]():;,.$<>&|+-*`aZ09_سلامیکپ\u200c؟۱۲\ud83d\ude00\ud800\udfffé漢"
)
FRAGMENTS = (
    '");alert(1);("', "*/ alert(1) /*", "${alert(1)}", "</script>", "\\u0022", "app.quit()",
    "__proto__", "constructor", "#include 'x.jsx'", "$.evalFile('x')", "\\", "null", "1e309",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Any:
    context = quickjs.Context()
    context.eval("var $ = {global: this}, touched = false;")
    context.eval("function alert() { touched = true; }")
    context.eval(LIBRARY.read_text(encoding="ascii"))
    context.eval(
        "function copy(text) { return FR.json.stringify(FR.json.parse(text)); }"
        "function codes(text) { var s = FR.json.parse(text), a = [];"
        "  for (var i = 0; i < s.length; i += 1) { a.push(s.charCodeAt(i)); } return a.join(); }"
    )
    return context


def strings(count: int) -> list[str]:
    """Give the same hostile strings on every run."""
    draw = random.Random(20260101)
    found = []
    for _ in range(count):
        parts = draw.choices(ALPHABET, k=draw.randint(0, 24))
        if draw.random() < 0.4:
            parts.insert(draw.randint(0, len(parts)), draw.choice(FRAGMENTS))
        found.append("".join(parts))
    return found


def units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[i] | data[i + 1] << 8 for i in range(0, len(data), 2)]


def test_hostile_strings_arrive_exactly_and_run_nothing(engine: Any, long_run: bool) -> None:
    codes, copy = engine.get("codes"), engine.get("copy")
    for text in strings(100_000 if long_run else 2_000):
        written = json.dumps(text)
        seen = codes(written)
        assert [int(code) for code in seen.split(",") if code] == units(text)
        # Compared by code units: Python joins two surrogates that stood apart.
        assert units(json.loads(copy(written))) == units(text)
    assert engine.eval("touched") is False


def test_whole_documents_survive_reading_and_writing(engine: Any) -> None:
    document = {
        "text": 'سلام\n"x"',
        "list": [1, -2.5, 1e-7, True, False, None, [], {}],
        "deep": {"a": {"b": {"c": ["d"]}}},
    }

    assert json.loads(engine.get("copy")(json.dumps(document))) == document


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,]", '{"a":1,}', "'a'", '"a', '"\\x41"', '"\\u12g4"', "[1] 2", "nul", "1.2.3",
     "alert(1)", "(1)", "{a:1}", "undefined", "NaN", "[" * 200 + "]" * 200, '"\t"', "-"],
)  # fmt: skip
def test_what_is_not_json_is_refused(engine: Any, text: str) -> None:
    with pytest.raises(quickjs.JSException, match="not JSON"):
        engine.get("copy")(text)
    assert engine.eval("touched") is False


def test_a_key_cannot_reach_the_prototype_of_objects(engine: Any) -> None:
    engine.get("copy")('{"__proto__": {"polluted": 1}}')

    assert engine.eval("({}).polluted === undefined") is True
