"""What layers show, each in its own space; what never changes is made once."""

from __future__ import annotations

from collections.abc import Callable

from node_agent.preview.draw.effects import Effects
from node_agent.preview.draw.footage.painter import FootagePainter
from node_agent.preview.draw.layers import LayerView
from node_agent.preview.draw.masks import Masks
from node_agent.preview.draw.shape.paint import ShapePainter
from node_agent.preview.draw.shape.walk import Walk
from node_agent.preview.draw.text.painter import TextPainter
from node_agent.preview.draw.values import Values
from node_agent.preview.draw.vector import Affine, Vector

MAX_KEPT = 5000
_STILL = frozenset({"text", "shape", "solid", "placeholder", "adjustment"})
"""Kinds that show the same at every time when none of their values moves."""
_WHITE = (255, 255, 255, 255)
Draw = Callable[[LayerView, float, Affine], int | None]


class Contents:
    """Make the paints of layers of one project, comps aside."""

    def __init__(
        self, vector: Vector, values: Values, texts: TextPainter, footage: FootagePainter
    ) -> None:
        self._vector = vector
        self._values = values
        self._texts = texts
        self._footage = footage
        self._kept: dict[int, int] = {}
        self._draw: dict[str, Draw] = {
            "text": self._text,
            "shape": self._shape,
            "solid": lambda item, _, __: footage.solid(item.source),
            "adjustment": self._ground,
            "file": footage.file,
            "placeholder": lambda item, _, __: footage.placeholder(item.source),
        }

    def knows(self, kind: str) -> bool:
        """Tell whether layers of that kind show anything."""
        return kind in self._draw

    def make(self, item: LayerView, time_s: float, matrix: Affine) -> int | None:
        """Give the layer's picture with masks and effects, None when there is none.

        `matrix` leads to the comp's space; only the sharpness of footage depends on it.
        """
        kept = self._kept.get(id(item))
        if kept is not None:
            return self._vector.duplicate(kept)
        moves = self._values.moves
        content = self._draw[item.kind](item, time_s, matrix)
        if content is None:
            return None
        content = self.finished(item, time_s, content)
        if item.kind not in _STILL or self._values.moves != moves or len(self._kept) >= MAX_KEPT:
            return content
        self._kept[id(item)] = content
        return self._vector.duplicate(content)

    def finished(self, item: LayerView, time_s: float, content: int) -> int:
        """Give `content` (which it owns) cut by the layer's masks and under its effects."""
        masks = Masks(self._vector, self._values, time_s, item.place)
        content = masks.apply(item.masks, content)
        if item.kind == "adjustment":
            return content
        effects = Effects(self._vector, self._values, time_s, item.place)
        return effects.apply(item.effects, content)

    def _text(self, item: LayerView, time_s: float, _: Affine) -> int | None:
        group = item.layer.text
        animators = self._values.child(group, "ADBE Text Animators")
        if animators is not None and len(animators.properties):
            self._values.counts.add("text animator", item.place)
        source = self._values.child(group, "ADBE Text Document")
        return None if source is None else self._texts.scene(source, time_s)

    def _shape(self, item: LayerView, time_s: float, _: Affine) -> int | None:
        contents = item.layer.property("ADBE Root Vectors Group")
        nodes = Walk(self._values, time_s, item.place).read(contents)
        return ShapePainter(self._vector, self._values, time_s, item.place).scene(nodes)

    def _ground(self, item: LayerView, _: float, __: Affine) -> int | None:
        ground = self._vector.rect(0, 0, item.source.width, item.source.height)
        self._vector.fill(ground, _WHITE)
        return ground
