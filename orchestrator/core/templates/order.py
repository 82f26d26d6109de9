"""Checks a render order against a template's scan, and lists everything wrong with it at once."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.core.templates.final import ChoiceNeeded, choose_comp
from orchestrator.core.templates.given import wrong_value
from orchestrator.core.templates.lengths import length_problems
from orchestrator.core.templates.lookup import Lookup
from orchestrator.core.templates.scanning.expressions.rules import MORE, REFUSED
from orchestrator.core.templates.scanning.footage import NETWORK
from orchestrator.core.templates.timeline import sequenced
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.renders import OrderScene, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanResult

CAGED = REFUSED | {NETWORK, MORE}
"""Errors that the preview engine is safe from: it calls no server and cages expressions."""


def check_order(
    order: RenderOrder, scan: ScanResult, fonts: Collection[str] = ()
) -> tuple[FieldProblem, ...]:
    """List what is wrong with an order, each with its place in it; nothing means it can be bound.

    `fonts` are the tenant's own, allowed beside the template's.
    """
    check = _Check(order, scan, frozenset(fonts) | frozenset(scan.fonts))
    check.run()
    return tuple(check.problems)


class _Check:
    def __init__(self, order: RenderOrder, scan: ScanResult, fonts: frozenset[str]) -> None:
        self.order = order
        self.scan = scan
        self.fonts = fonts
        self.lookup = Lookup(scan)
        self.problems: list[FieldProblem] = []
        self.given: set[tuple[int, str, str]] = set()

    def run(self) -> None:
        self._kept_out()
        self._comp()
        for number, scene in enumerate(self.order.scenes):
            self._scene(scene, number, f"scenes[{number}]")
        self.problems.extend(length_problems(self.order, self.scan))
        self._shared()
        self._required()

    def _say(self, code: str, place: str, message: str) -> None:
        self.problems.append(FieldProblem(code=code, place=place, message=message))

    def _kept_out(self) -> None:
        """Keep out a template with errors: what is ordered of it would come out wrong, or not.

        Those of `CAGED` are none for the preview engine.
        """
        caged = CAGED if self.order.engine == "preview" else frozenset[str]()
        for problem in self.scan.problems:
            if problem.level == "error" and problem.code not in caged:
                self._say(problem.code, "project_id", f"{problem.place}: {problem.message}")

    def _comp(self) -> None:
        try:
            choose_comp(self.scan, self.order.comp)
        except ChoiceNeeded as problem:
            if problem.code not in {told.code for told in self.problems}:
                self._say(problem.code, "comp", problem.message)

    def _scene(self, scene: OrderScene, number: int, place: str) -> None:
        known = self.lookup.scene(scene.key)
        if known is None:
            listed = self.lookup.listed_scenes()
            self._say("unknown_scene", f"{place}.key", f"there is no scene {scene.key!r}; the"
                      f" template has: {listed}")  # fmt: skip
            return
        # Each use of a scene has values of its own; what is shared is given once.
        use = number if self.scan.mode in ASSEMBLED_MODES and not known.shared else 0
        for index, value in enumerate(scene.values):
            self._value(known.key, value, use, f"{place}.values[{index}]")

    def _value(self, scene: str, value: OrderValue, use: int, place: str) -> None:
        element = self.lookup.element(scene, value.key)
        if element is None:
            told = self.lookup.ambiguity(scene, value.key)
            if told is not None:
                self._say("ambiguous_key", f"{place}.key", told)
                return
            listed = self.lookup.listed_keys(scene)
            self._say("unknown_key", f"{place}.key", f"scene {scene!r} has no field"
                      f" {value.key!r}; it has: {listed}")  # fmt: skip
            return
        if (use, scene, element.key) in self.given:
            self._say("duplicate_key", f"{place}.key", f"{scene}.{element.key} is given twice")
        self.given.add((use, scene, element.key))
        wrong = wrong_value(element, value)
        if wrong is not None:
            self._say(wrong[0], f"{place}.value", f"{scene}.{element.key} {wrong[1]}")
        if value.font is not None and value.font not in self.fonts:
            self._say("unknown_font", f"{place}.font", f"the font {value.font!r} is neither the"
                      " template's nor yours; upload it first")  # fmt: skip

    def _shared(self) -> None:
        seen: set[str] = set()
        for number, color in enumerate(self.order.colors):
            place = f"colors[{number}].key"
            key = self.lookup.color(color.key)
            if key is None:
                listed = self.lookup.listed_colors()
                self._say("unknown_color", place, f"there is no colour {color.key!r}; the template"
                          f" has: {listed}")  # fmt: skip
            elif key in seen:
                self._say("duplicate_key", place, f"the colour {key} is given twice")
            seen.add(key or "")
        controls: set[str] = set()
        for number, control in enumerate(self.order.controls):
            place = f"controls[{number}].key"
            key = self.lookup.control(control.key)
            if key is None:
                listed = ", ".join(known.key for known in self.scan.controls) or "none"
                self._say("unknown_control", place, f"there is no control {control.key!r}; the"
                          f" template has: {listed}")  # fmt: skip
            elif key in controls:
                self._say("duplicate_key", place, f"the control {key} is given twice")
            controls.add(key or "")

    def _required(self) -> None:
        """See that required fields are given: of every use of a scene, of every scene otherwise."""
        assembled = self.scan.mode in ASSEMBLED_MODES
        for scene in self.scan.scenes:
            uses = self._uses(scene.key) if assembled and not scene.shared else [(0, "scenes")]
            for element in scene.elements:
                for use, place in uses:
                    if element.required and (use, scene.key, element.key) not in self.given:
                        self._say("missing", place, f"{scene.key}.{element.key} must be given")

    def _uses(self, key: str) -> list[tuple[int, str]]:
        """List the uses of a scene: number and place; when no scene is ordered, each is used."""
        found = []
        for number, ordered in enumerate(self.order.scenes):
            known = self.lookup.scene(ordered.key)
            if known is not None and known.key == key:
                found.append((number, f"scenes[{number}]"))
        played = {scene.key for scene in sequenced(self.order, self.scan).scenes}
        return found or ([(-1, "scenes")] if key in played else [])
