"""Lay an order form out: scene by scene, field by field, with what was typed and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orchestrator.core.importing.checks import TEXTS
from orchestrator.core.importing.rows import Row
from orchestrator.usecases.renders.offer import Offer
from orchestrator.web.inputs import FITS, JUSTIFIED, Asked, Input, Sort, asked_of, value_input
from orchestrator.web.views.ordering.draft import (
    FIELDS_MOST,
    Draft,
    Use,
    fields_of,
    length_name,
    look_name,
    number_in,
    value_name,
)
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import ASSEMBLED_MODES, FILE_KINDS
from orchestrator.wire.resources import FileInfo
from orchestrator.wire.scan import ScanElement, ScanScene

FIELDS_UNASKED: Final = 120
"""Fields that a form shows unasked; those of further scenes are shown on demand."""
OPEN_SCENES: Final = 3
FILES_SHOWN: Final = 1500
"""Choices of kept files in a whole form, shared by its fields."""


@dataclass(frozen=True, slots=True)
class FieldForm:
    """Be one field: its value, and how a text or a picture looks."""

    value: Input
    looks: Sequence[Input]


@dataclass(frozen=True, slots=True)
class SceneForm:
    """Be one scene of the sequence; what is not `shown` has as many fields as `count` says.

    `hidden` is what was typed into fields that are not shown: the form carries it along.
    """

    use: Use
    title: str
    shared: bool
    shown: bool
    unfolded: bool
    count: int
    fields: Sequence[FieldForm]
    hidden: Mapping[str, str]
    length: Input | None
    least_s: float | None
    most_s: float | None
    can_rise: bool
    can_sink: bool
    picture: str | None
    wrong: FieldProblem | None


def scenes_of(
    offer: Offer, draft: Draft, wrong: Mapping[str, FieldProblem], files: Sequence[FileInfo]
) -> list[SceneForm]:
    """Give the scenes of a draft in their sequence."""
    playing = [*fields_of(offer.scan, draft)]
    shown = _shown(playing, draft, wrong)
    asking = sum(
        one.kind in FILE_KINDS for use, s in playing if use.number in shown for one in s.elements
    )
    offered = files[: max(5, min(30, FILES_SHOWN // max(1, asking)))]
    named = {text for name, text in draft.texts.items() if name.startswith("v.")}
    offered = [*offered, *(one for one in files[len(offered) :] if str(one.id) in named)]
    made = _Maker(offer, draft, wrong, offered)
    places = [use.number for use, scene in playing if not scene.shared]
    return [made.scene(use, scene, places, shown) for use, scene in playing]


def inputs_of(scenes: Sequence[SceneForm]) -> Iterator[Input]:
    """Give every input of the scenes, in the page's order."""
    for scene in scenes:
        if scene.length is not None:
            yield scene.length
        for one in scene.fields:
            yield one.value
            yield from one.looks


def _shown(
    playing: Sequence[tuple[Use, ScanScene]], draft: Draft, wrong: Mapping[str, FieldProblem]
) -> set[int]:
    """Choose the scenes whose fields are shown: those asked for, and as many as stay readable."""
    told = {number_in(name) for name in wrong}
    typed = {number_in(name) for name in draft.texts if not name.startswith("length.")}
    found: set[int] = set()
    count = 0
    steps = ((told, FIELDS_MOST), (draft.opened, FIELDS_MOST), (typed, FIELDS_UNASKED))
    for numbers, most in (*steps, (None, FIELDS_UNASKED)):
        for use, scene in playing:
            wanted = numbers is None or use.number in numbers
            if wanted and use.number not in found and count + len(scene.elements) <= most:
                count += len(scene.elements)
                found.add(use.number)
    return found


class _Maker:
    def __init__(
        self,
        offer: Offer,
        draft: Draft,
        wrong: Mapping[str, FieldProblem],
        files: Sequence[FileInfo],
    ) -> None:
        self.offer = offer
        self.draft = draft
        self.wrong = wrong
        self.files = files
        self.assembled = offer.scan.mode in ASSEMBLED_MODES
        self.told = {number_in(name) for name in wrong}
        self.typed: dict[int | None, dict[str, str]] = {}
        for name, text in draft.texts.items():
            if not name.startswith("length."):
                self.typed.setdefault(number_in(name), {})[name] = text

    def scene(
        self, use: Use, scene: ScanScene, places: Sequence[int], shown: set[int]
    ) -> SceneForm:
        """Make the form of one scene."""
        row = self.offer.review.of_scene(scene.key)
        is_shown = use.number in shown
        fields = [*self._fields(use, scene, row)] if is_shown else []
        plays = self.assembled and not scene.shared
        at = places.index(use.number) if plays else 0
        told = use.number in self.told
        few = len(self.draft.uses) <= OPEN_SCENES
        return SceneForm(
            use=use,
            title=scene.title or scene.key,
            shared=scene.shared,
            shown=is_shown,
            unfolded=is_shown and (few or told or use.number in self.draft.opened),
            count=len(scene.elements),
            fields=fields,
            hidden={} if is_shown else self.typed.get(use.number, {}),
            length=self._length(use, scene) if plays else None,
            least_s=scene.min_s,
            most_s=scene.max_s,
            can_rise=plays and at > 0,
            can_sink=plays and at < len(places) - 1,
            picture=None if row is None else row.snapshot_key,
            wrong=self.wrong.get(f"use.{use.number}"),
        )

    def _length(self, use: Use, scene: ScanScene) -> Input:
        name = length_name(use.number)
        shown = self.draft.texts.get(name)
        if shown is None:
            shown = f"{round(scene.duration_s or 0.0, 3):g}"
        return Input(name, "number", shown, "field.duration_s", wrong=self.wrong.get(name))

    def _fields(self, use: Use, scene: ScanScene, row: Row | None) -> Iterator[FieldForm]:
        for element in scene.elements:
            asked = asked_of(element, self.offer.review.of_field(row, element))
            name = value_name(use.number, element.key)
            value = value_input(
                asked, name, self.draft.texts.get(name), self.files, self.wrong.get(name)
            )
            yield FieldForm(value, [*self._looks(asked, element, use.number)])

    def _looks(self, asked: Asked, element: ScanElement, number: int) -> Iterator[Input]:
        if asked.kind == "media":
            fits = [("", "order.as_usual"), *((one, f"fit.{one}") for one in FITS)]
            yield self._look("fit", number, asked.key, fits)
        if asked.kind not in TEXTS:
            return
        ways = [("", "scenes.any_direction"), ("rtl", "scenes.rtl"), ("ltr", "scenes.ltr")]
        yield self._look("direction", number, asked.key, ways, asked.direction or "")
        yield self._look("font", number, asked.key)
        lines = [("", "scenes.as_template"), *((one, f"justify.{one}") for one in JUSTIFIED)]
        yield self._look("justify", number, asked.key, lines, element.justify or "")
        yield self._look("size", number, asked.key)

    def _look(
        self,
        what: str,
        number: int,
        key: str,
        choices: Sequence[tuple[str, str]] = (),
        start: str = "",
    ) -> Input:
        name = look_name(what, number, key)
        shown = self.draft.texts.get(name, start)
        if choices and shown not in dict(choices):
            choices = [*choices, (shown, shown)]
        sort: Sort = "choice" if choices else "number" if what == "size" else "text"
        given = {"list": "fonts", "maxlength": 200} if what == "font" else {}
        wrong = self.wrong.get(name)
        return Input(name, sort, shown, f"look.{what}", choices, given, wrong=wrong)
