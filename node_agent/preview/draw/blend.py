"""After Effects' blend modes in the 2D engine's numbers."""

from __future__ import annotations

from types import MappingProxyType

NORMAL = 0

_LAYER = MappingProxyType(
    {
        "NORMAL": 0,
        "MULTIPLY": 1,
        "SCREEN": 2,
        "OVERLAY": 3,
        "DARKEN": 4,
        "LIGHTEN": 5,
        "COLOR_DODGE": 6,
        "CLASSIC_COLOR_DODGE": 6,
        "COLOR_BURN": 7,
        "CLASSIC_COLOR_BURN": 7,
        "HARD_LIGHT": 8,
        "SOFT_LIGHT": 9,
        "DIFFERENCE": 10,
        "CLASSIC_DIFFERENCE": 10,
        "EXCLUSION": 11,
        "HUE": 12,
        "SATURATION": 13,
        "COLOR": 14,
        "LUMINOSITY": 15,
        "ADD": 16,
        "LINEAR_DODGE": 16,
    }
)
# The popup's numbers inside a shape layer; separators take a number each.
_SHAPE = MappingProxyType(
    {
        1: 0,
        3: 4,
        4: 1,
        5: 7,
        9: 5,
        10: 2,
        11: 6,
        12: 16,
        15: 3,
        16: 9,
        17: 8,
        23: 10,
        24: 11,
        26: 12,
        27: 13,
        28: 14,
        29: 15,
    }
)


def layer_method(name: str) -> int | None:
    """Give the engine's blend number for a layer's mode, None when it has none."""
    return _LAYER.get(name)


def shape_method(number: int) -> int | None:
    """Give the engine's blend number for a mode inside a shape layer, None when it has none."""
    return _SHAPE.get(number)
