"""Expressions of a stranger's template that reach out of it are told, with their place."""

from __future__ import annotations

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.core.templates.scanning.expressions import (
    EXPRESSION_RULES,
    dangers,
    named_comps,
)
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec


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
