"""What bind.jsx makes of an After Effects that does what the stand-in never does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import quickjs

LIBRARY = Path(__file__).parents[3] / "jsx" / "lib"
NEEDED = ("10_json", "30_report", "47_properties", "60_texts", "65_placeholder", "80_expressions")
FAKES = """
var $ = {global: this};
var PropertyType = {PROPERTY: 1};
var ParagraphJustification = {LEFT_JUSTIFY: 1, RIGHT_JUSTIFY: 2, CENTER_JUSTIFY: 3};
function TextLayer(source) { this.source = source; }
TextLayer.prototype.property = function () {
  var source = this.source;
  return {property: function () { return source; }};
};
// A Source Text that keeps of each document what `kept` does not replace.
function sourceText(document, kept) {
  return {
    name: "Source Text", matchName: "ADBE Text Document", numKeys: 0, value: document,
    expressionEnabled: false, expression: "",
    setValue: function (given) {
      for (var name in kept) { given[name] = kept[name]; }
      this.value = given;
    }
  };
}
function attempt(document, kept, value) {
  try {
    return FR.texts.write(new TextLayer(sourceText(document, kept)), value).notes;
  } catch (error) {
    return error.message;
  }
}
"""
MODERN = """
var ComposerEngine = {UNIVERSAL_TYPE_ENGINE: 9};
var ParagraphDirection = {DIRECTION_LEFT_TO_RIGHT: 1, DIRECTION_RIGHT_TO_LEFT: 2};
"""


@pytest.fixture
def engine() -> Any:
    context = quickjs.Context()
    context.eval(FAKES)
    for name in NEEDED:
        context.eval((LIBRARY / f"{name}.jsx").read_text(encoding="ascii"))
    return context


def told(engine: Any, expression: str) -> Any:
    return json.loads(engine.eval(f"FR.json.stringify({expression})"))


def written(engine: Any, kept: dict[str, Any], **value: Any) -> Any:
    given = json.dumps({"value": "x", **value})
    return told(engine, f"attempt({{text: 'a', direction: 1}}, {json.dumps(kept)}, {given})")


@pytest.mark.parametrize(
    ("kept", "value", "words"),
    [
        ({"text": "y"}, {}, 'kept "y" in its property "Source Text"'),
        ({"font": "Arial"}, {"font": "Vazirmatn-Bold"}, "the font Arial instead of Vazirmatn-Bold"),
        ({"fontSize": 12}, {"size": 40}, "the size 12 instead of 40"),
        ({"justification": 1}, {"justify": "right"}, "did not keep the justification right"),
        ({"direction": 1}, {"direction": "rtl"}, "did not keep the direction rtl"),
        ({"composerEngine": 1}, {"value": "سلام"}, "the universal composer did not stay set"),
    ],
)
def test_what_after_effects_does_not_keep_is_an_error(
    engine: Any, kept: dict[str, Any], value: dict[str, Any], words: str
) -> None:
    engine.eval(MODERN)
    assert words in written(engine, kept, **value)


def test_a_box_that_overflows_is_a_note(engine: Any) -> None:
    engine.eval(MODERN)
    assert [note["code"] for note in written(engine, {"boxOverflow": True})] == ["text_overflows"]
    assert written(engine, {"boxOverflow": False}) == written(engine, {}) == []


def test_an_old_release_takes_latin_text_and_refuses_arabic_script(engine: Any) -> None:
    assert written(engine, {}) == []
    assert "use version 24 or newer for Arabic script" in written(engine, {}, value="سلام")


def test_a_layer_that_was_cut_by_its_new_source_gets_its_times_back(engine: Any) -> None:
    engine.eval(
        "var layer = {inPoint: 1, outPoint: 5, startTime: 0.5, stretch: 50, locked: true,"
        " timeRemapEnabled: false};"
        "var place = FR.placeholder(layer, {hasVideo: false, duration: 7});"
        "layer.outPoint = 2; layer.inPoint = 0; place.keepTimes();"
    )
    assert told(engine, "[layer.inPoint, layer.outPoint, layer.locked]") == [1, 5, False]
    assert told(engine, "place.needed()") == pytest.approx(9)
    engine.eval("layer.timeRemapEnabled = true; layer.stretch = -100;")
    assert told(engine, "place.needed()") == 7


def test_a_property_that_after_effects_forgot_is_no_error(engine: Any) -> None:
    engine.eval(
        "function Gone() {}"
        "Gone.prototype = {get expressionError() { throw new Error('Object is invalid'); }};"
        "var report = FR.report();"
        "FR.expressions.check([{property: new Gone(), place: {}, path: 'x', before: ''}], report);"
    )
    assert told(engine, "report.errors") == []
