"""Writes traced pictures as SVG of our own: paths and fills only, and recolours them by key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 1_048_576
NEAR = 120.0
"""Farther than this a fill shows no shared colour: black to white is 765."""
_D = re.compile(r"[MLHVCSQTZ0-9 .,-]*")
_FILL = re.compile(r"#[0-9a-f]{6}")
_FILLED = re.compile(r' fill="(#[0-9a-f]{6})"')


class BadTrace(ValueError):
    """Say that a trace holds what no trace of ours holds."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Be one colour of a traced picture: its share of the area, the shared colour it shows."""

    fill: str
    share: float
    key: str | None = None


def picture(width: int, height: int, paths: Iterable[Sequence[Any]]) -> str:
    """Write an SVG of (d, x, y, fill) paths; raises BadTrace for anything that is not just that."""
    size = f'viewBox="0 0 {width:d} {height:d}" width="{width:d}" height="{height:d}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>']
    for d, x, y, fill in paths:
        if not _D.fullmatch(d) or not _FILL.fullmatch(fill):
            raise BadTrace("a path holds more than a shape and a colour")
        place = f' transform="translate({float(x):.6g} {float(y):.6g})"' if x or y else ""
        parts.append(f'<path d="{d}" fill="{fill}"{place}/>')
    parts.append("</svg>")
    text = "\n".join(parts)
    if len(text) > MAX_BYTES:
        raise BadTrace(f"the picture takes {len(text)} bytes; {MAX_BYTES} are allowed")
    return text


def recolored(svg: str, fills: Iterable[Fill], colors: Mapping[str, str]) -> str:
    """Give a picture of ours in other colours: each fill that shows a given key takes its value.

    Raises BadTrace for a colour that is not #rrggbb.
    """
    for value in colors.values():
        if not _FILL.fullmatch(value.lower()):
            raise BadTrace(f"{value!r} is no colour; write #rrggbb")
    wanted = {
        one.fill: colors[one.key].lower()
        for one in fills
        if one.key is not None and one.key in colors
    }
    return _FILLED.sub(lambda match: f' fill="{wanted.get(match[1], match[1])}"', svg)


def mapped(fills: Iterable[tuple[str, float]], shared: Mapping[str, str]) -> tuple[Fill, ...]:
    """Give each fill the shared colour that is nearest, none when all are too far away."""
    made = []
    for fill, share in fills:
        near = min(
            ((distance(fill, value), key) for key, value in shared.items()), default=(NEAR + 1, "")
        )
        made.append(Fill(fill, share, near[1] if near[0] <= NEAR else None))
    return tuple(made)


def distance(one: str, other: str) -> float:
    """Tell how different two colours look, 0 to 765: channels weighted by how red they are."""
    (r1, g1, b1), (r2, g2, b2) = _channels(one), _channels(other)
    red = (r1 + r2) / 2
    squares = (2 + red / 256) * (r1 - r2) ** 2 + 4 * (g1 - g2) ** 2
    return float((squares + (2 + (255 - red) / 256) * (b1 - b2) ** 2) ** 0.5)


def _channels(fill: str) -> tuple[int, int, int]:
    return int(fill[1:3], 16), int(fill[3:5], 16), int(fill[5:7], 16)
