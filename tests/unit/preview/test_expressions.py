"""Expressions carry templates' values; what cannot be evaluated keeps its value and is counted."""

import subprocess
import sys
from typing import Any

import py_aep
import pytest

from node_agent.core.faults import find
from node_agent.preview.aerender.stage import Stage
from node_agent.preview.expressions.sandbox import ExpressionProblem, Sandbox
from tests.support.films import (
    draw,
    fill,
    film,
    pixel,
    project_of,
    rectangle,
    shape_group,
    solid,
    source_text,
    stage,
    text,
    transform,
)


class Farm:
    """Hold a comp with a shape, a text, a controller and a frshare comp, as templates do."""

    def __init__(self) -> None:
        self.comp = film()
        share = project_of(self.comp).root_folder.add_comp("frshare", 50, 50, 1.0, 2.0, 25.0)
        text(share, "255,128,0,255").name = "frd_maincolor"
        self.control = self.comp.add_null()
        self.control.name = "control"
        tone = self.control.effects.add_property("ADBE Color Control")
        tone.name = "Tone"
        tone.properties[0].value = [0.0, 0.5, 1.0, 1.0]
        amount = self.control.effects.add_property("ADBE Slider Control")
        amount.name = "Amount"
        amount.properties[0].value = 40
        self.shape, contents = shape_group(self.comp, "box")
        self.size = rectangle(contents, 60, 30).property("ADBE Vector Rect Size")
        self.colour = fill(contents, [1.0, 1.0, 1.0]).property("ADBE Vector Fill Color")
        self.position = transform(self.shape, "Position")
        self.opacity = transform(self.shape, "Opacity")
        self.words = source_text(text(self.comp, "old"))

    def value(self, prop: Any, expression: str, time_s: float = 0.5) -> tuple[Any, Stage]:
        """Give what an expression makes of a property, and the stage that evaluated it."""
        prop.expression = expression
        shown = stage(self.comp)
        return shown.values.at(prop, time_s), shown


@pytest.fixture
def farm() -> Farm:
    return Farm()


SHARED = 'comp("frshare").layer("frd_maincolor").text.sourceText'


@pytest.mark.parametrize(
    "expression",
    [
        f'c = {SHARED}.split(","); [c[0]/255, c[1]/255, c[2]/255, 1]',
        f'{SHARED}.value.split(",").map(function (x) {{ return parseFloat(x) / 255; }})',
        f'var p = {SHARED}.split(","); div(p.map(parseFloat), 255)',
        f'const [r, g, b] = {SHARED}.split(",").map(Number); [r, g, b, 255] / 255',
        'hexToRgb("#ff8000")',
    ],
)
def test_a_shared_colour_reaches_a_fill(farm: Farm, expression: str) -> None:
    value, shown = farm.value(farm.colour, expression)
    assert [round(c * 255) for c in value] == [255, 128, 0, 255]
    assert shown.counts.as_dict() == {}
    assert pixel(shown.frame(farm.comp, 0.5), 80, 50) == (255, 128, 0, 255)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('thisComp.layer("control").effect("Tone")("Color")', [0.0, 0.5, 1.0, 1.0]),
        ('thisComp.layer("control").effect("Tone")(1)', [0.0, 0.5, 1.0, 1.0]),
        ('thisComp.layer("control").effect(1).param(1)', [0.0, 0.5, 1.0, 1.0]),
        ("value", [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_colour_controls_are_read_by_name_and_by_place(
    farm: Farm, expression: str, expected: list[float]
) -> None:
    assert farm.value(farm.colour, expression)[0] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("value + [10, 20]", [110, 70, 0]),
        ("[value[0] + 10, value[1]]", [110, 50, 0]),
        ("thisLayer.position * 2", [200, 100, 0]),
        ("add(value, [1, 2])", [101, 52, 0]),
        ("linear(time, 0, 1, [0, 0], [100, 50])", [50, 25, 0]),
        ('thisComp.layer("control").toComp([5, 6])', [105, 56, 0]),
        ("[thisComp.width, thisComp.height] / 2", [100, 50, 0]),
        ("var position = [1, 2]; position", [1, 2, 0]),
    ],
)
def test_positions_may_use_array_arithmetic(
    farm: Farm, expression: str, expected: list[float]
) -> None:
    assert farm.value(farm.position, expression)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("linear(time, 0, 1, 0, 100)", 50),
        ("ease(time, 0, 1, 0, 100)", 50),
        ("easeIn(time, 0, 1, 0, 100)", 37.5),
        ("easeOut(time, 0, 1, 0, 100)", 62.5),
        ("clamp(150, 0, 100)", 100),
        ("if (time > 1) { 10 } else { 90 }", 90),
        ("index * 10", 20),
        ("thisComp.numLayers", 3),
        ('thisComp.layer("control").effect("Amount")("Slider") / 2', 20),
        ("inPoint + outPoint", 2),
        ("try { nothing.here } catch (e) { 7 }", 7),
    ],
)
def test_numbers_come_from_time_layers_and_helpers(
    farm: Farm, expression: str, expected: float
) -> None:
    value, shown = farm.value(farm.opacity, expression)
    assert value == pytest.approx(expected)
    assert shown.counts.as_dict() == {}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('thisComp.layer("control").effect("Amount")("Slider").value.toFixed(1)', "40.0"),
        ('"n " + Math.round(thisComp.layer("control").effect("Amount")("Slider"))', "n 40"),
        ('thisComp.name + "/" + thisComp.layer(1).index', "main/1"),
        ("text.sourceText + '!'", "old!"),
        ('try { comp("none").layer(1).name } catch (e) { "fallback" }', "fallback"),
    ],
)
def test_words_are_written_by_expressions(farm: Farm, expression: str, expected: str) -> None:
    assert farm.value(farm.words, expression)[0] == expected


