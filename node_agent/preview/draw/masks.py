"""Layer masks: combine a layer's mask paths, in their order, over its picture."""

from __future__ import annotations

from typing import Any

from node_agent.preview.draw.shape.boxes import clip_shape
from node_agent.preview.draw.shape.paths import Path, as_arrays, from_value
from node_agent.preview.draw.values import Group, Values
from node_agent.preview.draw.vector import (
    MASK_ALPHA,
    MASK_INVERSE_ALPHA,
    REACH,
    Vector,
)

MAX_MASKS = 100
MAX_DIFFERENCES = 3
"""Each mask of mode Difference draws all those before it twice."""
_WHITE = (255, 255, 255, 255)
_ROUND = 1


class Masks:
    """Apply the masks of one layer at one time."""

    def __init__(self, vector: Vector, values: Values, time_s: float, place: str) -> None:
        self._vector = vector
        self._values = values
        self._time = time_s
        self._place = place

    def apply(self, parade: Group | None, content: int) -> int:
        """Give a scene of `content` (which it owns) cut by the masks; no mask changes nothing."""
        masks = _drawn(parade)
        if not masks:
            return content
        whole = self._vector.scene([content])
        if len(masks) == 1 and self._is_hard(masks[0]):
            # Many times faster than a mask, and its edge is as smooth.
            inside = (_mode(masks[0]) == "SUBTRACT") == bool(masks[0].inverted)
            path = self._path(masks[0])
            self._vector.clip(whole, clip_shape(self._vector, path, inside=inside))
        else:
            self._vector.mask(whole, self._stencil(self._bounded(masks)), MASK_ALPHA)
        return self._vector.scene([whole])

    def _bounded(self, masks: list[Any]) -> list[Any]:
        differences = [m for m in masks if _mode(m) == "DIFFERENCE"][MAX_DIFFERENCES:]
        kept = [m for m in masks if m not in differences][:MAX_MASKS]
        if len(kept) < len(masks):
            self._values.counts.add("more masks than the preview draws", self._place)
        return kept

    def _is_hard(self, mask: Any) -> bool:
        soft = max(self._feather(mask)) > 0.5 or abs(self._expansion(mask)) > 0.5
        return not soft and self._opacity(mask) >= 1.0

    # stencils ---------------------------------------------------------------------------------

    def _stencil(self, masks: list[Any]) -> int:
        *before, mask = masks
        mode = _mode(mask)
        if mode == "SUBTRACT":
            ground = self._stencil(before) if before else self._ground()
            return self._cut(ground, self._shape(mask), MASK_INVERSE_ALPHA)
        if not before:
            return self._shape(mask)
        if mode in {"INTERSECT", "DARKEN"}:
            return self._cut(self._stencil(before), self._shape(mask), MASK_ALPHA)
        if mode == "DIFFERENCE":
            there = self._cut(self._stencil(before), self._shape(mask), MASK_INVERSE_ALPHA)
            here = self._cut(self._shape(mask), self._stencil(before), MASK_INVERSE_ALPHA)
            return self._vector.scene([there, here])
        return self._vector.scene([self._stencil(before), self._shape(mask)])

    def _cut(self, stencil: int, by: int, method: int) -> int:
        whole = self._vector.scene([stencil])
        self._vector.mask(whole, by, method)
        return self._vector.scene([whole])

    def _ground(self) -> int:
        ground = self._vector.rect(-REACH, -REACH, 2 * REACH, 2 * REACH)
        self._vector.fill(ground, _WHITE)
        return ground

    def _shape(self, mask: Any) -> int:
        scene = self._vector.scene([self._expanded(mask)])
        if bool(mask.inverted):
            scene = self._cut(self._ground(), scene, MASK_INVERSE_ALPHA)
        # A feather of n pixels fades over n pixels; a Gaussian does so over about 2.5 sigma.
        across, down = (max(0.0, amount) / 2.5 for amount in self._feather(mask))
        if across > 0.2:
            self._vector.blur(scene, across, 0 if across == down else 1, repeat_edges=False)
        if down > 0.2 and across != down:
            self._vector.blur(scene, down, 2, repeat_edges=False)
        self._vector.opacity(scene, self._opacity(mask))
        return self._vector.scene([scene])

    def _expanded(self, mask: Any) -> int:
        """Make the filled path, wider or narrower by the mask's expansion."""
        commands, points = as_arrays([self._path(mask)])
        shape = self._vector.shape(commands, points)
        self._vector.fill(shape, _WHITE)
        amount = self._expansion(mask)
        if abs(amount) <= 0.5:
            return shape
        edge = self._vector.shape(commands, points)
        self._vector.stroke(edge, abs(amount) * 2, _WHITE)
        self._vector.stroke_ends(edge, _ROUND, _ROUND, 4.0)
        if amount > 0:
            return self._vector.scene([shape, edge])
        return self._cut(shape, edge, MASK_INVERSE_ALPHA)

    # values -----------------------------------------------------------------------------------

    def _path(self, mask: Any) -> Path:
        prop = self._values.child(mask, "ADBE Mask Shape")
        return self._values.made(prop, self._time, from_value)

    def _opacity(self, mask: Any) -> float:
        percent = self._values.number(mask, "ADBE Mask Opacity", self._time, 100.0)
        return max(0.0, min(1.0, percent / 100.0))

    def _feather(self, mask: Any) -> tuple[float, float]:
        return self._values.point(mask, "ADBE Mask Feather", self._time, (0.0, 0.0))

    def _expansion(self, mask: Any) -> float:
        return self._values.number(mask, "ADBE Mask Offset", self._time)


def has_masks(parade: Group | None) -> bool:
    """Tell whether any of a layer's masks cuts."""
    return bool(_drawn(parade))


def _drawn(parade: Group | None) -> list[Any]:
    return [m for m in (parade.properties if parade else ()) if _mode(m) != "NONE"]


def _mode(mask: Any) -> str:
    return str(getattr(getattr(mask, "mask_mode", None), "name", "NONE"))
