"""Layer masks: combine a layer's mask paths, in their order, over its picture."""

from __future__ import annotations

from typing import Any

from node_agent.preview.draw.shape.paths import as_arrays, from_shape
from node_agent.preview.draw.values import Group, Values
from node_agent.preview.draw.vector import (
    MASK_ALPHA,
    MASK_INVERSE_ALPHA,
    Vector,
)

_WHITE = (255, 255, 255, 255)
_REACH = 30_000.0
"""Far enough to cover any layer: the ground that a subtracting first mask cuts into."""


class Masks:
    """Apply the masks of one layer at one time."""

    def __init__(self, vector: Vector, values: Values, time_s: float, place: str) -> None:
        self._vector = vector
        self._values = values
        self._time = time_s
        self._place = place

    def apply(self, parade: Group | None, content: int) -> int:
        """Give a scene of `content` (which it owns) cut by the masks; no mask changes nothing."""
        masks = [m for m in (parade.properties if parade else ()) if _mode(m) != "NONE"]
        if not masks:
            return content
        stencil = self._first(_mode(masks[0]), masks[0])
        for mask in masks[1:]:
            stencil = self._combine(stencil, mask)
        whole = self._vector.scene([content])
        self._vector.mask(whole, stencil, MASK_ALPHA)
        return self._vector.scene([whole])

    def _first(self, mode: str, mask: Any) -> int:
        if mode == "SUBTRACT":
            return self._cut(self._ground(), mask, MASK_INVERSE_ALPHA)
        return self._vector.scene([self._shape(mask)])

    def _combine(self, stencil: int, mask: Any) -> int:
        mode = _mode(mask)
        if mode == "SUBTRACT":
            return self._cut(stencil, mask, MASK_INVERSE_ALPHA)
        if mode in {"INTERSECT", "DARKEN"}:
            return self._cut(stencil, mask, MASK_ALPHA)
        if mode == "DIFFERENCE":
            self._values.counts.add("mask mode difference", self._place)
        return self._vector.scene([stencil, self._shape(mask)])

    def _cut(self, stencil: int, mask: Any, method: int) -> int:
        whole = self._vector.scene([stencil])
        self._vector.mask(whole, self._vector.scene([self._shape(mask)]), method)
        return self._vector.scene([whole])

    def _ground(self) -> int:
        ground = self._vector.rect(-_REACH, -_REACH, 2 * _REACH, 2 * _REACH)
        self._vector.fill(ground, _WHITE)
        return ground

    def _shape(self, mask: Any) -> int:
        value = self._values.at(self._values.child(mask, "ADBE Mask Shape"), self._time)
        commands, points = as_arrays([from_shape(value)] if hasattr(value, "vertices") else [])
        opacity = self._values.number(mask, "ADBE Mask Opacity", self._time, 100.0) / 100.0
        shape = self._vector.shape(commands, points)
        self._vector.fill(shape, (255, 255, 255, max(0, min(255, round(opacity * 255)))))
        scene = self._vector.scene([shape])
        if bool(mask.inverted):
            holed = self._vector.scene([self._ground()])
            self._vector.mask(holed, scene, MASK_INVERSE_ALPHA)
            scene = self._vector.scene([holed])
        feather = self._values.point(mask, "ADBE Mask Feather", self._time, (0.0, 0.0))
        if max(feather) > 0.5:
            # A feather of n pixels fades over n pixels; a Gaussian does so over about 2.5 sigma.
            self._vector.blur(scene, max(feather) / 2.5, repeat_edges=False)
        if abs(self._values.number(mask, "ADBE Mask Offset", self._time)) > 0.5:
            self._values.counts.add("mask expansion", self._place)
        return scene


def _mode(mask: Any) -> str:
    return str(getattr(getattr(mask, "mask_mode", None), "name", "NONE"))
