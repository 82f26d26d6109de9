"""Evaluates the expression of a property at a time; what fails keeps its stored value."""

from __future__ import annotations

from typing import Any, Final

from node_agent.preview.draw.values import Prop, Values
from node_agent.preview.expressions.convert import to_value
from node_agent.preview.expressions.sandbox import ExpressionProblem, Sandbox
from node_agent.preview.expressions.world import World

MAX_DEPTH: Final = 40
MAX_CACHED: Final = 20_000


class ExpressionEvaluator:
    """Evaluate the expressions of one project.

    A value is computed once per property and time. An expression that ran out of time or memory
    is not tried again, so one hostile expression costs its limit once. `problems` keeps why the
    expressions of properties, by their id(), gave nothing.
    """

    def __init__(self, project: Any, values: Values) -> None:
        self._values = values
        self._sandbox = Sandbox()
        self.world = World(project, values)
        self._cache: dict[tuple[int, int], Any] = {}
        self._running: list[tuple[int, int]] = []
        self._hopeless: set[int] = set()
        self.problems: dict[int, str] = {}

    def evaluate(self, prop: Prop, time_s: float, stored: Any) -> Any:
        """Give the expression's value at comp time `time_s`, or `stored` when it has none."""
        key = (id(prop), round(time_s * 1e6))
        if key in self._cache:
            return self._cache[key]
        if id(prop) in self._hopeless:
            return stored
        if key in self._running or len(self._running) >= MAX_DEPTH:
            self._count("expression cycle", prop)
            return stored
        self._running.append(key)
        try:
            value = self._value(prop, time_s, stored)
        finally:
            self._running.pop()
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        self._cache[key] = value
        return value

    def _value(self, prop: Prop, time_s: float, stored: Any) -> Any:
        try:
            facts = self._facts(prop, time_s)
            result = self._run(facts, prop, stored)
        except ExpressionProblem as problem:
            self._fail(prop, str(problem))
            if "longer than" in str(problem) or "out of memory" in str(problem):
                self._hopeless.add(id(prop))
            return stored
        value = to_value(result, stored)
        if value is None:
            self._fail(prop, "its result does not fit the property")
            return stored
        return value

    def _fail(self, prop: Prop, why: str) -> None:
        self.problems[id(prop)] = why
        self._count("expression", prop, why)

    def _run(self, facts: dict[str, Any], prop: Prop, stored: Any) -> Any:
        source = str(prop.expression)
        place = _place(prop)
        outcome = self._sandbox.run(facts, source, self.world.answer, place=place)
        for note in outcome.get("notes", [])[:20]:
            self._count(f"expression {note}"[:60], prop)
        value = outcome.get("value")
        if not outcome.get("mixed") or not isinstance(stored, (list, tuple)):
            return value
        # Array arithmetic: run once per axis and take that axis' number of each run.
        axes: list[Any] = []
        for axis in range(min(4, len(stored))):
            found = self._sandbox.run(facts, source, self.world.answer, axis, place=place)
            part = found.get("value")
            axes.append(part[min(axis, len(part) - 1)] if isinstance(part, list) and part else part)
        return axes

    def _facts(self, prop: Prop, time_s: float) -> dict[str, Any]:
        layer = containing_layer(prop)
        if layer is None:
            raise ExpressionProblem("its layer is unknown")
        return {
            "time": time_s,
            "layer": self.world.number(layer),
            "comp": self.world.number(layer.containing_comp),
            "property": self.world.node(prop),
        }

    def _count(self, kind: str, prop: Prop, why: str = "") -> None:
        where = _place(prop)
        self._values.counts.add(kind, f"{where}: {why}" if why else where)


def _place(prop: Prop) -> str:
    layer = containing_layer(prop)
    return f"{layer.containing_comp.name}/{layer.name}/{prop.name}" if layer else str(prop.name)


def containing_layer(prop: Prop) -> Any | None:
    """Give the layer that a property belongs to."""
    item = prop
    for _ in range(64):
        if hasattr(item, "containing_comp"):
            return item
        item = getattr(item, "parent_property", None)
        if item is None:
            return None
    return None
