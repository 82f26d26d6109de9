"""Trim paths: keep the part of each path between two fractions of its length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from node_agent.preview.draw.shape.paths import Path, Sub

_STEPS = 16
_T = np.linspace(0.0, 1.0, _STEPS + 1)
_BASIS = np.stack([(1 - _T) ** 3, 3 * (1 - _T) ** 2 * _T, 3 * (1 - _T) * _T**2, _T**3], axis=1)


def trim(
    paths: Sequence[Path], start: float, end: float, offset: float, *, whole: bool
) -> list[Path]:
    """Trim `paths`; fractions 0..1, offset in turns.

    With `whole` the paths count as one long path, else each is trimmed alone.
    """
    low, high = min(start, end), max(start, end)
    if high - low >= 1.0:
        return list(paths)
    if high - low <= 1e-6:
        return [() for _ in paths]
    first = (low + offset) % 1.0
    spans = [(first, min(1.0, first + high - low))]
    if first + high - low > 1.0 + 1e-9:
        spans.append((0.0, first + high - low - 1.0))
    if whole:
        return _trim_whole(paths, spans)
    return [_trim_subs(path, spans) for path in paths]


def _trim_subs(path: Path, spans: list[tuple[float, float]]) -> Path:
    kept: list[Sub] = []
    for sub in path:
        lengths = _lengths(sub)
        pieces = [piece for a, b in spans if (piece := _cut(sub, lengths, a, b)) is not None]
        kept.extend(_joined(sub, pieces, spans))
    return tuple(kept)


def _joined(sub: Sub, pieces: list[Sub], spans: list[tuple[float, float]]) -> list[Sub]:
    wraps = len(spans) == 2 and sub.closed and len(pieces) == 2
    if wraps:
        # The cut runs over the closed path's seam: one piece, not two ends that meet.
        return [Sub(np.concatenate([pieces[0].points, pieces[1].points[1:]]), closed=False)]
    return pieces


def _trim_whole(paths: Sequence[Path], spans: list[tuple[float, float]]) -> list[Path]:
    measured = [[(sub, _lengths(sub)) for sub in path] for path in paths]
    total = sum(float(lengths.sum()) for path in measured for _, lengths in path) or 1.0
    done = 0.0
    result: list[Path] = []
    for path in measured:
        kept: list[Sub] = []
        for sub, lengths in path:
            own = float(lengths.sum())
            for a, b in spans:
                low = (a * total - done) / own if own else 0.0
                high = (b * total - done) / own if own else 0.0
                piece = _cut(sub, lengths, max(0.0, low), min(1.0, high))
                if piece is not None:
                    kept.append(piece)
            done += own
        result.append(tuple(kept))
    return result


def _lengths(sub: Sub) -> np.ndarray:
    """Measure each curve of the sub-path by a 16-step polyline."""
    points = sub.points
    count = (len(points) - 1) // 3
    corners = np.stack([points[0:-1:3], points[1::3], points[2::3], points[3::3]], axis=1)
    samples = np.einsum("sk,nkd->nsd", _BASIS, corners[:count])
    steps: np.ndarray = np.sqrt(((samples[:, 1:] - samples[:, :-1]) ** 2).sum(axis=2))
    return np.asarray(steps.sum(axis=1))


def _cut(sub: Sub, lengths: np.ndarray, start: float, end: float) -> Sub | None:
    total = float(lengths.sum())
    if end - start <= 1e-6 or total <= 0:
        return None
    if start <= 0 and end >= 1:
        return sub
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    curves: list[np.ndarray] = []
    for i in range(len(lengths)):
        low = (start * total - edges[i]) / lengths[i] if lengths[i] else 0.0
        high = (end * total - edges[i]) / lengths[i] if lengths[i] else 0.0
        low, high = max(0.0, low), min(1.0, high)
        if high - low > 1e-9:
            curve = sub.points[3 * i : 3 * i + 4]
            curves.append(_part(curve, _parameter(curve, low), _parameter(curve, high)))
    if not curves:
        return None
    points = np.concatenate([curves[0][:1], *(curve[1:] for curve in curves)])
    return Sub(points, closed=False)


def _parameter(curve: np.ndarray, fraction: float) -> float:
    """Turn a fraction of a curve's length into its parameter."""
    if fraction <= 0.0 or fraction >= 1.0:
        return min(1.0, max(0.0, fraction))
    samples = _BASIS @ curve
    steps = np.sqrt(((samples[1:] - samples[:-1]) ** 2).sum(axis=1))
    edges = np.concatenate([[0.0], np.cumsum(steps)])
    return float(np.interp(fraction * edges[-1], edges, _T))


def _part(curve: np.ndarray, low: float, high: float) -> np.ndarray:
    """Cut one cubic at two parameters by de Casteljau's construction."""
    right = _split(curve, low)[1] if low > 0 else curve
    if high >= 1:
        return right
    return _split(right, (high - low) / (1 - low))[0]


def _split(curve: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
    a = curve[:-1] + (curve[1:] - curve[:-1]) * t
    b = a[:-1] + (a[1:] - a[:-1]) * t
    c = b[0] + (b[1] - b[0]) * t
    return np.array([curve[0], a[0], b[0], c]), np.array([c, b[1], a[2], curve[3]])
