"""Paths in the spaces they were drawn in, and how Merge Paths makes one of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from node_agent.preview.draw.shape.paths import Path, Sub, as_arrays, box_of, moved, rectangle
from node_agent.preview.draw.vector import IDENTITY, REACH, Affine, Vector

MERGE, ADD, SUBTRACT, INTERSECT, EXCLUDE = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Keep what lies inside `path`, or outside of it."""

    path: Path
    inside: bool


@dataclass(slots=True, eq=False)
class Box:
    """Hold one path in its own space; operators replace the path.

    `cuts` take parts of its area away; with `even_odd` its area is where its outlines overlap an
    odd number of times, whatever the paint says.
    """

    path: Path
    cuts: tuple[Cut, ...] = ()
    even_odd: bool = False

    @property
    def is_merged(self) -> bool:
        """Tell whether the area is another than that of the path alone."""
        return bool(self.cuts) or self.even_odd


Refs = list[tuple[Box, Affine]]


def merged(refs: Refs, mode: int) -> Refs:
    """Give what Merge Paths leaves of `refs`, which come top first, as one path.

    Its area is exact where no path crosses itself; what an earlier merge cut from another path
    than the topmost one is lost.
    """
    if not refs:
        return []
    parts = [moved(box.path, m) if m != IDENTITY else box.path for box, m in refs]
    first, matrix = refs[0]
    cuts = tuple(Cut(moved(cut.path, matrix), cut.inside) for cut in first.cuts)
    if mode in {SUBTRACT, INTERSECT}:
        more = [
            Cut(part, mode == INTERSECT)
            for part in parts[1:]
            if not (mode == INTERSECT and _is_frame_around(part, parts[0]))
        ]
        return [(Box(parts[0], cuts + tuple(more), first.even_odd), IDENTITY)]
    if mode == ADD:
        parts = [_clockwise(part) for part in parts]
    whole = tuple(sub for part in parts for sub in part)
    return [(Box(whole, cuts, first.even_odd or mode == EXCLUDE), IDENTITY)]


def is_exact(refs: Refs, mode: int) -> bool:
    """Tell whether `merged` draws these paths exactly."""
    known = mode in {MERGE, ADD, SUBTRACT, INTERSECT, EXCLUDE}
    if mode in {SUBTRACT, INTERSECT}:
        return not any(box.cuts for box, _ in refs[1:])
    return known and not any(box.cuts for box, _ in refs if len(refs) > 1)


def clip_shape(vector: Vector, path: Path, *, inside: bool) -> int:
    """Make the shape that clips to the inside of a path, or to a ground with a hole there."""
    if inside:
        return vector.shape(*as_arrays([path]))
    ground = rectangle((0, 0), (2 * REACH, 2 * REACH), 0, reverse=False)
    shape = vector.shape(*as_arrays([path, ground]))
    vector.even_odd(shape)
    return shape


def _is_frame_around(frame: Path, path: Path) -> bool:
    """Tell whether `frame` is an upright rectangle that holds all of `path`, as artboards do."""
    outer, inner = box_of(frame), box_of(path)
    if outer is None or inner is None or len(frame) != 1 or not frame[0].closed:
        return False
    points = frame[0].points
    if len(points) not in {13, 16}:
        return False
    low, high = outer
    on_edge = (np.isclose(points, low) | np.isclose(points, high)).all()
    steps = np.abs(np.diff(points, axis=0))
    upright = bool(on_edge and (steps.min(axis=1) < 1e-6).all())
    return upright and bool((low <= inner[0]).all() and (inner[1] <= high).all())


def _clockwise(path: Path) -> Path:
    """Turn a path's direction round where it encloses a negative area; holes keep against it."""
    if sum(_area(sub) for sub in path) >= 0:
        return path
    return tuple(Sub(np.ascontiguousarray(sub.points[::-1]), sub.closed) for sub in path)


def _area(sub: Sub) -> float:
    x, y = sub.points[:, 0], sub.points[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
