"""Property values over time: stored values, keyframes and, where one is enabled, expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from node_agent.preview.draw.counts import Counts

Prop = Any
"""A py-aep Property; the library's types are its own business, we only read values."""
Group = Any
Made = TypeVar("Made")


class Evaluator(Protocol):
    """What evaluates the expression of one property at one time."""

    def evaluate(self, prop: Prop, time_s: float, stored: Any) -> Any:
        """Give the expression's value, or `stored` when it cannot be evaluated."""


class Values:
    """Read properties; static values are read once, the tree of children is indexed once."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.evaluator: Evaluator | None = None
        self.moves = 0
        """Grows with every reading of a value that may be another one at another time."""
        self._static: dict[int, Any] = {}
        self._made: dict[int, Any] = {}
        self._moving: set[int] = set()
        self._children: dict[int, dict[str, Any]] = {}
        self._kept: list[Any] = []

    def child(self, group: Group | None, match_name: str) -> Any | None:
        """Give the child of `group` with that match name, or None."""
        if group is None:
            return None
        index = self._children.get(id(group))
        if index is None:
            index = {}
            for item in group.properties:
                index.setdefault(item.match_name, item)
            self._children[id(group)] = index
            self._kept.append(group)
        return index.get(match_name)

    def at(self, prop: Prop | None, time_s: float, default: Any = None) -> Any:
        """Give the value of `prop` at comp time `time_s`, expression included."""
        if prop is None:
            return default
        key = id(prop)
        if key in self._static:
            return self._static[key]
        if key not in self._moving and self._is_static(prop):
            value = self.stored(prop, time_s, default)
            self._static[key] = value
            self._kept.append(prop)
            return value
        self._moving.add(key)
        self.moves += 1
        value = self.stored(prop, time_s, default)
        if self.evaluator is not None and has_expression(prop):
            return self.evaluator.evaluate(prop, time_s, value)
        return value

    def made(self, prop: Prop | None, time_s: float, make: Callable[[Any], Made]) -> Made:
        """Give what `make` makes of the value; of a static one it is made once."""
        if id(prop) in self._made:
            known: Made = self._made[id(prop)]
            return known
        found = make(self.at(prop, time_s))
        if id(prop) in self._static:
            self._made[id(prop)] = found
        return found

    def stored(self, prop: Prop, time_s: float, default: Any = None) -> Any:
        """Give the value without any expression."""
        moves = prop.keyframes or getattr(prop, "dimensions_separated", False)
        self.moves += bool(moves)
        value = prop.value_at_time(float(time_s)) if moves else prop.value
        return default if value is None else value

    def is_static(self, prop: Prop | None) -> bool:
        """Tell whether the value never changes over time."""
        return prop is None or id(prop) in self._static or self._is_static(prop)

    def _is_static(self, prop: Prop) -> bool:
        if prop.keyframes or has_expression(prop):
            return False
        # A separated Position moves by its X and Y, not by keys of its own.
        return not getattr(prop, "dimensions_separated", False)

    # typed readings -------------------------------------------------------------------------

    def number(self, group: Group | None, name: str, time_s: float, default: float = 0.0) -> float:
        """Give one finite number."""
        return as_number(self.at(self.child(group, name), time_s, default), default)

    def point(
        self, group: Group | None, name: str, time_s: float, default: tuple[float, float]
    ) -> tuple[float, float]:
        """Give the first two numbers of a point."""
        return as_point(self.at(self.child(group, name), time_s, default), default)


def has_expression(prop: Prop) -> bool:
    """Tell whether an enabled expression drives `prop`."""
    return bool(prop.expression) and bool(prop.expression_enabled)


def as_number(value: Any, default: float = 0.0) -> float:
    """Give a finite float whatever the file or an expression holds."""
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return max(-1e6, min(1e6, number)) if math.isfinite(number) else default


def as_point(value: Any, default: tuple[float, float]) -> tuple[float, float]:
    """Give two finite floats; a single number stands for both."""
    if isinstance(value, (list, tuple)) and len(value) >= 2:
        return as_number(value[0], default[0]), as_number(value[1], default[1])
    if isinstance(value, (int, float)):
        return as_number(value, default[0]), as_number(value, default[1])
    return default


def as_colour(value: Any, alpha: float = 1.0) -> tuple[int, int, int, int]:
    """Give 8-bit RGBA from 0..1 channels; `alpha` (0..1) replaces the stored alpha."""
    channels = [as_number(c) for c in value[:3]] if isinstance(value, (list, tuple)) else []
    channels += [0.0] * (3 - len(channels))
    r, g, b, a = (max(0, min(255, round(c * 255))) for c in (*channels, alpha))
    return r, g, b, a
