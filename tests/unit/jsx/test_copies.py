"""What copying a scene does with objects that the stand-in does not have, or not so many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import quickjs

LIBRARY = Path(__file__).parents[3] / "jsx" / "lib"
FAKES = """
var $ = {global: this};
var items = [];
var app = {project: {
  get numItems() { return items.length; },
  item: function (index) { return items[index - 1]; }
}};
function CompItem(name, layers) {
  this.name = name; this.id = items.length + 1; this.layers = layers || [];
  items.push(this);
}
CompItem.prototype.layer = function (index) { return this.layers[index - 1]; };
CompItem.prototype.duplicate = function () {
  var made = [];
  for (var i = 0; i < this.layers.length; i += 1) {
    made.push(new Layer(this.layers[i].source, this.layers[i].kept));
  }
  return new CompItem(this.name + " 2", made);
};
Object.defineProperty(CompItem.prototype, "numLayers", {
  get: function () { return this.layers.length; }
});
// A layer that shows a comp; of its two Essential Properties `kept` outlive another source.
function Layer(source, kept) {
  this.source = source; this.kept = kept; this.overrides = 2; this.locked = true;
  this.name = source.name;
}
Layer.prototype.property = function () { return {numProperties: this.overrides}; };
Layer.prototype.replaceSource = function (source) {
  if (this.locked) { throw new Error("the layer is locked"); }
  this.source = source; this.name = source.name; this.overrides = this.kept;
};
function use(scene) {
  try {
    var made = FR.copies({error: function () {}}).use(scene, 1);
    return FR.json.stringify({
      names: [made.root.name, made.root.layers[0].name, made.root.layers[0].source.name]
    });
  } catch (error) {
    return FR.json.stringify({error: error.message});
  }
}
"""


@pytest.fixture
def engine() -> Any:
    context = quickjs.Context()
    context.eval(FAKES)
    for name in ("10_json", "assembly/10_references", "assembly/20_copies"):
        context.eval((LIBRARY / f"{name}.jsx").read_text(encoding="ascii"))
    context.eval("FR.expressions = {watch: function () { return []; }};")
    return context


def used(engine: Any, scene: str) -> dict[str, Any]:
    """Copy a scene that a line of script makes; gives three names, or the error."""
    told = json.loads(engine.eval(f"use({scene})"))
    assert isinstance(told, dict)
    return told


def test_a_locked_layer_shows_the_copy_under_its_old_name(engine: Any) -> None:
    engine.eval('var inner = new CompItem("inner"), taken = new CompItem("inner #1");')
    told = used(engine, 'new CompItem("scene", [new Layer(inner, 2)])')
    assert told == {"names": ["scene #1", "inner", "inner #1_"]}


def test_essential_properties_that_are_lost_are_an_error(engine: Any) -> None:
    engine.eval('var inner = new CompItem("inner");')
    told = used(engine, 'new CompItem("scene", [new Layer(inner, 0)])')
    assert 'dropped the Essential Properties of layer "inner"' in told["error"]


def test_scenes_of_too_many_comps_are_an_error_before_any_is_copied(engine: Any) -> None:
    engine.eval(
        "var many = [], i;"
        "for (i = 0; i < 5000; i += 1) { many.push(new Layer(new CompItem('c' + i), 2)); }"
    )
    told = used(engine, 'new CompItem("scene", many)')
    assert "more than 5000 comps" in told["error"]
    assert engine.eval("items.length") == 5001


def test_a_comp_that_holds_itself_is_copied_once(engine: Any) -> None:
    engine.eval('var ring = new CompItem("ring"); ring.layers.push(new Layer(ring, 2));')
    assert used(engine, "ring") == {"names": ["ring #1", "ring", "ring #1"]}
