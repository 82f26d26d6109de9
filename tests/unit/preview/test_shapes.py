"""Shape layers' operators and layers in depth are drawn as After Effects would."""

from __future__ import annotations

from typing import Any

import py_aep
import pytest

from tests.support.films import (
    RED,
    draw,
    fill,
    film,
    ink,
    pixel,
    rectangle,
    shape_group,
    solid,
    stage,
    transform,
)

MERGE, ADD, SUBTRACT, INTERSECT, EXCLUDE = 1, 2, 3, 4, 5


def cross(contents: Any) -> None:
    """Add a lying bar of 60 x 20 and, below it, a standing one."""
    rectangle(contents, 60, 20)
    rectangle(contents, 20, 60)


@pytest.mark.parametrize(
    ("mode", "lying", "both", "standing"),
    [
        (MERGE, 255, 255, 255),
        (ADD, 255, 255, 255),
        (SUBTRACT, 255, 0, 0),
        (INTERSECT, 0, 255, 0),
        (EXCLUDE, 255, 0, 255),
    ],
)
def test_merged_paths_fill_by_their_mode(mode: int, lying: int, both: int, standing: int) -> None:
    comp = film()
    _, contents = shape_group(comp)
    cross(contents)
    merge = contents.add_property("ADBE Vector Filter - Merge")
    merge.property("ADBE Vector Merge Type").value = mode
    fill(contents, RED)
    shown = stage(comp)
    pixels = shown.frame(comp, 0.0)
    found = [pixel(pixels, x, y)[3] for x, y in ((75, 50), (100, 50), (100, 25))]
    assert found == [lying, both, standing]
    assert shown.counts.as_dict() == {}


def test_paths_drawn_against_each_other_add_up_and_leave_no_hole() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 20)
    rectangle(contents, 20, 60).property("ADBE Vector Shape Direction").value = 3
    merge = contents.add_property("ADBE Vector Filter - Merge")
    merge.property("ADBE Vector Merge Type").value = ADD
    fill(contents, RED)
    assert pixel(draw(comp), 100, 50) == (255, 0, 0, 255)


def test_what_is_intersected_with_a_path_of_one_point_is_gone() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 20)
    lone = contents.add_property("ADBE Vector Shape - Group").property("ADBE Vector Shape")
    lone.value = py_aep.Shape(
        vertices=[[0.0, 0.0]], in_tangents=[[0.0, 0.0]], out_tangents=[[0.0, 0.0]], closed=True
    )
    merge = contents.add_property("ADBE Vector Filter - Merge")
    merge.property("ADBE Vector Merge Type").value = INTERSECT
    fill(contents, RED)
    assert not draw(comp).any()


def test_what_a_merge_cut_away_moves_with_its_group() -> None:
    comp = film()
    layer = comp.add_shape()
    outer = layer.property("ADBE Root Vectors Group").add_property("ADBE Vector Group")
    inner = outer.property("ADBE Vectors Group").add_property("ADBE Vector Group")
    cross(inner.property("ADBE Vectors Group"))
    merge = inner.property("ADBE Vectors Group").add_property("ADBE Vector Filter - Merge")
    merge.property("ADBE Vector Merge Type").value = SUBTRACT
    fill(outer.property("ADBE Vectors Group"), RED)
    moved = inner.property("ADBE Vector Transform Group")
    moved.property("ADBE Vector Position").value = [20, 0]
    pixels = draw(comp)
    assert ink(pixels) == (90, 40, 149, 59)
    assert [pixel(pixels, x, 50)[3] for x in (100, 120, 140)] == [255, 0, 255]


def test_a_layer_turned_in_depth_is_seen_narrower() -> None:
    comp = film()
    layer = solid(comp, RED, 80, 80)
    layer.three_d_layer = True
    transform(layer, "Rotate Y").value = 60
    assert ink(draw(comp)) == (80, 10, 119, 89)
    transform(layer, "Rotate Y").value = 0
    transform(layer, "Orientation").value = [60, 0, 0]
    assert ink(draw(comp)) == (60, 30, 139, 69)
