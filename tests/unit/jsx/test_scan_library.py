"""What scan.jsx makes of objects that the stand-in does not have: old releases, other machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import quickjs

LIBRARY = Path(__file__).parents[3] / "jsx" / "lib"
NEEDED = ("10_json", "scan/10_read", "scan/20_texts", "scan/30_effects", "scan/60_items",
          "scan/70_fonts")  # fmt: skip
FAKES = """
var $ = {global: this}, app = {};
function TextLayer(document) { this.source_text = document; this.id = 7; }
function CompItem(values) { for (var name in values) { this[name] = values[name]; } }
function FootageItem(values) { for (var name in values) { this[name] = values[name]; } }
function FileSource(values) { for (var name in values) { this[name] = values[name]; } }
function SolidSource() {}
function PlaceholderSource() {}
var ParagraphJustification = {LEFT_JUSTIFY: 1, RIGHT_JUSTIFY: 2, CENTER_JUSTIFY: 3};
function group(children) {
  return {
    numProperties: children.length,
    property: function (key) {
      if (typeof key === "number") { return children[key - 1]; }
      for (var i = 0; i < children.length; i += 1) {
        if (children[i].matchName === key) { return children[i]; }
      }
      return null;
    }
  };
}
function effect(match, name, params) {
  var made = group(params || []);
  made.matchName = match; made.name = name; made.enabled = true;
  return made;
}
function layerWith(effects) {
  return {property: function () { return group(effects); }};
}
"""
TEXTS = """
FR.texts = {
  property: function (layer) { return layer.source_text; }
};
FR.properties = {
  stored: function (source) { return source; }
};
"""


@pytest.fixture
def engine() -> Any:
    context = quickjs.Context()
    context.eval(FAKES)
    for name in NEEDED:
        context.eval((LIBRARY / f"{name}.jsx").read_text(encoding="ascii"))
    context.eval(TEXTS)
    return context


def told(engine: Any, expression: str) -> Any:
    return json.loads(engine.eval(f"FR.json.stringify({expression})"))


@pytest.mark.parametrize(
    ("installed", "match", "name", "missing"),
    [
        (["CC Rain"], "CC Rain", "rain", False),
        (["CC Rain"], "VENDOR Glow", "Glow", True),
        (["CC Rain"], "ADBE Old One", "Old", False),
        (["CC Rain"], "Pseudo/rig", "Rig", False),
        (["CC Rain"], "ADBE Old One", "Missing: Old", True),
        ([], "VENDOR Glow", "Glow", False),
    ],
)
def test_an_effect_is_missing_when_after_effects_does_not_list_it(
    engine: Any, installed: list[str], match: str, name: str, missing: bool
) -> None:
    engine.eval(f"app.effects = {json.dumps([{'matchName': one} for one in installed])};")
    engine.eval(f"var layer = layerWith([effect({json.dumps(match)}, {json.dumps(name)})]);")

    found = told(engine, "FR.scanEffects.facts(layer, FR.scanEffects.installed())")

    assert [(one["match_name"], one["missing"]) for one in found] == [(match, missing)]


def test_a_release_without_a_list_of_effects_calls_none_missing(engine: Any) -> None:
    engine.eval('var layer = layerWith([effect("VENDOR Glow", "Glow")]);')

    assert told(engine, "FR.scanEffects.installed()") is None
    assert told(engine, "FR.scanEffects.facts(layer, null)")[0]["missing"] is False


def test_the_colour_of_a_fill_is_a_control_of_kind_fill(engine: Any) -> None:
    engine.eval(
        'var color = {matchName: "ADBE Fill-0002", name: "Color", numKeys: 0, value: [1, 0.5, 0, 1]'
        '}; var layer = layerWith([effect("ADBE Fill", "Fill", [{matchName: "x"}, color])]);'
    )

    (found,) = told(engine, "FR.scanEffects.facts(layer, null)")

    assert [(one["kind"], one["values"]) for one in found["controls"]] == [
        ("fill", [255, 127.5, 0, 255])
    ]


def test_a_value_with_keys_or_an_expression_is_the_stored_one(engine: Any) -> None:
    engine.eval(
        'function slider(more) { var made = {matchName: "ADBE Slider Control-0001", name: "S",'
        " numKeys: 0, value: 99, valueAtTime: function (t, pre) { return pre ? 5 : 99; },"
        " keyValue: function (n) { return n * 10; }};"
        " for (var name in more) { made[name] = more[name]; } return made; }"
        "function one(more) { return FR.scanEffects.facts(layerWith([effect("
        '"ADBE Slider Control", "S", [slider(more)])]), null)[0].controls[0]; }'
    )

    assert told(engine, "one({})")["values"] == [99]
    driven = told(engine, 'one({expressionEnabled: true, expression: "99"})')
    assert (driven["values"], driven["driven"]) == ([5], True)
    keyed = told(engine, "one({numKeys: 2})")
    assert (keyed["values"], keyed["keyframed"]) == ([10], True)


def test_a_release_without_a_list_of_fonts_is_asked_for_each_fonts_file(engine: Any) -> None:
    engine.eval(
        "function text(font, file) { return new TextLayer({font: font, fontLocation: file}); }"
        'var layers = [text("Here", "/fonts/here.ttf"), text("Gone", ""), text("Gone", ""),'
        ' text("Silent", undefined)];'
        "var comp = {numLayers: layers.length, layer: function (n) { return layers[n - 1]; }};"
    )

    assert told(engine, "FR.scanFonts.check([comp])") == {"missing": [], "unproved": ["Gone"]}


def test_texts_of_old_releases_have_no_direction_composer_or_digits(engine: Any) -> None:
    engine.eval(
        'var layer = new TextLayer({text: "a\\rb\\u0003c", font: "F", fontSize: 12,'
        " justification: 3, boxText: false});"
    )

    found = told(engine, "FR.scanTexts.facts(layer, {})")

    assert found == {
        "text": "a\nb\nc", "font": "F", "fonts": ["F"], "font_size": 12, "justify": "center",
        "direction": None, "composer": None, "digit_set": None, "box": None,
    }  # fmt: skip


def test_an_attribute_that_throws_is_read_as_its_fallback(engine: Any) -> None:
    engine.eval('var odd = {get fillColor() { throw new Error("no fill"); }};')

    assert told(engine, 'FR.read.of(odd, "fillColor", 3)') == 3


@pytest.mark.parametrize(
    ("folder", "path", "shown"),
    [
        ("C:\\farm\\job", "C:\\farm\\job\\(Footage)\\a.png", "(Footage)/a.png"),
        ("C:\\Farm\\job", "c:\\farm\\JOB\\a.png", "a.png"),
        ("C:\\farm\\job", "D:\\designer\\a.png", "D:\\designer\\a.png"),
        ("/var/farm/job", "/private/var/farm/job/a.png", "a.png"),
        ("/farm/job", "/farm/jobs/a.png", "/farm/jobs/a.png"),
        ("/farm/job/", "/farm/job/f/a.png", "f/a.png"),
    ],
)
def test_a_path_below_the_projects_folder_is_told_from_there(
    engine: Any, folder: str, path: str, shown: str
) -> None:
    engine.eval(
        f"var source = new FileSource({{file: {{fsName: {json.dumps(path)}}}, isStill: true}});"
        'var item = new FootageItem({id: 1, name: "a", mainSource: source});'
        "app.project = {numItems: 1, item: function () { return item; }};"
    )

    found = told(engine, f"FR.scanItems.facts(null, {json.dumps(folder)}, function () {{}})")

    assert [one["path"] for one in found["footage"]] == [shown]


def test_pictures_that_move_are_a_sequence_and_a_film_is_a_file(engine: Any) -> None:
    engine.eval(
        "function kind(path, still) { var item = new FootageItem({id: 1, name: 'a', mainSource:"
        " new FileSource({file: {fsName: path}, isStill: still})}); app.project = {numItems: 1,"
        " item: function () { return item; }};"
        " return FR.scanItems.facts(null, '/x', function () {}).footage[0].kind; }"
    )

    assert told(engine, "kind('/a/b_001.png', false)") == "sequence"
    assert told(engine, "kind('/a/b_001.png', true)") == "file"
    assert told(engine, "kind('/a/b.mov', false)") == "file"
