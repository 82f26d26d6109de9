"""After bind no expression may be broken that was whole before, wherever in a layer it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.bind_job import BindJob, add_text, layer_of, new_project, scene, text_of, value

# Breaks when the field's text is a word: what was a number is none.
NUMBER = (
    'n = Number(comp("frfinal").layer("frl_c1t1").text.sourceText);'
    " if (isNaN(n)) { throw new Error('not a number'); } n"
)


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    return BindJob(tmp_path / "job")


def places(final: Any, inner: Any) -> dict[str, Any]:
    """Give a property of each sort of group by its path, each on a layer of its own."""
    found: dict[str, Any] = {}
    effects = final.add_solid([1, 0, 0], "effects")
    control = effects.effects.add_property("ADBE Slider Control")
    found["Effects/Slider Control/Slider"] = control.properties[0]
    masked = final.add_solid([1, 0, 0], "masks")
    mask = masked.masks.add_property("ADBE Mask Atom")
    found[f"Masks/{mask.name}/Mask Opacity"] = mask.property("ADBE Mask Opacity")
    shape = final.add_shape()
    shape.name = "shapes"
    group = shape.property("ADBE Root Vectors Group").add_property("ADBE Vector Group")
    rect = group.property("ADBE Vectors Group").add_property("ADBE Vector Shape - Rect")
    path = f"Contents/{group.name}/Contents/{rect.name}/Roundness"
    found[path] = rect.property("ADBE Vector Rect Roundness")
    animated = add_text(final, "animators", "x")
    animator = animated.text.property("ADBE Text Animators").add_property("ADBE Text Animator")
    pool = animator.property("ADBE Text Animator Properties")
    found[f"Text/Animators/{animator.name}/Properties/Opacity"] = pool.add_property(
        "ADBE Text Opacity"
    )
    deep = add_text(inner, "nested", "x")
    found["Transform/Opacity"] = deep.transform.property("ADBE Opacity")
    return found


def test_a_broken_expression_is_found_in_every_sort_of_group(job: BindJob) -> None:
    project, final = new_project()
    inner = project.root_folder.add_comp("inner", 64, 36, 1.0, 6.0, 25.0)
    final.add(inner)
    add_text(final, "frl_c1t1", "5")
    found = places(final, inner)
    for prop in found.values():
        prop.expression = NUMBER
    job.prepare(project)

    assert job.run({"scenes": [scene("c1", value("t1", "7"))]}).ok

    result = job.run({"scenes": [scene("c1", value("t1", "seven"))]})
    assert {error.code for error in result.errors} == {"expression_error"}
    told = sorted(error.message.split('property "')[1].split('"')[0] for error in result.errors)
    assert told == sorted(found)
    assert {error.layer for error in result.errors} == {
        "effects", "masks", "shapes", "animators", "nested"
    }  # fmt: skip


def test_an_effect_that_is_off_and_a_comp_that_is_not_shown_break_nothing(job: BindJob) -> None:
    project, final = new_project()
    unseen = project.root_folder.add_comp("unseen", 64, 36, 1.0, 6.0, 25.0)
    add_text(final, "frl_c1t1", "5")
    layer = final.add_solid([1, 0, 0], "effects")
    control = layer.effects.add_property("ADBE Slider Control")
    control.properties[0].expression = NUMBER
    control.enabled = False
    add_text(unseen, "x", "x").transform.property("ADBE Opacity").expression = NUMBER
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("t1", "seven"))]})

    assert result.ok, result.errors


def test_locked_layers_take_values_too(job: BindJob) -> None:
    project, final = new_project()
    add_text(final, "frl_c1t1", "x").locked = True
    slider = final.add_solid([1, 0, 0], "frd_speed")
    slider.effects.add_property("ADBE Slider Control")
    slider.locked = True
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("t1", "new"), value("speed", "4", "number"))]})

    bound = job.bound()
    assert result.ok, result.errors
    assert text_of(bound, "frfinal", "frl_c1t1") == "new"
    assert not layer_of(bound, "frfinal", "frl_c1t1").locked
    assert not layer_of(bound, "frfinal", "frd_speed").locked
