"""Affine matrices and the transforms of layers and shape groups."""

from __future__ import annotations

import math
from collections.abc import Sequence

from node_agent.preview.draw.vector import IDENTITY, Affine

MAX_PARENTS = 64


def multiply(outer: Affine, inner: Affine) -> Affine:
    """Give the matrix that applies `inner` first, then `outer`."""
    a, b, c, d, e, f = outer
    p, q, r, s, t, u = inner
    return (
        a * p + c * q,
        b * p + d * q,
        a * r + c * s,
        b * r + d * s,
        a * t + c * u + e,
        b * t + d * u + f,
    )


def translation(x: float, y: float) -> Affine:
    """Give a pure translation."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def compose(
    anchor: Sequence[float],
    position: Sequence[float],
    scale: Sequence[float],
    rotation_deg: float,
    skew_deg: float = 0.0,
    skew_axis_deg: float = 0.0,
) -> Affine:
    """Give After Effects' transform: anchor away, scale, skew, rotate, move to position.

    Scale is in percent; angles are in degrees, clockwise as seen on screen.
    """
    sx, sy = scale[0] / 100.0, scale[1] / 100.0
    m: Affine = (sx, 0.0, 0.0, sy, -anchor[0] * sx, -anchor[1] * sy)
    if skew_deg:
        axis = rotation(skew_axis_deg)
        back = rotation(-skew_axis_deg)
        # A positive skew leans the top to the right, as the property's preview does.
        shear: Affine = (1.0, 0.0, math.tan(math.radians(-_clamp(skew_deg))), 1.0, 0.0, 0.0)
        m = multiply(back, multiply(shear, multiply(axis, m)))
    if rotation_deg:
        m = multiply(rotation(rotation_deg), m)
    return multiply(translation(position[0], position[1]), m)


def rotation(degrees: float) -> Affine:
    """Give a rotation about the origin, clockwise on screen."""
    if not degrees:
        return IDENTITY
    angle = math.radians(degrees % 360.0)
    cos, sin = math.cos(angle), math.sin(angle)
    return (cos, sin, -sin, cos, 0.0, 0.0)


def turned_in_depth(x_deg: float, y_deg: float, z_deg: float) -> Affine:
    """Give what a turn about Z, then Y, then X looks like from far away, straight on."""
    cx, cy = math.cos(math.radians(x_deg % 360.0)), math.cos(math.radians(y_deg % 360.0))
    sx, sy = math.sin(math.radians(x_deg % 360.0)), math.sin(math.radians(y_deg % 360.0))
    return multiply((cy, sx * sy, 0.0, cx, 0.0, 0.0), rotation(z_deg))


def _clamp(degrees: float) -> float:
    return max(-85.0, min(85.0, degrees))


def covers(m: Affine, own: tuple[float, float], size: tuple[float, float]) -> bool:
    """Tell whether an upright rectangle of the size `own`, moved by `m`, hides one of `size`."""
    if abs(m[1]) > 1e-9 or abs(m[2]) > 1e-9:
        return False
    sides = ((m[4], m[4] + m[0] * own[0], size[0]), (m[5], m[5] + m[3] * own[1], size[1]))
    return all(min(a, b) <= 1e-6 and max(a, b) >= length - 1e-6 for a, b, length in sides)


def is_finite(m: Affine) -> bool:
    """Tell whether every number of the matrix can be drawn with."""
    return all(math.isfinite(x) and abs(x) < 1e7 for x in m)
