"""Round corners: replace each sharp corner of a path by an arc."""

from __future__ import annotations

import numpy as np

from node_agent.preview.draw.shape.paths import KAPPA, Path, Sub

_FLAT = 1e-3


def rounded(path: Path, radius: float) -> Path:
    """Give `path` with arcs of at most `radius` at corners between straight sides.

    Corners that touch a curved side stay as they are; a side is cut by at most its half.
    """
    return tuple(_round(sub, radius) for sub in path)


def _round(sub: Sub, radius: float) -> Sub:
    curves = [sub.points[i : i + 4] for i in range(0, len(sub.points) - 1, 3)]
    if sub.closed:
        curves = [c for c in curves if np.abs(c[3] - c[0]).max() > _FLAT] or curves
    straight = [_is_straight(curve) for curve in curves]
    count = len(curves)
    pieces: list[np.ndarray] = []
    start: np.ndarray = curves[0][0]
    for i, curve in enumerate(curves):
        follows = (i + 1) % count
        turns = (sub.closed or i + 1 < count) and straight[i] and straight[follows] and count > 1
        if not turns:
            pieces.append(_line(start, curve[3]) if straight[i] else curve[1:])
            start = curve[3]
            continue
        corner, after = curve[3], curves[follows][3]
        enter, leave = _toward(corner, curve[0], radius), _toward(corner, after, radius)
        pieces.append(_line(start, enter))
        pieces.append(_arc(enter, corner, leave))
        start = leave
    if sub.closed and straight[0] and straight[-1] and count > 1:
        # The first side starts where the arc at the last corner ends.
        pieces[0] = _line(start, pieces[0][2])
        return Sub(np.concatenate([start[None], *pieces]), sub.closed)
    return Sub(np.concatenate([curves[0][0][None], *pieces]), sub.closed)


def _is_straight(curve: np.ndarray) -> bool:
    chord = curve[3] - curve[0]
    handles = curve[1:3] - curve[0]
    sides = np.abs(chord[0] * handles[:, 1] - chord[1] * handles[:, 0])
    return bool(sides.max() <= _FLAT * max(1.0, float(np.hypot(*chord))))


def _toward(corner: np.ndarray, other: np.ndarray, radius: float) -> np.ndarray:
    side = other - corner
    length = float(np.hypot(*side)) or 1.0
    return np.asarray(corner + side * (min(radius, length / 2) / length))


def _line(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.array([start, end, end])


def _arc(start: np.ndarray, corner: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.array([start + (corner - start) * KAPPA, end + (corner - end) * KAPPA, end])
