"""Paths as chains of cubic curves, and the shapes that After Effects makes from numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from node_agent.preview.draw.vector import CLOSE, CUBIC, MOVE, Affine

KAPPA = 0.5522847498307936
MAX_VERTICES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Sub:
    """Hold one sub-path: `points` is (3 n + 1, 2), n cubic curves end to end."""

    points: np.ndarray
    closed: bool


Path = tuple[Sub, ...]


def from_vertices(
    vertices: Sequence[Sequence[float]],
    in_tangents: Sequence[Sequence[float]],
    out_tangents: Sequence[Sequence[float]],
    *,
    closed: bool,
) -> Path:
    """Make a path from After Effects' vertices and relative tangents."""
    count = min(len(vertices), MAX_VERTICES)
    if count < 2:
        return ()
    v = _points(vertices, count)
    tangent_in, tangent_out = v + _points(in_tangents, count), v + _points(out_tangents, count)
    if closed:
        following, arriving = np.roll(v, -1, axis=0), np.roll(tangent_in, -1, axis=0)
        leaving = tangent_out
    else:
        following, arriving, leaving = v[1:], tangent_in[1:], tangent_out[:-1]
    curves = np.stack([leaving, arriving, following], axis=1).reshape(-1, 2)
    return (Sub(np.concatenate([v[:1], curves]), closed),)


def _points(values: Sequence[Sequence[float]], count: int) -> np.ndarray:
    array = np.zeros((count, 2))
    for i, value in enumerate(values[:count]):
        array[i] = value[0], value[1]
    return np.clip(np.nan_to_num(array), -1e6, 1e6)


def from_value(shape: Any) -> Path:
    """Make a path from a value of a path property, an empty one from any other value."""
    if not hasattr(shape, "vertices"):
        return ()
    return from_vertices(
        shape.vertices, shape.in_tangents, shape.out_tangents, closed=bool(shape.closed)
    )


def rectangle(
    centre: Sequence[float], size: Sequence[float], roundness: float, *, reverse: bool
) -> Path:
    """Make a rectangle that starts at its top right corner and runs clockwise."""
    x, y, w, h = centre[0], centre[1], abs(size[0]) / 2, abs(size[1]) / 2
    r = max(0.0, min(roundness, w, h))
    k = r * KAPPA
    if r <= 0:
        corners = [(x + w, y - h), (x + w, y + h), (x - w, y + h), (x - w, y - h)]
        tangents_in = tangents_out = [(0.0, 0.0)] * 4
    else:
        corners = [(x + w, y - h + r), (x + w, y + h - r), (x + w - r, y + h), (x - w + r, y + h)]
        corners += [(x - w, y + h - r), (x - w, y - h + r), (x - w + r, y - h), (x + w - r, y - h)]
        none = (0.0, 0.0)
        tangents_in = [(0, -k), none, (k, 0), none, (0, k), none, (-k, 0), none]
        tangents_out = [none, (0, k), none, (-k, 0), none, (0, -k), none, (k, 0)]
    return _directed(corners, tangents_in, tangents_out, reverse=reverse)


def ellipse(centre: Sequence[float], size: Sequence[float], *, reverse: bool) -> Path:
    """Make an ellipse that starts at its top and runs clockwise."""
    x, y, w, h = centre[0], centre[1], size[0] / 2, size[1] / 2
    k, m = w * KAPPA, h * KAPPA
    corners = [(x, y - h), (x + w, y), (x, y + h), (x - w, y)]
    tangents_out = [(k, 0.0), (0.0, m), (-k, 0.0), (0.0, -m)]
    tangents_in = [(-a, -b) for a, b in tangents_out]
    return _directed(corners, tangents_in, tangents_out, reverse=reverse)


@dataclass(frozen=True, slots=True)
class StarNumbers:
    """Hold a star's or polygon's numbers; radii in pixels, roundness in percent, degrees."""

    points: float
    outer: float
    inner: float | None
    outer_roundness: float
    inner_roundness: float
    rotation_deg: float


def star(centre: Sequence[float], n: StarNumbers, *, reverse: bool) -> Path:
    """Make a star (with an inner radius) or a polygon (without), first point at the top."""
    rays = max(3, min(1000, round(n.points)))
    radii = [(n.outer, n.outer_roundness)]
    if n.inner is not None:
        radii.append((n.inner, n.inner_roundness))
    total = rays * len(radii)
    step = 2 * math.pi / total
    corners, tangents_in, tangents_out = [], [], []
    for i in range(total):
        angle = math.radians(n.rotation_deg - 90.0) + i * step
        radius, roundness = radii[i % len(radii)]
        cos, sin = math.cos(angle), math.sin(angle)
        corners.append((centre[0] + radius * cos, centre[1] + radius * sin))
        # The handle spans a quarter of the arc between neighbours at full roundness.
        reach = roundness / 100.0 * radius * 2 * math.pi / (rays * 4 * (len(radii) / 2 + 0.5))
        tangents_out.append((-sin * reach, cos * reach))
        tangents_in.append((sin * reach, -cos * reach))
    return _directed(corners, tangents_in, tangents_out, reverse=reverse)


def _directed(
    corners: Sequence[Sequence[float]],
    tangents_in: Sequence[Sequence[float]],
    tangents_out: Sequence[Sequence[float]],
    *,
    reverse: bool,
) -> Path:
    if reverse:
        corners, tangents_in, tangents_out = (
            list(reversed(corners)),
            list(reversed(tangents_out)),
            list(reversed(tangents_in)),
        )
    return from_vertices(corners, tangents_in, tangents_out, closed=True)


def moved(path: Path, m: Affine) -> Path:
    """Give `path` with every point transformed."""
    linear = np.array([[m[0], m[1]], [m[2], m[3]]])
    offset = np.array([m[4], m[5]])
    return tuple(Sub(sub.points @ linear + offset, sub.closed) for sub in path)


def as_arrays(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Give the engine's commands (uint8) and points (float32) for all the paths together."""
    commands: list[np.ndarray] = []
    points: list[np.ndarray] = []
    for path in paths:
        for sub in path:
            curves = (len(sub.points) - 1) // 3
            row = np.full(1 + curves + int(sub.closed), CUBIC, dtype=np.uint8)
            row[0] = MOVE
            if sub.closed:
                row[-1] = CLOSE
            commands.append(row)
            points.append(sub.points)
    if not commands:
        return np.zeros(0, np.uint8), np.zeros((0, 2), np.float32)
    return np.concatenate(commands), np.ascontiguousarray(np.concatenate(points), dtype=np.float32)


def box_of(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Give the least and the greatest corner around a path's points, None when it has none."""
    if not path:
        return None
    points = np.concatenate([sub.points for sub in path])
    return points.min(axis=0), points.max(axis=0)
