"""Collects what a scan finds: fields by scene, colours, controls, doubles, problems with places."""

from __future__ import annotations

import re

from orchestrator.core.templates.scanning.elements import MAX_KEY
from orchestrator.core.templates.values import has_arabic
from orchestrator.wire.scan import (
    ScanColor,
    ScanControl,
    ScanElement,
    ScanProblem,
    ScanScene,
)

MAX_PROBLEMS = 500
MAX_FIELDS = 10_000
MAX_UNCLASSIFIED = 1000
_NUMBER = re.compile(r"[cC](\d{1,4})")
_NUMBERED = re.compile(r"([tTmM])(\d{1,4})")
_FIRST = str.maketrans("tm", "01")


class Ledger:
    """Keeps fields in the order they are found; a second one with a key undoes both."""

    def __init__(self) -> None:
        self._scenes: dict[str, list[ScanElement]] = {}
        self._spelled: dict[str, str] = {}
        self._double: dict[tuple[str, str], list[str]] = {}
        self._lengths: dict[str, float] = {}
        self._fields = 0
        self.colors: list[ScanColor] = []
        self.controls: list[ScanControl] = []
        self.unclassified: list[str] = []
        self.problems: list[ScanProblem] = []

    def problem(self, code: str, place: str, message: str, *, error: bool = False) -> None:
        """Note something that a designer should mend."""
        if len(self.problems) < MAX_PROBLEMS:
            level = "error" if error else "warning"
            self.problems.append(
                ScanProblem(code=code, place=place, message=message, level=level)  # type: ignore[arg-type]
            )

    def unknown(self, place: str) -> None:
        """Note a name with a prefix that fits no rule."""
        if len(self.unclassified) < MAX_UNCLASSIFIED:
            self.unclassified.append(place)

    def add(self, scene: str, element: ScanElement, *, exact: bool = False) -> None:
        """Add a field; `exact` keeps keys apart that differ in case only, as mode free does."""
        if not 0 < len(element.key) <= MAX_KEY or not 0 < len(scene) <= MAX_KEY:
            self.problem("key_length", _place(element), "the name is empty or too long; rename it")
            return
        self._fields += 1
        if self._fields > MAX_FIELDS:
            if self._fields == MAX_FIELDS + 1:
                message = f"only the first {MAX_FIELDS} fields are offered; use mode fix to choose"
                self.problem("too_many_fields", "project", message)
            return
        fold = (scene, element.key) if exact else (scene.casefold(), element.key.casefold())
        known = self._double.setdefault(fold, [])
        known.append(_place(element))
        spelled = self._spelled.setdefault(fold[0], scene)
        if len(known) == 1:
            self._scenes.setdefault(spelled, []).append(element)
        self._check_composer(element)

    def _check_composer(self, element: ScanElement) -> None:
        if element.composer == "latin" and has_arabic(element.default or ""):
            self.problem(
                "latin_composer",
                _place(element),
                "the text is in Arabic script and set by the Latin composer, which does not join"
                " letters; choose the universal composer in the paragraph panel",
            )

    def note_duration(self, scene: str, duration_s: float) -> None:
        """Say how long a scene's comp is."""
        self._lengths[scene] = max(0.0, duration_s)

    def doubles(self) -> list[tuple[str, str, list[str]]]:
        """List (scene, key, places) of keys that more than one place claims."""
        return [(*fold, places) for fold, places in self._double.items() if len(places) > 1]

    def scenes(self, *, exact: bool = False) -> tuple[ScanScene, ...]:
        """Give the scenes, numbered ones first in the order of their numbers, without doubles."""
        dropped = {(scene, key) for scene, key, _ in self.doubles()}
        made: list[ScanScene] = []
        for order, name in enumerate(sorted(self._scenes, key=_order)):
            fold = name if exact else name.casefold()
            elements = tuple(
                element
                for element in sorted(self._scenes[name], key=_element_order)
                if (fold, element.key if exact else element.key.casefold()) not in dropped
            )
            number = _NUMBER.fullmatch(name)
            title = f"Scene {int(number[1])}" if number and not exact else name
            duration_s = self._lengths.get(name)
            made.append(
                ScanScene(
                    key=name, title=title, order=order, duration_s=duration_s, elements=elements
                )
            )
        return tuple(scene for scene in made if scene.elements)


def _place(element: ScanElement) -> str:
    return f"{element.comp}/{element.layer}" + (f"/{element.property}" if element.property else "")


def _element_order(element: ScanElement) -> tuple[int, str, int]:
    """Put t1, t2, m1 in the order of their numbers; other keys stay as they are in the file."""
    number = _NUMBERED.fullmatch(element.key)
    return (
        (1, "", 0) if number is None else (0, number[1].lower().translate(_FIRST), int(number[2]))
    )


def _order(name: str) -> tuple[int, int]:
    number = _NUMBER.fullmatch(name)
    return (0, int(number[1])) if number else (1, 0)
