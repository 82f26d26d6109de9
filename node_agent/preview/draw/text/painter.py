"""Draws a text layer's Source Text."""

from __future__ import annotations

from typing import Any

from node_agent.preview.draw.text.document import TextSpec, read_document, with_text
from node_agent.preview.draw.text.layout import Composer
from node_agent.preview.draw.values import Prop, Values
from node_agent.preview.draw.vector import Vector


class TextPainter:
    """Draw texts; documents and layouts are read once."""

    def __init__(self, vector: Vector, values: Values, composer: Composer) -> None:
        self._vector = vector
        self._values = values
        self.composer = composer
        self._specs: dict[int, tuple[Any, TextSpec]] = {}

    def spec(self, source: Prop, time_s: float) -> TextSpec | None:
        """Give the spec of a Source Text at a time, with what its expression says."""
        stored = self._values.stored(source, time_s)
        if stored is None or not hasattr(stored, "font_size"):
            return None
        spec = self._read(stored)
        value = self._values.at(source, time_s)
        if isinstance(value, dict):
            value = value.get("text")
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return with_text(spec, _as_text(value))
        return spec

    def _read(self, document: Any) -> TextSpec:
        known = self._specs.get(id(document))
        if known is None or known[0] is not document:
            known = self._specs[id(document)] = (document, read_document(document))
        return known[1]

    def rect(self, source: Prop, time_s: float) -> tuple[float, float, float, float]:
        """Give left, top, width, height of the text's ink at a time."""
        spec = self.spec(source, time_s)
        return (0.0, 0.0, 0.0, 0.0) if spec is None else self.composer.layout(spec).rect

    def scene(self, source: Prop, time_s: float) -> int | None:
        """Make the scene of a Source Text at a time, None when nothing is to be seen."""
        spec = self.spec(source, time_s)
        if spec is None or not spec.text.strip():
            return None
        layout = self.composer.layout(spec)
        if not len(layout.commands):
            return None
        paints: list[int] = []
        if spec.fill is not None:
            fill = self._vector.shape(layout.commands, layout.points)
            self._vector.fill(fill, spec.fill)
            paints.append(fill)
        if spec.stroke is not None and spec.stroke_width > 0:
            outline = self._vector.shape(layout.commands, layout.points)
            self._vector.stroke(outline, spec.stroke_width, spec.stroke)
            paints.insert(len(paints) if spec.stroke_over_fill else 0, outline)
        return self._vector.scene(paints) if paints else None


def _as_text(value: str | float) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