def test_the_room_of_a_text_sizes_a_box(farm: Farm) -> None:
    value, _ = farm.value(
        farm.size, "r = thisComp.layer(1).sourceRectAtTime(time, false); [r.width + 20, 10]"
    )
    assert value[0] > 30
    assert value[1] == 10


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("while (true) ;", "longer than"),
        ("f = function () { return f() + 1; }; f()", "stack overflow"),
        ("a = []; while (true) a.push(new Array(100000).fill('x'))", ""),
        ('comp("none").layer(1).name', "no comp none"),
        ('thisComp.layer("none").position', "no layer none"),
        ("this is not javascript", "expecting"),
        ('require("fs")', "not defined"),
        ("({})", "does not fit"),
    ],
)
def test_an_expression_that_fails_keeps_the_value_and_is_counted_with_its_place(
    farm: Farm, expression: str, why: str
) -> None:
    value, shown = farm.value(farm.opacity, expression)
    assert value == 100
    assert shown.counts.as_dict() == {"expression": 1}
    place = shown.counts.places["expression"][0]
    assert place.startswith("main/box/Opacity: ")
    assert why in place


def test_wiggle_stands_still_and_is_counted(farm: Farm) -> None:
    value, shown = farm.value(farm.opacity, "wiggle(5, 50)")
    assert value == 100
    assert shown.counts.as_dict() == {"expression wiggle": 1}


def test_two_properties_that_read_each_other_are_a_counted_cycle(farm: Farm) -> None:
    farm.opacity.expression = "transform.rotation"
    value, shown = farm.value(transform(farm.shape, "Rotate Z"), "transform.opacity")
    assert value == 0
    assert "expression cycle" in shown.counts.as_dict()


def test_a_disabled_expression_does_nothing(farm: Farm) -> None:
    farm.opacity.expression = "5"
    farm.opacity.expression_enabled = False
    assert stage(farm.comp).values.at(farm.opacity, 0.0) == 100


def test_an_expression_over_keyframes_gets_their_value_and_can_loop() -> None:
    comp = film()
    layer = solid(comp, [1.0, 0.0, 0.0], 10, 10)
    opacity = transform(layer, "Opacity")
    opacity.set_values_at_times([0.0, 0.5], [0, 100])
    opacity.expression = 'loopOut("cycle")'
    shown = stage(comp)
    assert [round(shown.values.at(opacity, t)) for t in (0.25, 0.75, 1.25)] == [50, 50, 50]


def test_expressions_reach_no_file_no_clock_of_ours_and_no_python() -> None:
    sandbox = Sandbox()
    facts = {"time": 0, "layer": 0, "comp": 0, "property": {"id": 0, "kind": "p", "name": "p"}}
    for name in (
        "os",
        "std",
        "require",
        "process",
        "load",
        "fetch",
        "XMLHttpRequest",
        "scriptArgs",
    ):
        assert sandbox.run(facts, f"typeof {name}", lambda _: None)["value"] == "undefined"


def test_a_context_that_was_spoiled_does_not_stop_the_next_expression() -> None:
    sandbox = Sandbox()
    facts = {"time": 0, "layer": 0, "comp": 0, "property": {"id": 0, "kind": "p", "name": "p"}}
    with pytest.raises(ExpressionProblem):
        sandbox.run(facts, "JSON.stringify = function () { return 'nonsense'; }; 1", lambda _: None)
    with pytest.raises(ExpressionProblem, match="longer than"):
        sandbox.run(facts, "while (true) ;", lambda _: None)
    assert sandbox.run(facts, "1 + 1", lambda _: None)["value"] == 2


