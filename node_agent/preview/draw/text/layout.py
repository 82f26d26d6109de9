"""Breaks text into lines and places their glyphs around the layer's origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from node_agent.preview.draw.text.document import TextSpec
from node_agent.preview.draw.text.fonts import FontLibrary
from node_agent.preview.draw.text.shaping import Glyph, Style, shape_line

MAX_LINES = 500


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Hold the outline of a whole text, and the glyphs line by line with their baselines.

    `lines` holds (glyphs, x, baseline y) per line; `rect` is left, top, width, height.
    """

    commands: np.ndarray
    points: np.ndarray
    lines: tuple[tuple[list[Glyph], float, float], ...]
    rect: tuple[float, float, float, float]


class Composer:
    """Lay texts out; the same spec is laid out once."""

    def __init__(self, fonts: FontLibrary) -> None:
        self.fonts = fonts
        self._known: dict[TextSpec, Layout] = {}

    def layout(self, spec: TextSpec) -> Layout:
        """Give the layout of `spec`."""
        known = self._known.get(spec)
        if known is None:
            if len(self._known) > 2000:
                # A text that changes every frame must not fill the memory.
                self._known.clear()
            known = self._known[spec] = self._compose(spec)
        return known

    def _compose(self, spec: TextSpec) -> Layout:
        main = self.fonts.find(spec.font)
        spare = self.fonts.find("Vazirmatn-Regular")
        style = Style((main, spare), spec.size, spec.tracking, spec.universal, spec.rtl)
        width = spec.box[2] / max(0.01, spec.scale_x) if spec.box else None
        shaped = [shape_line(line, style) for line in _lines(spec.text, style, width)]
        left, top = 0.0, -spec.baseline_shift
        if spec.box:
            left = spec.box[0]
            top += spec.box[1] + main.ascent * spec.size / main.upem * spec.scale_y
        placed = []
        for number, (glyphs, advance) in enumerate(shaped):
            spare_width = (spec.box[2] if spec.box else 0.0) - advance * spec.scale_x
            x = left + spare_width * spec.align
            baseline = top + number * spec.leading
            if number and spec.box and baseline > spec.box[1] + spec.box[3] + 0.5:
                break  # What does not fit into its box is not shown.
            placed.append((glyphs, x, baseline))
        commands, points = _outline(placed, spec)
        return Layout(commands, points, tuple(placed), _bounds(points))


def _lines(text: str, style: Style, width: float | None) -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend([paragraph] if width is None else _wrapped(paragraph, style, width))
    return lines[:MAX_LINES]


def _wrapped(paragraph: str, style: Style, width: float) -> list[str]:
    """Break a paragraph at spaces so that each line fits; a word longer than a line stays whole."""
    lines: list[str] = []
    current = ""
    for word in paragraph.split(" "):
        wider = f"{current} {word}" if current else word
        if current and shape_line(wider, style)[1] > width:
            lines.append(current)
            current = word
        else:
            current = wider
        if len(lines) >= MAX_LINES:
            break
    lines.append(current)
    return lines


def _outline(
    placed: list[tuple[list[Glyph], float, float]], spec: TextSpec
) -> tuple[np.ndarray, np.ndarray]:
    commands: list[np.ndarray] = []
    points: list[np.ndarray] = []
    for glyphs, x, y in placed:
        for glyph in glyphs:
            glyph_commands, glyph_points = glyph.font.outline(glyph.glyph)
            if not len(glyph_commands):
                continue
            scale = spec.size / glyph.font.upem
            size = np.array([scale * spec.scale_x, -scale * spec.scale_y])
            origin = np.array([x + glyph.x * spec.scale_x, y + glyph.y * spec.scale_y])
            commands.append(glyph_commands)
            points.append(glyph_points * size + origin)
    if not commands:
        return np.zeros(0, np.uint8), np.zeros((0, 2), np.float32)
    return np.concatenate(commands), np.ascontiguousarray(np.concatenate(points), np.float32)


def _bounds(points: np.ndarray) -> tuple[float, float, float, float]:
    if not len(points):
        return 0.0, 0.0, 0.0, 0.0
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])
