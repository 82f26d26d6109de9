"""What bind.jsx makes of the comps that an expression of a copied scene names."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import quickjs

from orchestrator.core.templates.scanning.expressions.names import named_comps, worked_out_names

LIBRARY = Path(__file__).parents[3] / "jsx" / "lib"
PIECES = (
    "comp(", 'comp("deep")', "comp('deep')", "comp('deep \\' er')", ")", "(", '"', "'", "\\", "/*",
    "*/", "//", "\n", "\r", "x.", "my", "thisComp", ".layer(1)", "\"comp('deep')\"", "`", "$", " ",
    "/", "de", "'de'", '"ep"', "deep", "comp", "سلام", "comp /*c*/ ( /*d*/ 'deep' )",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Any:
    context = quickjs.Context()
    context.eval("var $ = {global: this};")
    for name in ("10_json", "assembly/10_references"):
        context.eval((LIBRARY / f"{name}.jsx").read_text(encoding="ascii"))
    return context


def rewrite(engine: Any, source: str, **names: str) -> tuple[str, bool]:
    """Run the library; gives the new source and whether a name is unclear."""
    given = {f"n:{old}": new for old, new in names.items()}
    made = json.loads(
        engine.eval(
            "FR.json.stringify(FR.references.rewrite("
            f"FR.json.parse({json.dumps(json.dumps(source))}),"
            f" FR.json.parse({json.dumps(json.dumps(given))})))"
        )
    )
    return made["source"], made["unclear"]


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ('comp("deep").layer(1)', 'comp("deep #2").layer(1)'),
        ("comp ( 'deep' )", 'comp ( "deep #2" )'),
        ('comp("other") + comp("deep")', 'comp("other") + comp("deep #2")'),
        ("// comp('deep')\ncomp('deep')", "// comp('deep')\ncomp(\"deep #2\")"),
        ("/* comp('deep') */ 1", "/* comp('deep') */ 1"),
        ("\"comp('deep')\" + 1", "\"comp('deep')\" + 1"),
        ("mycomp('deep'); x.comp('deep')", "mycomp('deep'); x.comp('deep')"),
        ("comp('de\\ep')", 'comp("deep #2")'),
        ("comp(/* the one */ 'deep' // it\n)", 'comp(/* the one */ "deep #2" // it\n)'),
        ("comp", "comp"),
        ("", ""),
    ],
)
def test_only_the_name_of_a_copied_comp_is_written_anew(
    engine: Any, source: str, made: str
) -> None:
    assert rewrite(engine, source, deep="deep #2") == (made, False)


def test_a_name_is_quoted_so_that_it_stays_a_name(engine: Any) -> None:
    wild = 'a"); system.callSystem("x \\'
    source, _ = rewrite(engine, "comp('deep')", deep=wild)
    assert named_comps(source) == [wild]
    assert (
        engine.eval(f"(function (comp) {{ return {source}; }})(function (n) {{ return n; }})")
        == wild
    )


@pytest.mark.parametrize(
    ("source", "unclear"),
    [
        ("comp('de' + 'ep')", True),
        ("var n = 'deep'; comp(n)", True),
        ("comp(thisComp.name)", False),
        ("comp(n) + ' ' + 'p'", False),
        ("comp('deep')", False),
    ],
)
def test_a_name_that_is_worked_out_is_unclear_when_a_text_is_a_piece_of_it(
    engine: Any, source: str, unclear: bool
) -> None:
    assert rewrite(engine, source, deep="deep #2")[1] is unclear


def test_whatever_the_expression_the_scan_and_bind_read_the_same_names(
    engine: Any, long_run: bool
) -> None:
    draw = random.Random(7)
    for _ in range(20_000 if long_run else 600):
        source = "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 12)))
        made, unclear = rewrite(engine, source, deep="copy")
        if "`" in source or "x." in source:
            continue  # the scan reads these with less care
        named = named_comps(source)
        assert ("deep" in named) == (made != source), source
        left = ["copy" if name == "deep" else name for name in named]
        assert named_comps(made) == list(dict.fromkeys(left)), (source, made)
        assert unclear == bool(worked_out_names(source, ["deep"])), source
