"""Gradients, strokes and blend modes colour their pixels as After Effects would."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import py_aep
import pytest

from node_agent.preview.draw.shape.paint import gradient_stops
from tests.support.films import draw, fill, film, ink, pixel, rectangle, shape_group, solid, stage

LINEAR, RADIAL = 1, 2


def gradient(kind: str, shape: int, reach: float) -> Any:
    """Make a comp whose middle 100 pixels have a black-and-white gradient over `reach` pixels."""
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 100, 60)
    paint = contents.add_property(f"ADBE Vector Graphic - {kind}")
    paint.property("ADBE Vector Grad Type").value = shape
    start = -50.0 if shape == LINEAR else 0.0
    paint.property("ADBE Vector Grad Start Pt").value = [start, 0.0]
    paint.property("ADBE Vector Grad End Pt").value = [start + reach, 0.0]
    return comp, paint


def test_a_linear_gradient_runs_from_its_start_to_its_end() -> None:
    comp, _ = gradient("G-Fill", LINEAR, 100.0)
    pixels = draw(comp)
    found = [pixel(pixels, x, 50)[0] for x in (51, 100, 148)]
    assert found == pytest.approx([252, 127, 5], abs=4)
    assert pixel(pixels, 100, 25)[:3] == pytest.approx(pixel(pixels, 100, 75)[:3], abs=1)


def test_a_radial_gradient_runs_from_its_centre_outwards() -> None:
    comp, _ = gradient("G-Fill", RADIAL, 50.0)
    pixels = draw(comp)
    found = [pixel(pixels, x, 50)[0] for x in (100, 75, 125, 52)]
    assert found == pytest.approx([253, 127, 127, 10], abs=6)


def test_a_gradient_colours_a_stroke() -> None:
    comp, paint = gradient("G-Stroke", LINEAR, 100.0)
    paint.property("ADBE Vector Stroke Width").value = 6
    pixels = draw(comp)
    assert pixel(pixels, 100, 50)[3] == 0
    found = [pixel(pixels, x, 20)[0] for x in (51, 100, 148)]
    assert found == pytest.approx([252, 127, 5], abs=4)


def test_the_stops_of_colour_and_of_opacity_are_one_list() -> None:
    value = SimpleNamespace(
        color_stops=[
            SimpleNamespace(offset=0.0, color=(1.0, 0.0, 0.0)),
            SimpleNamespace(offset=1.0, color=(0.0, 0.0, 1.0)),
        ],
        alpha_stops=[
            SimpleNamespace(offset=0.0, alpha=1.0),
            SimpleNamespace(offset=0.5, alpha=0.0),
        ],
    )
    stops = np.array(gradient_stops(value, 0.5)).reshape(-1, 5)
    assert stops.tolist() == [[0, 1, 0, 0, 0.5], [0.5, 0.5, 0, 0.5, 0], [1, 0, 0, 1, 0]]


def stroked(**looks: float) -> np.ndarray:
    """Draw a stroke of 20 pixels along a line from 60 to 140 and down to 80."""
    comp = film()
    _, contents = shape_group(comp)
    path = contents.add_property("ADBE Vector Shape - Group").property("ADBE Vector Shape")
    flat = [[0.0, 0.0]] * 3
    path.value = py_aep.Shape(
        vertices=[[-40.0, -20.0], [40.0, -20.0], [40.0, 30.0]],
        in_tangents=flat,
        out_tangents=flat,
        closed=False,
    )
    stroke = contents.add_property("ADBE Vector Graphic - Stroke")
    stroke.property("ADBE Vector Stroke Width").value = 20
    for name, value in looks.items():
        stroke.property(f"ADBE Vector Stroke {name.replace('_', ' ')}").value = value
    return draw(comp)


@pytest.mark.parametrize(("cap", "left", "corner"), [(1, 60, 0), (2, 50, 0), (3, 50, 255)])
def test_a_stroke_ends_by_its_cap(cap: int, left: int, corner: int) -> None:
    pixels = stroked(Line_Cap=cap)
    assert ink(pixels)[0] == left
    # A round end leaves the corner that a square one fills.
    assert pixel(pixels, 51, 21)[3] == corner


@pytest.mark.parametrize(("join", "corner", "near"), [(1, 255, 255), (2, 0, 255), (3, 0, 0)])
def test_a_stroke_turns_by_its_join(join: int, corner: int, near: int) -> None:
    pixels = stroked(Line_Join=join)
    # The tip of the outer corner, and a place that an arc covers and a bevel does not.
    assert [pixel(pixels, x, y)[3] for x, y in ((148, 21), (146, 24))] == [corner, near]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("MULTIPLY", (59, 39, 0)),
        ("SCREEN", (191, 161, 150)),
        ("OVERLAY", (118, 78, 0)),
        ("ADD", (250, 200, 150)),
        ("DARKEN", (100, 100, 0)),
        ("LIGHTEN", (150, 100, 150)),
        ("DIFFERENCE", (50, 0, 150)),
        ("EXCLUSION", (132, 122, 150)),
    ],
)
def test_a_blend_mode_mixes_by_its_formula(mode: str, expected: tuple[int, int, int]) -> None:
    comp = film()
    solid(comp, [100 / 255, 100 / 255, 0.0], 100, 100)
    above = solid(comp, [150 / 255, 100 / 255, 150 / 255], 140, 100)
    above.blending_mode = py_aep.BlendingMode[mode]
    shown = stage(comp)
    pixels = shown.frame(comp, 0.0)
    assert pixel(pixels, 100, 50) == pytest.approx((*expected, 255), abs=3)
    # Beside it, where nothing is below, it shows as it is.
    assert pixel(pixels, 35, 50) == pytest.approx((150, 100, 150, 255), abs=2)
    assert shown.counts.as_dict() == {}


def test_a_fill_may_leave_what_overlaps_twice_empty() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 100, 60)
    rectangle(contents, 40, 40)
    fill(contents, [1.0, 0.0, 0.0]).property("ADBE Vector Fill Rule").value = 2
    pixels = draw(comp)
    assert [pixel(pixels, x, 50)[3] for x in (60, 100)] == [255, 0]
