"""bind.jsx writes text of every sort: boxes, keys, expressions, directions, digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import py_aep
import pytest

from orchestrator.core.templates.scanning.expressions.code import reads_own_text
from tests.support.bind_job import (
    BindJob,
    add_text,
    document_of,
    layer_of,
    new_project,
    scene,
    text_of,
    value,
)

LTR = py_aep.ParagraphDirection.DIRECTION_LEFT_TO_RIGHT
RTL = py_aep.ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
PERSIAN = "سلام دنیا"


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    return BindJob(tmp_path / "job")


def source_text(layer: Any) -> Any:
    return layer.text.property("ADBE Text Document")


def keyed(layer: Any, *texts: str) -> Any:
    """Give a text one key a second, each with its text and a size of its own."""
    source = source_text(layer)
    for number, text in enumerate(texts):
        source.set_value_at_time(float(number), source.value)
        document = source.keyframes[number].value
        document.text, document.font_size = text, 20 + number
    return source


def told(result: Any) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(error.code, error.scene, error.key, error.layer) for error in result.errors]


def test_a_box_stays_a_box_and_a_point_text_stays_one(job: BindJob) -> None:
    project, final = new_project()
    box = final.add_box_text([300, 120], "x")
    box.name = "frl_c1t1"
    add_text(final, "frl_c1t2", "x")
    job.prepare(project)
    values = (value("t1", "one\ntwo", "textarea"), value("t2", "three"))

    assert job.run({"scenes": [scene("c1", *values)]}).ok

    boxed, point = (document_of(job.bound(), "frfinal", f"frl_c1t{n}") for n in (1, 2))
    assert (boxed.text, boxed.box_text, list(boxed.box_text_size)) == ("one\ntwo", True, [300, 120])
    assert (point.text, point.box_text) == ("three", False)


def test_every_key_of_a_text_gets_it_and_keeps_its_own_look(job: BindJob) -> None:
    project, final = new_project()
    keyed(add_text(final, "frl_c1t1", "x"), "a", "b", "c")
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("t1", PERSIAN))]})

    keys = source_text(layer_of(job.bound(), "frfinal", "frl_c1t1")).keyframes
    assert result.ok, result.errors
    assert [(key.time, key.value.text, key.value.font_size) for key in keys] == [
        (0.0, PERSIAN, 20), (1.0, PERSIAN, 21), (2.0, PERSIAN, 22)
    ]  # fmt: skip
    assert {key.value.direction for key in keys} == {RTL}
    (warning,) = result.warnings
    assert (warning.code, warning.scene, warning.key) == ("keyframes_levelled", "c1", "t1")
    assert '"c1.t1" in layer "frl_c1t1"' in warning.message
    assert "3 keyframes" in warning.message


# The template's direction, the text, what the order asks for, what comes of it.
DIRECTIONS = (
    (LTR, PERSIAN, None, RTL),
    (LTR, "iPhone جدید", None, LTR),
    (RTL, "iPhone جدید", None, RTL),
    (RTL, "Hello!", None, LTR),
    (LTR, "Hello!", None, LTR),
    (RTL, "12 + 3", None, RTL),
    (RTL, "", None, RTL),
    (LTR, "Hello!", "rtl", RTL),
    (RTL, PERSIAN, "ltr", LTR),
)


def test_the_direction_follows_the_letters_unless_the_order_names_it(job: BindJob) -> None:
    project, final = new_project()
    values = []
    for number, (template, text, asked, _) in enumerate(DIRECTIONS, start=1):
        source_text(add_text(final, f"frl_c1t{number}", "x")).value.direction = template
        add_text(final, f"frd_dc1t{number}", "before")
        values.append(value(f"t{number}", text, direction=asked))
    job.prepare(project)

    assert job.run({"scenes": [scene("c1", *values)]}).ok

    bound = job.bound()
    for number, (template, text, _, direction) in enumerate(DIRECTIONS, start=1):
        assert document_of(bound, "frfinal", f"frl_c1t{number}").direction == direction, text
        spoken = text_of(bound, "frfinal", f"frd_dc1t{number}")
        assert spoken in ("before", "rtl" if direction == RTL else "ltr"), text
        assert spoken != "before" or template == direction, text


def test_a_direction_layer_of_another_comp_is_told_when_it_is_the_only_one(job: BindJob) -> None:
    project, final = new_project()
    shared = next(comp for comp in project.compositions if comp.name == "frshare")
    other = project.root_folder.add_comp("other", 100, 100, 1.0, 6.0, 25.0)
    add_text(final, "frl_c1t1", "x")
    add_text(final, "frl_c1t2", "x")
    add_text(shared, "frd_dc1t1", "ltr")
    add_text(other, "frd_dc1t2", "ltr")
    add_text(shared, "frd_dc1t2", "ltr")
    job.prepare(project)

    assert job.run({"scenes": [scene("c1", value("t1", PERSIAN), value("t2", PERSIAN))]}).ok

    bound = job.bound()
    assert text_of(bound, "frshare", "frd_dc1t1") == "rtl"
    assert text_of(bound, "frshare", "frd_dc1t2") == text_of(bound, "other", "frd_dc1t2") == "ltr"


def test_digits_stay_what_the_template_chose(job: BindJob) -> None:
    project, final = new_project()
    for digits in py_aep.DigitSet:
        layer = add_text(final, f"frl_c1t{int(digits)}", "x")
        source_text(layer).value.digit_set = digits
    job.prepare(project)
    values = [value(f"t{int(digits)}", "۱۲۳ و 456") for digits in py_aep.DigitSet]

    assert job.run({"scenes": [scene("c1", *values)]}).ok

    bound = job.bound()
    for digits in py_aep.DigitSet:
        document = document_of(bound, "frfinal", f"frl_c1t{int(digits)}")
        assert (document.text, document.digit_set) == ("۱۲۳ و 456", digits)


def driven(project: Any) -> None:
    """Make frl_c1t1 follow a shared text `title`."""
    final = next(comp for comp in project.compositions if comp.name == "frfinal")
    shared = next(comp for comp in project.compositions if comp.name == "frshare")
    add_text(shared, "title", "shared")
    source = source_text(add_text(final, "frl_c1t1", "own"))
    source.expression = 'comp("frshare").layer("title").text.sourceText'


def test_an_expression_that_shows_something_else_is_an_error_with_its_place(job: BindJob) -> None:
    project, _ = new_project()
    driven(project)
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("t1", "new"))]})

    assert told(result) == [("expression_wins", "c1", "t1", "frl_c1t1")]
    assert result.errors[0].property == "Source Text"
    assert '"c1.t1" in layer "frl_c1t1"' in result.errors[0].message
    assert 'shows "shared"' in result.errors[0].message
    assert not (job.folder / "bound.aep").exists()


def test_an_expression_may_show_the_same_text_from_a_shared_field(job: BindJob) -> None:
    project, _ = new_project()
    driven(project)
    job.prepare(project)
    scenes = [scene("c1", value("t1", "new")), scene("frshare", value("title", "new"))]

    result = job.run({"scenes": scenes})

    assert result.ok, result.errors
    assert text_of(job.bound(), "frfinal", "frl_c1t1") == "new"
    assert text_of(job.bound(), "frshare", "title") == "new"


READING = ("value.toUpperCase()", "text.sourceText + '!'", "thisLayer.text.sourceText",
           "thisProperty.value", "valueAtTime(0)", "var value2 = 1; value")  # fmt: skip
HIDING = (
    "'always' // value",
    "'value'",
    "/* value */ 'x'",
    "var a = {}; a.value = 1; thisComp.name",
)


def test_only_the_code_of_an_expression_tells_whether_it_reads_the_stored_text(
    job: BindJob,
) -> None:
    project, final = new_project()
    for number, expression in enumerate((*READING, *HIDING), start=1):
        source_text(add_text(final, f"frl_c1t{number}", "own")).expression = expression
    off = source_text(add_text(final, "frl_c1t99", "own"))
    off.expression, off.expression_enabled = "'always'", False
    job.prepare(project)
    numbers = (*range(1, len(READING) + len(HIDING) + 1), 99)

    result = job.run({"scenes": [scene("c1", *(value(f"t{n}", "new") for n in numbers))]})

    hiding = [f"frl_c1t{len(READING) + number}" for number in range(1, len(HIDING) + 1)]
    assert told(result) == [("expression_wins", "c1", name[6:], name) for name in hiding]
    assert [reads_own_text(one) for one in READING] == [True] * len(READING)
    assert [reads_own_text(one) for one in HIDING] == [False] * len(HIDING)
