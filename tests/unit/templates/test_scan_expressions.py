"""Expressions of a stranger's template that reach out of it are told, with their place."""

from __future__ import annotations

from uuid import UUID

import pytest

from orchestrator import aep
from orchestrator.core.templates import check_order, scan_project
from orchestrator.core.templates.scanning.expressions.names import named_comps
from orchestrator.core.templates.scanning.expressions.rules import EXPRESSION_RULES, dangers
from orchestrator.wire.renders import RenderOrder
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

PROJECT = UUID(int=1)


def found(source: str) -> list[str]:
    return [rule.code for rule in dangers(source)]


@pytest.mark.parametrize("rule", EXPRESSION_RULES, ids=lambda rule: rule.code)
def test_the_example_of_every_rule_breaks_that_rule_alone(rule: object) -> None:
    assert found(rule.example) == [rule.code]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "source",
    [
        'comp("frshare").layer("main").text.sourceText',
        "wiggle(2, 30); // new File('x') would be no good",
        '"call File(1) or system.callSystem"',
        "'it\\'s $.evalFile'",
        "/* app.quit() */ value",
        "footage('data.json').sourceData.File",
        "myapp.project; snapp.quit(); profile(1); evaluate(x)",
        "thisComp.layer('File').effect('Folder')('Slider')",
        "value",
        "",
    ],
)
def test_words_of_ordinary_expressions_are_no_danger(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("new  File ( 'a' )", ["expression_files"]),
        ("Folder.temp", ["expression_files"]),
        ("x = '/*'; File('a')", ["expression_files"]),
        ("system\n.callSystem('x'); new Socket ()", ["expression_network", "expression_system"]),
        ("$ . evalFile('x')", ["expression_loads_code"]),
        ("$['global']; app[x]", ["expression_host"]),
        ("`${$.getenv('HOME')}`", ["expression_reads_node"]),
        ("new Function('a')()", ["expression_hides_code"]),
    ],
)
def test_other_ways_to_write_it_do_not_hide_it(source: str, codes: list[str]) -> None:
    assert found(source) == codes


def test_a_danger_is_a_problem_with_its_place_and_its_level() -> None:
    spin = rifx.prop("ADBE Rotate Z", (), "new File('/etc/passwd').open('r')")
    layers = (
        LayerSpec("spinner", props=(spin,)),
        LayerSpec("text", text="x", text_expression="eval(name)"),
    )
    result = scan_project(aep.read(rifx.comps(CompSpec("main", layers))))
    assert [(p.code, p.place, p.level) for p in result.problems] == [
        ("expression_files", "main/spinner/ADBE Rotate Z", "error"),
        ("expression_hides_code", "main/text/ADBE Text Document", "warning"),
    ]


def test_an_expression_that_is_off_harms_nobody() -> None:
    off = rifx.tdmn("ADBE Opacity") + rifx.lst(
        b"tdbs", rifx.tdb4(expression=True, disabled=True), rifx.utf8("new File('x')")
    )
    project = aep.read(rifx.comps(CompSpec("main", (LayerSpec("a", props=(off,)),))))
    assert project.comps[0].layers[0].expressions[0].enabled is False
    assert scan_project(project).problems == ()


@pytest.mark.parametrize("piece", ["/*", "//", '"', "'", "\\", "comp(", "comp   ", "$ ", "system "])
def test_an_endless_expression_is_looked_through_once(piece: str) -> None:
    source = piece * (400_000 // len(piece))
    assert found(source) == []
    assert named_comps(source) == []


def test_comps_are_named_by_plain_words_only() -> None:
    source = "comp(\"a\\\"b\"); comp( 'c' ).layer(1); comp(x); // comp('d')\nmycomp('e'); comp('c')"
    assert named_comps(source) == ['a"b', "c"]


def test_a_flood_of_dangers_hides_neither_the_gravest_nor_other_problems() -> None:
    mild = [LayerSpec(f"m{n}", text="x", text_expression="eval(name)") for n in range(200)]
    grave = LayerSpec("last", text="x", text_expression="new Socket()")
    final = CompSpec("frfinal", (*mild, grave, LayerSpec("frl_c1t1", kind=4)))
    problems = scan_project(aep.read(rifx.comps(final))).problems
    assert (problems[0].code, problems[0].place) == (
        "expression_network",
        "frfinal/last/ADBE Text Document",
    )
    assert [p.code for p in problems[-2:]] == ["expressions_more", "wrong_layer"]
    assert "101 more" in problems[-2].message


def test_a_template_that_reaches_out_is_kept_from_after_effects_and_not_from_the_preview() -> None:
    layer = LayerSpec("a", text="x", text_expression="system.callSystem('x')")
    found = scan_project(aep.read(rifx.comps(CompSpec("main", (layer,)))))
    codes = {
        engine: [p.code for p in check_order(RenderOrder(project_id=PROJECT, engine=engine), found)]
        for engine in ("aftereffects", "preview")
    }
    assert codes == {"aftereffects": ["expression_system"], "preview": []}