def test_the_picture_follows_the_expression(farm: Farm) -> None:
    farm.position.expression = "[40, 50]"
    pixels = draw(farm.comp)
    assert pixel(pixels, 20, 50)[3] == 255
    assert pixel(pixels, 120, 50)[3] == 0


def test_a_separated_position_is_read_as_it_moves() -> None:
    comp = film()
    mover = solid(comp, [1.0, 0.0, 0.0], 10, 10, "mover")
    position = transform(mover, "Position")
    position.dimensions_separated = True
    transform(mover, "Position_0").set_values_at_times([0.0, 1.0], [20, 120])
    follower = transform(solid(comp, [0.0, 1.0, 0.0], 10, 10), "Opacity")
    follower.expression = 'thisComp.layer("mover").transform.position[0]'
    shown = stage(comp)
    assert [shown.values.at(follower, t) for t in (0.0, 0.5)] == pytest.approx([20, 70])


@pytest.mark.parametrize(
    "source", ['/(a+)+$/.test("a".repeat(40) + "b")', "[].lastIndexOf.call({length: 2**53 - 1}, 1)"]
)
def test_an_expression_inside_one_endless_instruction_ends_the_program_by_name(source: str) -> None:
    program = (
        "from node_agent.preview.expressions import endless, sandbox\n"
        "box = sandbox.Sandbox()\n"
        "box._guard = endless.EndlessGuard(0.2)\n"
        "facts = {'time': 0, 'layer': 1, 'comp': 1, 'property': 1}\n"
        f"box.run(facts, {source!r}, lambda key: None, place='main/box/Opacity')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    fault = find(done.stdout)
    assert (done.returncode, done.stderr) == (9, "")
    assert done.stdout.endswith("an expression never ends: main/box/Opacity\n")
    assert fault is not None
    assert (fault.code, fault.failure_class) == ("expression_endless", "template")


BOX = "[[-30,-15],[30,-15],[30,15],[-30,15]]"


def path_of(farm: Farm) -> Any:
    """Add a path with a fill to the farm's shape; gives its property."""
    layer, contents = shape_group(farm.comp, "drawn")
    drawn = contents.add_property("ADBE Vector Shape - Group").property("ADBE Vector Shape")
    flat = [[0.0, 0.0]] * 3
    drawn.value = py_aep.Shape(
        vertices=[[0.0, 0.0], [5.0, 0.0], [5.0, 5.0]],
        in_tangents=flat,
        out_tangents=flat,
        closed=True,
    )
    fill(contents, [0.0, 0.0, 1.0])
    layer.name = "drawn"
    return drawn


def test_a_path_is_drawn_by_an_expression_and_read_by_another(farm: Farm) -> None:
    farm.shape.enabled = False
    drawn = path_of(farm)
    value, shown = farm.value(drawn, f"createPath({BOX}, [], [], true)")
    assert value.vertices == [[-30, -15], [30, -15], [30, 15], [-30, 15]]
    assert value.closed
    pixels = shown.frame(farm.comp, 0.5)
    assert [pixel(pixels, x, 60)[3] for x in (68, 72, 128, 132)] == [0, 255, 255, 0]
    points = 'thisComp.layer("drawn").content("Group 1").content("Path 1").path.points()'
    farm.shape.enabled = True
    x, _ = farm.value(farm.opacity, f"{points}[1][0] + 20")
    assert x == 50
    assert shown.counts.as_dict() == {}


@pytest.mark.parametrize(
    "expression",
    ["createPath([[0, 0], [1]])", "createPath(new Array(5000).fill([0, 0]))", "[1, 2]"],
)
def test_a_path_that_makes_no_sense_is_counted_and_not_drawn(farm: Farm, expression: str) -> None:
    drawn = path_of(farm)
    value, shown = farm.value(drawn, expression)
    assert len(value.vertices) == 3
    assert shown.counts.as_dict() == {"expression": 1}


def test_expressions_leave_nothing_for_each_other(farm: Farm) -> None:
    farm.opacity.expression = "$.left = 7; 50"
    value, shown = farm.value(
        transform(farm.shape, "Rotate Z"), "transform.opacity + ($.left || 0) + ($.own = 1)"
    )
    assert value == 51
    assert shown.counts.as_dict() == {}


def test_what_a_layer_has_not_is_undefined_and_counted(farm: Farm) -> None:
    value, shown = farm.value(farm.opacity, 'var unused = thisComp.layer("control").sourceText; 30')
    assert value == 30
    assert shown.counts.as_dict() == {"expression unknown sourceText": 1}
