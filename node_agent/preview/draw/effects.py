"""The few effects that templates colour and soften with; the others are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from node_agent.preview.draw.values import Group, Values, as_colour, as_number
from node_agent.preview.draw.vector import MASK_ALPHA, Vector

_QUIET = (
    "Control",
    "Pseudo/",
)
"""Controls carry values for expressions and draw nothing."""


class Effects:
    """Apply a layer's effects at one time, in their order."""

    def __init__(self, vector: Vector, values: Values, time_s: float, place: str) -> None:
        self._vector = vector
        self._values = values
        self._time = time_s
        self._place = place
        self._known: dict[str, Callable[[Group, int], int]] = {
            "ADBE Fill": self._fill,
            "ADBE Tint": self._tint,
            "ADBE Gaussian Blur": self._blur,
            "ADBE Gaussian Blur 2": self._blur,
            "ADBE Fast Blur": self._blur,
            "ADBE Box Blur2": self._blur,
            "ADBE Drop Shadow": self._shadow,
        }

    def apply(self, parade: Group | None, content: int) -> int:
        """Give the scene `content` with the effects on it."""
        for effect in parade.properties if parade else ():
            if not effect.enabled:
                continue
            name = effect.match_name
            if name in self._known:
                content = self._known[name](effect, self._vector.scene([content]))
            elif not any(word in name for word in _QUIET):
                self._values.counts.add(f"effect {name}", self._place)
        return content

    def _read(self, effect: Group, number: int, default: Any = None) -> Any:
        prop = self._values.child(effect, f"{effect.match_name}-{number:04d}")
        return self._values.at(prop, self._time, default)

    def _number(self, effect: Group, number: int, default: float = 0.0) -> float:
        return as_number(self._read(effect, number, default), default)

    def _fill(self, effect: Group, scene: int) -> int:
        colour = as_colour(self._read(effect, 2, (1.0, 0.0, 0.0)))
        opacity = self._number(effect, 5, 1.0)
        if opacity >= 1.0:
            self._vector.recolour(scene, (*colour[:3], 255))
        else:
            # A tint from one colour to the same colour is a fill that can be partial.
            self._vector.tint(scene, colour, colour, max(0.0, opacity))
        return scene

    def _tint(self, effect: Group, scene: int) -> int:
        black = as_colour(self._read(effect, 1, (0.0, 0.0, 0.0)))
        white = as_colour(self._read(effect, 2, (1.0, 1.0, 1.0)))
        amount = self._number(effect, 3, 1.0)
        self._vector.tint(scene, black, white, amount / 100.0 if amount > 1.0 else amount)
        return scene

    def _blur(self, effect: Group, scene: int) -> int:
        radius = min(1000.0, self._number(effect, 1))
        if radius > 0.1:
            direction = max(0, min(2, round(self._number(effect, 2, 1.0)) - 1))
            # Adobe's blurriness is about twice the Gaussian's sigma.
            self._vector.blur(scene, radius / 2.0, direction, repeat_edges=False)
        return scene

    def _shadow(self, effect: Group, scene: int) -> int:
        colour = as_colour(self._read(effect, 1, (0.0, 0.0, 0.0)))
        opacity = self._number(effect, 2, 127.5)
        alpha = round(opacity * 255 if opacity <= 1.0 else min(255.0, opacity))
        softness = self._number(effect, 5) / 2.0
        self._vector.drop_shadow(
            scene,
            (*colour[:3], alpha),
            self._number(effect, 3, 135.0),
            self._number(effect, 4, 5.0),
            max(0.1, softness),
        )
        return scene


def masked(vector: Vector, content: int, stencil: int) -> int:
    """Give `content` where `stencil` is; both are owned by the scene that comes back."""
    whole = vector.scene([content])
    vector.mask(whole, stencil, MASK_ALPHA)
    return vector.scene([whole])
