"""Layers that change what is below them: adjustments, stencils and silhouettes."""

from __future__ import annotations

from typing import Any

import py_aep
import pytest

from node_agent.preview.aerender.stage import Stage
from tests.support.films import (
    BLUE,
    GREEN,
    RED,
    Group,
    effect,
    film,
    pixel,
    solid,
    stage,
    transform,
)


def adjustment(comp: Any, width: int, height: int) -> Any:
    """Add an adjustment layer in the middle."""
    layer = solid(comp, RED, width, height, "adjust")
    layer.adjustment_layer = True
    return layer


def blue(comp: Any, layer: Any) -> Stage:
    """Give an engine in which the layer turns what is below it blue."""
    shown = stage(comp)
    view = shown._compositor.views(comp)[id(layer)]
    view.effects = Group("ADBE Effect Parade", [effect("ADBE Fill", p2=[*BLUE, 1.0])])
    return shown


def test_an_adjustment_layer_changes_what_is_below_it_and_nothing_above() -> None:
    comp = film()
    solid(comp, RED, 100, 40)
    layer = adjustment(comp, 200, 100)
    solid(comp, GREEN, 20, 20)
    shown = blue(comp, layer)
    pixels = shown.frame(comp, 0.0)
    found = [pixel(pixels, x, 50) for x in (60, 100, 20)]
    assert found == [(0, 0, 255, 255), (0, 255, 0, 255), (0, 0, 0, 0)]
    assert shown.counts.as_dict() == {}


def test_a_small_adjustment_layer_changes_only_what_it_covers() -> None:
    comp = film()
    solid(comp, RED, 100, 40)
    pixels = blue(comp, adjustment(comp, 30, 100)).frame(comp, 0.0)
    assert [pixel(pixels, x, 50)[:3] for x in (60, 100)] == [(255, 0, 0), (0, 0, 255)]
    assert pixel(pixels, 100, 10)[3] == 0


def test_an_adjustment_layer_of_half_opacity_changes_by_half() -> None:
    comp = film()
    solid(comp, RED, 100, 40)
    layer = adjustment(comp, 200, 100)
    transform(layer, "Opacity").value = 50
    pixels = blue(comp, layer).frame(comp, 0.0)
    assert pixel(pixels, 100, 50) == pytest.approx((127, 0, 128, 255), abs=2)


@pytest.mark.parametrize(
    ("mode", "inside", "outside"), [("STENCIL_ALPHA", 255, 0), ("SILHOUETE_ALPHA", 0, 255)]
)
def test_a_stencil_keeps_and_a_silhouette_takes_what_it_covers(
    mode: str, inside: int, outside: int
) -> None:
    comp = film()
    solid(comp, RED, 100, 40)
    solid(comp, GREEN, 20, 100).blending_mode = py_aep.BlendingMode[mode]
    shown = stage(comp)
    pixels = shown.frame(comp, 0.0)
    assert [pixel(pixels, x, 50)[3] for x in (100, 60)] == [inside, outside]
    assert shown.counts.as_dict() == {}
