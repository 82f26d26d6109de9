"""The effects that templates colour with change the pixels as they say."""

import numpy as np
import pytest

from node_agent.preview.draw.counts import Counts
from node_agent.preview.draw.effects import Effects
from node_agent.preview.draw.values import Values
from node_agent.preview.draw.vector import Vector
from tests.support.films import Group, effect, ink, pixel


def apply(*effects: Group, colour: tuple[int, int, int, int] = (200, 100, 50, 255)) -> np.ndarray:
    """Draw a square of 20 pixels in the middle of 60 under effects."""
    vector = Vector()
    values = Values(Counts())
    square = vector.rect(20, 20, 20, 20)
    vector.fill(square, colour)
    parade = Group("ADBE Effect Parade", list(effects))
    scene = Effects(vector, values, 0.0, "comp/layer").apply(parade, vector.scene([square]))
    apply_counts.update(values.counts.as_dict())
    return vector.draw(vector.scene([scene]), 60, 60)


apply_counts: dict[str, int] = {}


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    apply_counts.clear()


def test_fill_replaces_the_colour_and_keeps_the_shape() -> None:
    pixels = apply(effect("ADBE Fill", p2=[0.0, 0.0, 1.0, 1.0], p5=1.0))
    assert pixel(pixels, 30, 30) == (0, 0, 255, 255)
    assert ink(pixels) == (20, 20, 39, 39)


def test_fill_keeps_transparency() -> None:
    pixels = apply(effect("ADBE Fill", p2=[0.0, 1.0, 0.0, 1.0]), colour=(200, 0, 0, 128))
    assert pixel(pixels, 30, 30)[1] >= 250
    assert abs(pixel(pixels, 30, 30)[3] - 128) <= 2


def test_fill_at_half_opacity_mixes_with_what_was_there() -> None:
    pixels = apply(effect("ADBE Fill", p2=[0.0, 0.0, 1.0, 1.0], p5=0.5), colour=(255, 0, 0, 255))
    red, green, blue, alpha = pixel(pixels, 30, 30)
    assert abs(red - 128) <= 2
    assert green == 0
    assert abs(blue - 128) <= 4
    assert alpha >= 254


@pytest.mark.parametrize(
    ("colour", "expected"), [((0, 0, 0, 255), (255, 0, 0)), ((255, 255, 255, 255), (0, 0, 255))]
)
def test_tint_maps_black_and_white(
    colour: tuple[int, int, int, int], expected: tuple[int, int, int]
) -> None:
    tint = effect("ADBE Tint", p1=[1.0, 0.0, 0.0, 1.0], p2=[0.0, 0.0, 1.0, 1.0], p3=1.0)
    found = pixel(apply(tint, colour=colour), 30, 30)[:3]
    assert all(abs(a - b) <= 3 for a, b in zip(found, expected, strict=True))


def test_a_blur_spreads_the_picture() -> None:
    pixels = apply(effect("ADBE Gaussian Blur 2", p1=6.0, p2=1))
    assert pixels[30, 16, 3] > 0
    assert pixels[30, 20, 3] < 255


def test_a_drop_shadow_falls_where_its_direction_points() -> None:
    shadow = effect("ADBE Drop Shadow", p1=[0.0, 0.0, 0.0, 1.0], p2=255.0, p3=90.0, p4=10.0, p5=0.0)
    pixels = apply(shadow)
    assert pixels[30, 45, 3] > 200
    assert pixels[30, 14, 3] == 0
    assert pixel(pixels, 30, 30) == (200, 100, 50, 255)


def test_controls_are_quiet_and_unknown_effects_are_counted() -> None:
    apply(effect("ADBE Slider Control", p1=5.0), effect("ADBE Twirl", p1=5.0))
    assert apply_counts == {"effect ADBE Twirl": 1}


def test_a_disabled_effect_does_nothing() -> None:
    off = effect("ADBE Fill", p2=[0.0, 0.0, 1.0, 1.0])
    off.enabled = False
    assert pixel(apply(off), 30, 30) == (200, 100, 50, 255)
