"""Shapes one line of text into placed glyphs, joined as the composer joins them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import uharfbuzz as hb

from node_agent.preview.draw.text.bidi import Run, levels, visual_runs
from node_agent.preview.draw.text.fonts import Font

# The Latin composer knows no Arabic forms: letters stand alone, in the order they were typed.
_UNJOINED = dict.fromkeys(("init", "medi", "fina", "rlig", "liga", "calt", "curs", "mset"), False)


@dataclass(frozen=True, slots=True)
class Glyph:
    """Hold one glyph of a line: pen position and advance in pixels, y down from the baseline."""

    font: Font
    glyph: int
    x: float
    y: float
    advance: float
    cluster: int


@dataclass(frozen=True, slots=True)
class Style:
    """Hold what shaping needs: fonts in order of preference, size and tracking in pixels."""

    fonts: tuple[Font, ...]
    size: float
    tracking: float
    universal: bool
    rtl: bool


def shape_line(text: str, style: Style) -> tuple[list[Glyph], float]:
    """Give the glyphs of one line from left to right, and the line's width in pixels."""
    if not text:
        return [], 0.0
    if style.universal:
        runs = visual_runs(text, levels(text, rtl=style.rtl), rtl=style.rtl)
    else:
        runs = [Run(0, len(text), rtl=False)]
    glyphs: list[Glyph] = []
    pen = 0.0
    for run in runs:
        for start, end, font in _by_font(text, run, style.fonts):
            pen = _shape_run(text, Run(start, end, run.rtl), font, style, glyphs, pen)
    return glyphs, pen


def _by_font(text: str, run: Run, fonts: Sequence[Font]) -> list[tuple[int, int, Font]]:
    """Split a run where the preferred font lacks a character; parts come in visual order."""
    parts: list[tuple[int, int, Font]] = []
    for index in range(run.start, run.end):
        character = text[index]
        font = next((f for f in fonts if f.has(character)), fonts[0])
        if parts and (parts[-1][2] is font or not character.strip("\u200c\u200d ")):
            parts[-1] = (parts[-1][0], index + 1, parts[-1][2])
        else:
            parts.append((index, index + 1, font))
    return parts[::-1] if run.rtl else parts


def _shape_run(
    text: str, run: Run, font: Font, style: Style, glyphs: list[Glyph], pen: float
) -> float:
    buffer = hb.Buffer()
    # The whole line is given as context, so letters join across a change of font.
    buffer.add_str(text, run.start, run.end - run.start)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.rtl else "ltr"
    hb.shape(font.shaper, buffer, {} if style.universal else _UNJOINED)
    scale = style.size / font.upem
    # Letter spacing would tear joined letters apart, so it is left out where they join.
    spacing = 0.0 if run.rtl else style.tracking
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        advance = position.x_advance * scale + (spacing if position.x_advance else 0.0)
        glyphs.append(
            Glyph(
                font,
                info.codepoint,
                pen + position.x_offset * scale,
                -position.y_offset * scale,
                advance,
                info.cluster,
            )
        )
        pen += advance
    return pen
