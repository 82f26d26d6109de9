"""Masks and mattes show of a layer what After Effects would."""

from __future__ import annotations

from typing import Any

import numpy as np
import py_aep
import pytest

from tests.support.films import BLUE, RED, draw, film, ink, pixel, project_of, solid, stage

FLAT = [[0.0, 0.0]] * 4


def mask(layer: Any, left: float, top: float, right: float, bottom: float, **looks: Any) -> Any:
    """Add a rectangular mask in the layer's space; `looks` are its mode and whether inverted."""
    added = layer.property("ADBE Mask Parade").add_property("ADBE Mask Atom")
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    added.property("ADBE Mask Shape").value = py_aep.Shape(
        vertices=corners, in_tangents=FLAT, out_tangents=FLAT, closed=True
    )
    for name, value in looks.items():
        setattr(added, name, value)
    return added


def masked(mode: str) -> np.ndarray:
    """Draw a layer of 100 pixels: a mask on its left 60, another on its right 60 in `mode`."""
    comp = film(100, 100)
    layer = solid(comp, RED, 100, 100)
    mask(layer, 0, 0, 60, 100)
    mask(layer, 40, 0, 100, 100, mask_mode=py_aep.MaskMode[mode])
    return draw(comp)


@pytest.mark.parametrize(
    ("mode", "left", "both", "right"),
    [
        ("ADD", 255, 255, 255),
        ("SUBTRACT", 255, 0, 0),
        ("INTERSECT", 0, 255, 0),
        ("LIGHTEN", 255, 255, 255),
        ("DARKEN", 0, 255, 0),
        ("DIFFERENCE", 255, 0, 255),
        ("NONE", 255, 255, 0),
    ],
)
def test_a_second_mask_joins_the_first_by_its_mode(
    mode: str, left: int, both: int, right: int
) -> None:
    pixels = masked(mode)
    assert [pixel(pixels, x, 50)[3] for x in (20, 50, 80)] == [left, both, right]


@pytest.mark.parametrize(("mode", "inverted"), [("SUBTRACT", False), ("ADD", True)])
def test_a_hole_is_cut_by_a_subtracting_or_an_inverted_mask(mode: str, inverted: bool) -> None:
    comp = film(100, 100)
    layer = solid(comp, RED, 100, 100)
    mask(layer, 30, 30, 70, 70, mask_mode=py_aep.MaskMode[mode], inverted=inverted)
    pixels = draw(comp)
    assert pixel(pixels, 50, 50)[3] == 0
    assert [pixel(pixels, x, 50)[3] for x in (29, 70, 99)] == [255] * 3


def test_the_opacity_of_a_mask_is_that_of_what_it_shows() -> None:
    comp = film(100, 100)
    added = mask(solid(comp, RED, 100, 100), 30, 30, 70, 70)
    added.property("ADBE Mask Opacity").value = 50
    pixels = draw(comp)
    assert pixel(pixels, 50, 50)[3] == pytest.approx(128, abs=1)
    assert pixel(pixels, 20, 50)[3] == 0


def test_a_feather_softens_the_edge_by_as_many_pixels_as_it_says() -> None:
    comp = film(200, 100)
    added = mask(solid(comp, RED, 200, 100), 60, 0, 140, 100)
    added.property("ADBE Mask Feather").value = [20, 0]
    pixels = draw(comp)
    assert pixel(pixels, 60, 50)[3] == pytest.approx(128, abs=12)
    assert pixel(pixels, 46, 50)[3] < 12
    assert pixel(pixels, 74, 50)[3] > 243
    # Not feathered from top to bottom.
    assert pixel(pixels, 100, 1)[3] == 255


@pytest.mark.parametrize(("expansion", "box"), [(10, (20, 20, 79, 79)), (-10, (40, 40, 59, 59))])
def test_an_expansion_moves_the_edge(expansion: float, box: tuple[int, ...]) -> None:
    comp = film(100, 100)
    added = mask(solid(comp, RED, 100, 100), 30, 30, 70, 70)
    added.property("ADBE Mask Offset").value = expansion
    shown = stage(comp)
    assert ink(shown.frame(comp, 0.0)) == box
    assert shown.counts.as_dict() == {}


def test_more_masks_than_are_drawn_are_counted() -> None:
    comp = film(100, 100)
    layer = solid(comp, RED, 100, 100)
    for number in range(6):
        mask(layer, 10 * number, 0, 60, 90, mask_mode=py_aep.MaskMode.DIFFERENCE)
    shown = stage(comp)
    shown.frame(comp, 0.0)
    assert shown.counts.as_dict() == {"more masks than the preview draws": 1}


@pytest.mark.parametrize(
    ("kind", "bright", "dark"), [("LUMA", 255, 0), ("LUMA_INVERTED", 0, 255), ("ALPHA", 255, 255)]
)
def test_a_matte_counts_by_its_light_or_by_its_alpha(kind: str, bright: int, dark: int) -> None:
    comp = film(100, 100)
    below = solid(comp, BLUE, 100, 100)
    inner = project_of(comp).root_folder.add_comp("matte", 100, 100, 1.0, 2.0, 25.0)
    solid(inner, [0.0, 0.0, 0.0], 100, 100)
    solid(inner, [1.0, 1.0, 1.0], 50, 100)
    matte = comp.add(inner)
    below.set_track_matte(matte, py_aep.TrackMatteType[kind])
    matte.enabled = False
    pixels = draw(comp)
    assert pixel(pixels, 50, 50)[3] == pytest.approx(bright, abs=3)
    assert pixel(pixels, 10, 50)[3] == pytest.approx(dark, abs=3)
