"""Reads a text layer's Source Text into plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from node_agent.preview.draw.values import as_colour, as_number
from node_agent.preview.draw.vector import Rgba

MAX_CHARACTERS = 20_000
_ALIGN = {"RIGHT_JUSTIFY": 1.0, "CENTER_JUSTIFY": 0.5}
_LAST_LINE = {"FULL_JUSTIFY_LASTLINE_RIGHT": 1.0, "FULL_JUSTIFY_LASTLINE_CENTER": 0.5}


@dataclass(frozen=True, slots=True)
class TextSpec:
    """Hold everything the picture of a text depends on; pixels, percent as fractions.

    `align` is 0 for left, 0.5 for centre, 1 for right. `box` is x, y, width, height or None.
    """

    text: str
    font: str
    size: float
    fill: Rgba | None
    stroke: Rgba | None
    stroke_width: float
    stroke_over_fill: bool
    align: float
    tracking: float
    leading: float
    scale_x: float
    scale_y: float
    baseline_shift: float
    universal: bool
    rtl: bool
    box: tuple[float, float, float, float] | None


def read_document(document: Any) -> TextSpec:
    """Give the spec of a py-aep TextDocument; its first character's style stands for all."""
    size = max(0.1, min(5000.0, as_number(document.font_size, 36.0)))
    leading = as_number(document.leading, 0.0) or size * 1.2
    spec = TextSpec(
        text=_clean(document.text, upper=bool(document.all_caps)),
        font=str(document.font or ""),
        size=size,
        fill=as_colour(document.fill_color) if document.apply_fill is not False else None,
        stroke=as_colour(document.stroke_color) if document.apply_stroke else None,
        stroke_width=as_number(document.stroke_width, 0.0),
        stroke_over_fill=bool(document.stroke_over_fill),
        align=_alignment(document.justification),
        tracking=as_number(document.tracking, 0.0) / 1000.0 * size,
        leading=leading,
        scale_x=_fraction(document.horizontal_scale),
        scale_y=_fraction(document.vertical_scale),
        baseline_shift=as_number(document.baseline_shift, 0.0),
        universal=_name(document.composer_engine) == "UNIVERSAL_TYPE_ENGINE",
        rtl=_name(document.direction) == "DIRECTION_RIGHT_TO_LEFT",
        box=None,
    )
    return replace(spec, box=_box(document))


def with_text(spec: TextSpec, text: str) -> TextSpec:
    """Give the same look with other words, as an expression on Source Text does."""
    return replace(spec, text=_clean(text, upper=False))


def _clean(text: Any, *, upper: bool) -> str:
    words = str(text or "")[:MAX_CHARACTERS]
    # A lone surrogate cannot be shaped; it is drawn as the replacement character.
    words = words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    words = words.replace("\r\n", "\n").replace("\r", "\n").replace("\x03", "\n")
    return words.upper() if upper else words


def _name(value: Any) -> str:
    return str(getattr(value, "name", ""))


def _alignment(justification: Any) -> float:
    name = _name(justification)
    return _ALIGN.get(name, _LAST_LINE.get(name, 0.0))


def _fraction(value: Any) -> float:
    number = as_number(value, 1.0)
    # py-aep gives 1.0 for 100 %, and files hold up to 10.0.
    return number if 0.01 <= abs(number) <= 100.0 else 1.0


def _box(document: Any) -> tuple[float, float, float, float] | None:
    if not document.box_text:
        return None
    size, position = document.box_text_size, document.box_text_pos
    if not size:
        return None
    x, y = (position[0], position[1]) if position else (-size[0] / 2, -size[1] / 2)
    return as_number(x), as_number(y), as_number(size[0]), as_number(size[1])
