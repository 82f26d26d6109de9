"""Collects what a scan finds: fields by scene, colours, controls, doubles, problems with places."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.core.templates.scanning.elements import MAX_KEY
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


@dataclass(slots=True)
class Facts:
    """What is known of one scene beside its fields; `keep` holds it even when it has none."""

    comp: str | None = None
    shared: bool = False
    keep: bool = False
    duration_s: float | None = None
    min_s: float | None = None
    max_s: float | None = None
    overlap_s: float | None = None
    protected_in_s: float | None = None
    protected_out_s: float | None = None
    seen_from_s: float | None = None
    seen_to_s: float | None = None


class Ledger:
    """Keeps fields in the order they are found; a second one with a key undoes both.

    An `exact` one keeps keys apart that differ in case only, as mode free does.
    """

    def __init__(self, *, exact: bool = False) -> None:
        self._exact = exact
        self._scenes: dict[str, list[ScanElement]] = {}
        self._spelled: dict[str, str] = {}
        self._places: dict[tuple[str, str], list[str]] = {}
        self._facts: dict[str, Facts] = {}
        self._claims: dict[str, str] = {}
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

    def facts(self, scene: str) -> Facts:
        """Give what is known of a scene, to be read and added to."""
        fold = self._fold(scene)
        self._spelled.setdefault(fold, scene)
        return self._facts.setdefault(fold, Facts())

    def add(self, scene: str, element: ScanElement) -> None:
        """Add a field to a scene."""
        if not 0 < len(element.key) <= MAX_KEY or not 0 < len(scene) <= MAX_KEY:
            self.problem(
                "key_length", place_of(element), "the name is empty or too long; rename it"
            )
            return
        self._fields += 1
        if self._fields > MAX_FIELDS:
            if self._fields == MAX_FIELDS + 1:
                message = f"only the first {MAX_FIELDS} fields are offered; use mode fix to choose"
                self.problem("too_many_fields", "project", message)
            return
        fold = self._fold(scene)
        known = self._places.setdefault((fold, self._fold(element.key)), [])
        known.append(place_of(element))
        self._spelled.setdefault(fold, scene)
        if len(known) == 1:
            self._scenes.setdefault(fold, []).append(element)

    def claim(self, key: str, place: str) -> str | None:
        """Give the place that has a shared value's key already; None, and the key, to the first."""
        # Two layers of one comp may have one name, and so one place.
        taken = self._claims.get(key.casefold())
        self._claims.setdefault(key.casefold(), place)
        return taken

    def doubles(self) -> list[tuple[str, str, list[str]]]:
        """List (scene, key, places) of keys that more than one place claims."""
        return [
            (self._spelled[scene], key, places)
            for (scene, key), places in self._places.items()
            if len(places) > 1
        ]

    def report_doubles(self) -> None:
        """Note each key that two fields of one scene claim, and every place that does."""
        for scene, key, places in self.doubles():
            more = f" and in {len(places) - 5} more" if len(places) > 5 else ""
            self.problem(
                "duplicate_key",
                places[0],
                f"the key {key!r} of scene {scene!r} is in {' and in '.join(places[:5])}{more};"
                " rename all but one",
                error=True,
            )

    def text_places(self) -> frozenset[str]:
        """List the places of all text fields."""
        return frozenset(
            place_of(element)
            for elements in self._scenes.values()
            for element in elements
            if element.kind in ("text", "textarea")
        )

    def scenes(self) -> tuple[ScanScene, ...]:
        """Give the scenes: numbered ones by their numbers, the others as found, shared ones last.

        Fields that claim one key are left out.
        """
        names = {self._spelled[fold]: fold for fold in (*self._scenes, *self._facts)}
        found = (self._scene(name, names[name]) for name in sorted(names, key=self._order))
        kept = [scene for scene in found if scene is not None]
        return tuple(scene.model_copy(update={"order": order}) for order, scene in enumerate(kept))

    def _scene(self, name: str, fold: str) -> ScanScene | None:
        facts = self._facts.get(fold) or Facts()
        elements = tuple(
            element
            for element in sorted(self._scenes.get(fold, ()), key=_element_order)
            if len(self._places[fold, self._fold(element.key)]) == 1
        )
        if not elements and not facts.keep:
            return None
        number = None if self._exact else _NUMBER.fullmatch(name)
        return ScanScene(
            key=name,
            title=f"Scene {int(number[1])}" if number else name,
            comp=facts.comp,
            shared=facts.shared,
            duration_s=facts.duration_s,
            min_s=facts.min_s,
            max_s=facts.max_s,
            overlap_s=facts.overlap_s,
            protected_in_s=facts.protected_in_s,
            protected_out_s=facts.protected_out_s,
            seen_from_s=facts.seen_from_s,
            seen_to_s=facts.seen_to_s,
            elements=elements,
        )

    def _fold(self, text: str) -> str:
        return text if self._exact else text.casefold()

    def _order(self, name: str) -> tuple[int, int]:
        facts = self._facts.get(self._fold(name))
        number = None if self._exact else _NUMBER.fullmatch(name)
        if number:
            return 0, int(number[1])
        return (2 if facts is not None and facts.shared else 1), 0


def place_of(element: ScanElement) -> str:
    """Write where a field is: comp/layer[/property]."""
    return f"{element.comp}/{element.layer}" + (f"/{element.property}" if element.property else "")


def _element_order(element: ScanElement) -> tuple[int, str, int]:
    """Put t1, t2, m1 in the order of their numbers; other keys stay as they are in the file."""
    number = _NUMBERED.fullmatch(element.key)
    return (
        (1, "", 0) if number is None else (0, number[1].lower().translate(_FIRST), int(number[2]))
    )
