"""Builds the picture of a comp at a time out of its layers, nested comps included."""

from __future__ import annotations

from typing import Any

import numpy as np

from node_agent.preview.draw import blend
from node_agent.preview.draw.content import Contents
from node_agent.preview.draw.effects import Effects
from node_agent.preview.draw.footage.painter import FootagePainter
from node_agent.preview.draw.layers import UNSEEN, LayerView, comp_matrix, count_unseen, view
from node_agent.preview.draw.masks import has_masks
from node_agent.preview.draw.text.painter import TextPainter
from node_agent.preview.draw.transforms import covers, is_finite
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
MAX_ADJUSTMENTS_PER_FRAME = 30
"""Each partial one keeps a picture of its comp until the frame is drawn."""
_MATTES = {
    "ALPHA": MASK_ALPHA,
    "ALPHA_INVERTED": MASK_INVERSE_ALPHA,
    "LUMA": MASK_LUMA,
    "LUMA_INVERTED": MASK_INVERSE_LUMA,
}
# A layer of these modes cuts what is below it in its comp. Adobe's own files misspell one.
_STENCILS = {
    "STENCIL_ALPHA": MASK_ALPHA,
    "STENCIL_LUMA": MASK_LUMA,
    "SILHOUETE_ALPHA": MASK_INVERSE_ALPHA,
    "SILHOUETTE_ALPHA": MASK_INVERSE_ALPHA,
    "SILHOUETTE_LUMA": MASK_INVERSE_LUMA,
}


class Compositor:
    """Draw frames of one project; what it learns of a comp is kept between frames."""

    def __init__(
        self, vector: Vector, values: Values, texts: TextPainter, footage: FootagePainter
    ) -> None:
        self._vector = vector
        self._values = values
        self._texts = texts
        self._contents = Contents(vector, values, texts, footage)
        self._comps: dict[int, dict[int, LayerView]] = {}
        self._kept: list[Any] = []
        self._left = self._adjustments = 0
        self._counted: set[int] = set()

    def frame(self, comp: Any, time_s: float) -> np.ndarray:
        """Draw `comp` at its time; gives straight RGBA pixels (h, w, 4), background left out."""
        self._left, self._adjustments = MAX_LAYERS_PER_FRAME, MAX_ADJUSTMENTS_PER_FRAME
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
            self._left -= 1
            if self._left < 0:
                self._skip("more layers than the preview draws", item.place)
                break
            try:
                scene = self._over(scene, item, views, time_s, depth)
            except Exception as error:  # noqa: BLE001 - py-aep raises bare errors
                self._skip(f"layer not drawn ({type(error).__name__})", item.place)
        return scene

    def _over(
        self, below: int, item: LayerView, views: dict[int, LayerView], time_s: float, depth: int
    ) -> int:
        """Give the scene of what is below (which it owns) and of one layer."""
        if item.kind == "adjustment":
            return self._adjusted(below, item, views, time_s, depth)
        paint = self._layer(item, views, time_s, depth)
        if paint is None:
            return below
        cut = _STENCILS.get(item.blend)
        if cut is None:
            self._vector.add(below, paint)
            return below
        self._vector.mask(below, paint, cut)
        return self._vector.scene([below])

    def _adjusted(
        self, below: int, item: LayerView, views: dict[int, LayerView], time_s: float, depth: int
    ) -> int:
        """Give `below` with the layer's effects: on all of it, or laid over it where the layer is.

        Laid over it is exact on opaque ground; a blur of a free edge shows what was sharp, too.
        """
        effects = Effects(self._vector, self._values, time_s, item.place)
        opacity = self._values.number(item.transform, "ADBE Opacity", time_s, 100.0) / 100.0
        matrix = comp_matrix(item, views, self._values, time_s)
        comp, source = item.layer.containing_comp, item.source
        size = comp.width, comp.height
        whole = opacity >= 1.0 and covers(matrix, (source.width, source.height), size)
        if whole and not has_masks(item.masks) and item.matte_type not in _MATTES:
            # In a scene of its own: what is added later must not be changed.
            return self._vector.scene([effects.apply(item.effects, below)])
        self._adjustments -= 1
        area = self._placed(item, views, time_s, depth)
        if area is None or opacity <= 0.001 or self._adjustments < 0:
            return below
        pixels = self._vector.flattened(below, *size)
        changed = self._vector.scene([self._vector.picture(pixels)])
        changed = self._vector.scene([effects.apply(item.effects, changed)])
        self._vector.mask(changed, self._matted(item, views, area, time_s, depth), MASK_ALPHA)
        over = self._vector.scene([changed])
        self._vector.opacity(over, opacity)
        return self._vector.scene([self._vector.picture(pixels), over])

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
        if item.blend in _STENCILS:
            return placed
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
        if item.kind != "comp" and not self._contents.knows(item.kind):
            if item.kind not in UNSEEN:
                self._skip(f"{item.kind} layer", item.place)
            elif item.kind in {"camera", "light"}:
                self._skip(item.kind, item.place)
            return None
        self._count(item)
        matrix = comp_matrix(item, views, self._values, time_s)
        if not is_finite(matrix):
            return None
        if item.kind == "comp":
            content = self._nested(item, time_s, depth)
        else:
            content = self._contents.make(item, time_s, matrix)
        if content is None:
            return None
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

    def _nested(self, item: LayerView, time_s: float, depth: int) -> int | None:
        comp = item.source
        if depth >= MAX_NESTING:
            self._skip("comps nested too deep", item.place)
            return None
        inner = item.source_time(time_s, self._values)
        if not -1e-6 <= inner < float(comp.duration):
            return None
        scene = self._comp(comp, max(0.0, inner), depth + 1)
        if not getattr(item.layer, "collapse_transformation", False):
            self._vector.clip(scene, self._vector.rect(0, 0, comp.width, comp.height))
            scene = self._vector.scene([scene])
        return self._contents.finished(item, time_s, scene)
