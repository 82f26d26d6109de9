"""Checks a render order against a template's scan, and lists everything wrong with it at once."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from orchestrator.core.templates.final import ChoiceNeeded, choose_comp
from orchestrator.core.templates.lookup import Lookup
from orchestrator.core.templates.scanning.expressions import MORE, REFUSED
from orchestrator.core.templates.scanning.footage import NETWORK
from orchestrator.core.templates.values import color_of, is_number
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.renders import FileRef, OrderScene, OrderValue, RenderOrder
from orchestrator.wire.scan import ScanElement, ScanResult, ScanScene

BINDABLE_MODES = ("fix", "music_visualizer", "free")
CAGED = REFUSED | {NETWORK, MORE}
"""Errors that the preview engine is safe from: it calls no server and cages expressions."""
SAME_S = 0.05
"""Lengths that differ by less are the same: a frame may be as long."""
_TEXTS = ("text", "textarea")
_MEDIA = ("media", "audio")


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
        self.given: set[tuple[str, str]] = set()

    def run(self) -> None:
        if self.scan.mode not in BINDABLE_MODES:
            self._say("mode_unsupported", "project_id", f"mode {self.scan.mode} cannot be rendered"
                      " yet; scan the template in mode fix or free")  # fmt: skip
        self._kept_out()
        self._comp()
        for number, scene in enumerate(self.order.scenes):
            self._scene(scene, f"scenes[{number}]")
        self._sequence()
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

    def _scene(self, scene: OrderScene, place: str) -> None:
        known = self.lookup.scene(scene.key)
        if known is None:
            listed = self.lookup.listed_scenes()
            self._say("unknown_scene", f"{place}.key", f"there is no scene {scene.key!r}; the"
                      f" template has: {listed}")  # fmt: skip
            return
        self._length(scene, known, place)
        for number, value in enumerate(scene.values):
            self._value(known.key, value, f"{place}.values[{number}]")

    def _length(self, scene: OrderScene, known: ScanScene, place: str) -> None:
        """Refuse a length that no mode which can be bound yet would give the scene."""
        asked, own = scene.duration_s, known.duration_s
        if asked is not None and (own is None or abs(asked - own) > SAME_S):
            kept = "the template's" if own is None else f"{own:g} s"
            self._say("scene_duration_fixed", f"{place}.duration_s", f"scene {known.key} keeps its"
                      f" length ({kept}) in mode {self.scan.mode}; leave it out")  # fmt: skip

    def _sequence(self) -> None:
        """Refuse scenes in another order than the template's; in mode free they have none."""
        placed = [
            (scene.order, known.order, number)
            for number, scene in enumerate(self.order.scenes)
            if scene.order is not None and (known := self.lookup.scene(scene.key)) is not None
        ]
        for (_, before, _), (_, after, number) in pairwise(sorted(placed)):
            if after < before and self.scan.mode != "free":
                self._say("scene_order_fixed", f"scenes[{number}].order", "the scenes stay where"
                          f" the template has them in mode {self.scan.mode}; leave order out"
                          )  # fmt: skip

    def _value(self, scene: str, value: OrderValue, place: str) -> None:
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
        if (scene, element.key) in self.given:
            self._say("duplicate_key", f"{place}.key", f"{scene}.{element.key} is given twice")
        self.given.add((scene, element.key))
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
        for scene in self.scan.scenes:
            for element in scene.elements:
                if element.required and (scene.key, element.key) not in self.given:
                    self._say("missing", "scenes", f"{scene.key}.{element.key} must be given")


def wrong_value(element: ScanElement, value: OrderValue) -> tuple[str, str] | None:
    """Say (code, words) when a value is not of its field's kind; None when it is."""
    given = value.value
    if element.kind in _MEDIA:
        if not isinstance(given, FileRef):
            return "wrong_kind", f"is {element.kind}; send the file to /v1/files, give its file_id"
        return None
    if isinstance(given, FileRef):
        return "wrong_kind", f"is {element.kind}; it takes no file"
    if element.kind in _TEXTS:
        return None if isinstance(given, str) else ("wrong_kind", "is a text; give a string")
    if element.kind in ("color", "fill"):
        good = isinstance(given, str) and len(given) == 7 and color_of(given) is not None
        return None if good else ("wrong_color", f"is a colour; write #RRGGBB, not {given!r}")
    if element.kind == "checkbox":
        good = isinstance(given, bool) or str(given).lower() in {"true", "false", "0", "1"}
        return None if good else ("wrong_kind", "is a switch; give true or false")
    if isinstance(given, bool) or not is_number(str(given)):
        return "wrong_kind", f"is a number; {given!r} is none"
    if element.kind == "dropdown" and not str(given).isdigit():
        return "wrong_kind", "is a choice; give its number, from 1 on"
    return None
