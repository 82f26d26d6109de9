"""Builds the picture of a comp at a time out of its layers, nested comps included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from node_agent.preview.draw import blend
from node_agent.preview.draw.effects import Effects
from node_agent.preview.draw.footage.painter import FootagePainter
from node_agent.preview.draw.layers import UNSEEN, LayerView, comp_matrix, count_unseen, view
from node_agent.preview.draw.masks import Masks
from node_agent.preview.draw.shape.paint import ShapePainter
from node_agent.preview.draw.shape.walk import Walk
from node_agent.preview.draw.text.painter import TextPainter
from node_agent.preview.draw.transforms import is_finite
from node_agent.preview.draw.values import Values
from node_agent.preview.draw.vector import (
    IDENTITY,
    MASK_ALPHA,
    MASK_INVERSE_ALPHA,
    MASK_INVERSE_LUMA,
    MASK_LUMA,
    Affine,
    Vector,
)

MAX_NESTING = 24
MAX_LAYERS_PER_FRAME = 5000
_MATTES = {
    "ALPHA": MASK_ALPHA,
    "ALPHA_INVERTED": MASK_INVERSE_ALPHA,
    "LUMA": MASK_LUMA,
    "LUMA_INVERTED": MASK_INVERSE_LUMA,
}


class Compositor:
    """Draw frames of one project; what it learns of a comp is kept between frames."""

    def __init__(
        self, vector: Vector, values: Values, texts: TextPainter, footage: FootagePainter
    ) -> None:
        self._vector = vector
        self._values = values
        self._texts = texts
        self._footage = footage
        self._comps: dict[int, dict[int, LayerView]] = {}
        self._kept: list[Any] = []
        self._left = 0
        self._counted: set[int] = set()
        self._content: dict[str, Callable[[LayerView, float, int, Affine], int | None]] = {
            "comp": self._nested,
            "text": self._text,
            "shape": self._shape,
            "solid": self._solid,
            "file": self._file,
            "placeholder": self._placeholder,
        }

    def frame(self, comp: Any, time_s: float) -> np.ndarray:
        """Draw `comp` at its time; gives straight RGBA pixels (h, w, 4), background left out."""
        self._left = MAX_LAYERS_PER_FRAME
        root = self._comp(comp, time_s, 0)
        return self._vector.draw(root, comp.width, comp.height)

    def views(self, comp: Any) -> dict[int, LayerView]:
        """Give the comp's readable layers, top first, by the layer's id()."""
        known = self._comps.get(id(comp))
        if known is None:
            known = {}
            for layer in comp.layers:
                try:
                    known[id(layer)] = view(layer)
                except Exception as error:  # noqa: BLE001 - py-aep raises bare errors
                    self._skip(f"unreadable layer ({type(error).__name__})", str(comp.name))
            self._comps[id(comp)] = known
            self._kept.append(comp)
        return known

    def matrix(self, layer: Any, time_s: float) -> Affine:
        """Give the transform from a layer's space to its comp's."""
        views = self.views(layer.containing_comp)
        item = views.get(id(layer))
        return IDENTITY if item is None else comp_matrix(item, views, self._values, time_s)

    def rect(self, layer: Any, time_s: float) -> tuple[float, float, float, float]:
        """Give left, top, width, height of what a layer shows, in its own space."""
        kind = type(layer).__name__
        if kind == "TextLayer":
            source = self._values.child(layer.text, "ADBE Text Document")
            return self._texts.rect(source, time_s)
        if kind == "ShapeLayer":
            box = layer.source_rect_at_time(time_s, False)
            return box["left"], box["top"], box["width"], box["height"]
        return 0.0, 0.0, float(getattr(layer, "width", 0)), float(getattr(layer, "height", 0))

    def _skip(self, kind: str, place: str) -> None:
        self._values.counts.add(kind, place)

    # comps ----------------------------------------------------------------------------------

    def _comp(self, comp: Any, time_s: float, depth: int) -> int:
        scene = self._vector.scene()
        views = self.views(comp)
        solo = any(item.layer.solo for item in views.values())
        for item in reversed(list(views.values())):
            layer = item.layer
            if not layer.enabled or not item.shows_at(time_s):
                continue
            if (solo and not layer.solo) or getattr(layer, "guide_layer", False):
                continue
            paint = self._guarded(item, views, time_s, depth)
            if paint is not None:
                self._vector.add(scene, paint)
        return scene

    def _guarded(
        self, item: LayerView, views: dict[int, LayerView], time_s: float, depth: int
    ) -> int | None:
        self._left -= 1
        if self._left < 0:
            self._skip("more layers than the preview draws", item.place)
            return None
        try:
            return self._layer(item, views, time_s, depth)
        except Exception as error:  # noqa: BLE001 - py-aep raises bare errors
            self._skip(f"layer not drawn ({type(error).__name__})", item.place)
            return None

    def _layer(
        self, item: LayerView, views: dict[int, LayerView], time_s: float, depth: int
    ) -> int | None:
        opacity = self._values.number(item.transform, "ADBE Opacity", time_s, 100.0) / 100.0
        if opacity <= 0.001:
            return None
        placed = self._placed(item, views, time_s, depth)
        if placed is None:
            return None
        placed = self._matted(item, views, placed, time_s, depth)
        if opacity < 1:
            self._vector.opacity(placed, opacity)
        method = blend.layer_method(item.blend)
        if method is None:
            self._skip(f"blend mode {item.blend.lower()}", item.place)
        elif method != blend.NORMAL:
            self._vector.blend(placed, method)
        return placed

    def _count(self, item: LayerView) -> None:
        if id(item) not in self._counted:
            self._counted.add(id(item))
            count_unseen(item, self._values)

    def _placed(
        self, item: LayerView, views: dict[int, LayerView], time_s: float, depth: int
    ) -> int | None:
        """Make the layer's content, masked, with effects, in the comp's space."""
        draw = self._content.get(item.kind)
        if draw is None:
            if item.kind not in UNSEEN:
                self._skip(f"{item.kind} layer", item.place)
            elif item.kind in {"camera", "light"}:
                self._skip(item.kind, item.place)
            return None
        self._count(item)
        matrix = comp_matrix(item, views, self._values, time_s)
        if not is_finite(matrix):
            return None
        content = draw(item, time_s, depth, matrix)
        if content is None:
            return None
        content = Masks(self._vector, self._values, time_s, item.place).apply(item.masks, content)
        content = Effects(self._vector, self._values, time_s, item.place).apply(
            item.effects, content
        )
        scene = self._vector.scene([content])
        if matrix != IDENTITY:
            self._vector.transform(scene, matrix)
        return self._vector.scene([scene])

    def _matted(
        self, item: LayerView, views: dict[int, LayerView], placed: int, t: float, depth: int
    ) -> int:
        method = _MATTES.get(item.matte_type)
        matte = getattr(item.layer, "track_matte_layer", None) if method else None
        if method is None or matte is None or id(matte) not in views:
            return placed
        stencil = None
        other = views[id(matte)]
        if other.shows_at(t):
            stencil = self._placed(other, views, t, depth)
            if stencil is not None:
                level = self._values.number(other.transform, "ADBE Opacity", t, 100.0) / 100.0
                self._vector.opacity(stencil, level)
        self._vector.mask(placed, stencil or self._vector.scene(), method)
        return self._vector.scene([placed])

    # content, each in the layer's own space ---------------------------------------------------

    def _nested(self, item: LayerView, time_s: float, depth: int, _: Affine) -> int | None:
        comp = item.source
        if depth >= MAX_NESTING:
            self._skip("comps nested too deep", item.place)
            return None
        inner = item.source_time(time_s, self._values)
        if not -1e-6 <= inner < float(comp.duration):
            return None
        scene = self._comp(comp, max(0.0, inner), depth + 1)
        if getattr(item.layer, "collapse_transformation", False):
            return scene
        self._vector.clip(scene, self._vector.rect(0, 0, comp.width, comp.height))
        return self._vector.scene([scene])

    def _text(self, item: LayerView, time_s: float, _: int, __: Affine) -> int | None:
        group = item.layer.text
        animators = self._values.child(group, "ADBE Text Animators")
        if animators is not None and len(animators.properties):
            self._skip("text animator", item.place)
        source = self._values.child(group, "ADBE Text Document")
        return None if source is None else self._texts.scene(source, time_s)

    def _shape(self, item: LayerView, time_s: float, _: int, __: Affine) -> int | None:
        contents = item.layer.property("ADBE Root Vectors Group")
        nodes = Walk(self._values, time_s, item.place).read(contents)
        return ShapePainter(self._vector, self._values, time_s, item.place).scene(nodes)

    def _solid(self, item: LayerView, _: float, __: int, ___: Affine) -> int | None:
        return self._footage.solid(item.source)

    def _file(self, item: LayerView, time_s: float, _: int, matrix: Affine) -> int | None:
        return self._footage.file(item, time_s, matrix)

    def _placeholder(self, item: LayerView, _: float, __: int, ___: Affine) -> int | None:
        return self._footage.placeholder(item.source)
