"""Values tried on a scene: the inputs of the form, and the picture that is asked for by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, get_args
from uuid import UUID

from multidict import MultiMapping
from pydantic import ValidationError

from orchestrator.core.importing.checks import TEXTS
from orchestrator.core.importing.rows import Row
from orchestrator.errors import FarmError, Invalid
from orchestrator.web.inputs import (
    FITS,
    Asked,
    Input,
    asked_of_row,
    is_template,
    plain,
    read_value,
    value_input,
)
from orchestrator.wire.base import EngineKind, FieldProblem
from orchestrator.wire.bind import FILE_KINDS, BindControl
from orchestrator.wire.content.snapshots import SnapshotOrder, SnapshotScene
from orchestrator.wire.renders import FileRef, OrderColor, OrderValue
from orchestrator.wire.resources import FileInfo

SIDE: Final = 960
ENGINES: Final[tuple[EngineKind, ...]] = get_args(EngineKind)
_PLACE = re.compile(r"(scenes\[0\]\.values|colors|controls)\[(\d+)\](?:\.(direction|fit))?.*")


@dataclass(frozen=True, slots=True)
class Parts:
    """Be what a scene can be tried with: the rows that its form shows."""

    fields: Sequence[Row]
    scene_colors: Sequence[Row]
    shared: Sequence[Row]
    controls: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Trial:
    """Be the form: each field with how it looks, colours of the scene and shared ones, controls."""

    fields: list[tuple[Input, list[Input]]]
    scene_colors: list[Input]
    shared: list[Input]
    controls: list[Input]
    engine: EngineKind


@dataclass(slots=True)
class Reading:
    """Read a form into an order; `places` says which input each value of the order is of."""

    form: MultiMapping[str]
    places: dict[str, str] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)

    def wrong(self, name: str, message: str, code: str = "bad_value") -> None:
        """Note what is wrong with an input."""
        self.problems.append(FieldProblem(code=code, place=name, message=message))

    def placed(self, error: FarmError) -> FarmError:
        """Give the error of an order with its problems at the inputs that they are about."""
        found = []
        for one in error.problems:
            match = _PLACE.fullmatch(one.place)
            name = self.places.get(f"{match[1]}[{match[2]}]") if match else None
            if name is not None and match is not None and match[3]:
                name = f"{match[3]}:{name.partition(':')[2]}"
            found.append(one if name is None else one.model_copy(update={"place": name}))
        return FarmError(error.code, error.status, error.message, found)


def asked_colors(
    scene_colors: Sequence[Row], shared: Sequence[Row]
) -> list[tuple[Asked, Row | None]]:
    """Give the colours of a scene as fields, each with the shared colour that it follows."""
    by_id = {str(row.id): row for row in shared}
    found = []
    for row in scene_colors:
        followed = by_id.get(str(row.fields["shared_color_id"]))
        value = (followed or row).fields["value"]
        found.append((Asked(row.key, "color", row.fields["title"] or row.key, value), followed))
    return found


@dataclass(frozen=True, slots=True)
class Sent:
    """Be what a form was sent with, if it was, and what is wrong with that."""

    form: MultiMapping[str] | None = None
    problems: Sequence[FieldProblem] = ()

    def typed(self, name: str) -> str | None:
        """Give what an input held."""
        return None if self.form is None else self.form.get(name)

    def wrong(self, name: str) -> FieldProblem | None:
        """Say what is wrong with an input."""
        return next((one for one in self.problems if one.place == name), None)

    def choice(
        self, name: str, choices: Sequence[tuple[str, str]], shown: str = "", label: str = ""
    ) -> Input:
        """Give a list to choose from; without a label of its own its name says what it is."""
        text = self.typed(name)
        told = label or f"field.{name.partition(':')[0]}"
        chosen = shown if text is None else text
        wrong = self.wrong(name)
        return Input(name, "choice", chosen, told, choices, named=bool(label), wrong=wrong)

    def looks(self, asked: Asked) -> list[Input]:
        """Give how a value may look: the direction of a text, how a picture fills its frame."""
        if asked.kind in TEXTS:
            ways = [("", "scenes.as_template"), ("rtl", "scenes.rtl"), ("ltr", "scenes.ltr")]
            return [self.choice(f"direction:{asked.key}", ways)]
        if asked.kind == "media":
            fits = [("", "scenes.as_template"), *((one, f"fit.{one}") for one in FITS)]
            return [self.choice(f"fit:{asked.key}", fits)]
        return []


def trial_of(parts: Parts, files: Sequence[FileInfo], engine: EngineKind, sent: Sent) -> Trial:
    """Give the form as it is at first, or as it was sent, with what is wrong with it."""

    def value(asked: Asked, kind: str = "value") -> Input:
        name = f"{kind}:{asked.key}"
        return value_input(asked, name, sent.typed(name), files, sent.wrong(name))

    asked = [asked_of_row(row) for row in parts.fields]
    return Trial(
        fields=[(replace(value(one), required=False), sent.looks(one)) for one in asked],
        scene_colors=[
            _colored(value(one), one.key, followed)
            for one, followed in asked_colors(parts.scene_colors, parts.shared)
        ],
        shared=[_colored(value(one, "color"), one.key) for one in map(_shared, parts.shared)],
        controls=[
            sent.choice(
                f"control:{row.key}",
                control_choices(row),
                str(row.fields["value"]),
                row.fields["title"] or row.key,
            )
            for row in parts.controls
        ],
        engine=engine,
    )


def control_choices(row: Row) -> list[tuple[str, str]]:
    """Give the values of a control with their names."""
    named = dict(enumerate(row.fields["options"]))
    return [(str(number), named.get(number, str(number))) for number in range(4)]


def files_in(form: MultiMapping[str] | None) -> list[UUID]:
    """Give the files that a form names."""
    found = []
    for name, text in () if form is None else form.items():
        if name.startswith("value:") and re.fullmatch(r"[0-9a-fA-F-]{36}", text):
            try:
                found.append(UUID(text))
            except ValueError:
                continue
    return found


def needs_files(parts: Parts) -> bool:
    """Tell whether a form asks for files."""
    return any(row.fields["kind"] in FILE_KINDS for row in parts.fields)


def read_order(scene: Row, parts: Parts, reading: Reading) -> SnapshotOrder:
    """Give only what differs from the template, so that equal pictures are drawn once.

    Raises Invalid with what is wrong, at the inputs.
    """
    form = reading.form
    values = tuple(_values(parts, reading))
    colors = tuple(_colors(parts, reading))
    controls = tuple(_controls(parts, reading))
    engine = next((one for one in ENGINES if one == form.get("engine")), None)
    if engine is None:
        reading.wrong("engine", "choose an engine", "bad_engine")
    if reading.problems or engine is None:
        raise Invalid("Some values cannot be tried.", reading.problems, "bad_value")
    try:
        return SnapshotOrder(
            scenes=(SnapshotScene(key=scene.key, values=values),),
            colors=colors,
            controls=controls,
            max_side=SIDE,
            engine=engine,
        )
    except ValidationError as error:
        raise Invalid("These values cannot be tried together.", code="bad_value") from error


def _values(parts: Parts, reading: Reading) -> Iterator[OrderValue]:
    asked = [asked_of_row(row) for row in parts.fields]
    asked += [one for one, _ in asked_colors(parts.scene_colors, parts.shared)]
    number = 0
    for one in asked:
        name = f"value:{one.key}"
        found = _value(one, name, reading)
        if found is not None:
            reading.places[f"scenes[0].values[{number}]"] = name
            number += 1
            yield found


def _value(one: Asked, name: str, reading: Reading) -> OrderValue | None:
    text = reading.form.get(name)
    if text is None:
        return None
    look: dict[str, Any] = {}
    if one.kind in TEXTS:
        look["direction"] = reading.form.get(f"direction:{one.key}") or None
    if is_template(one, text) and not any(look.values()):
        return None
    try:
        value = read_value(one, text)
        if isinstance(value, FileRef) and one.kind == "media":
            look["fit"] = reading.form.get(f"fit:{one.key}") or None
        return None if value is None else OrderValue(key=one.key, value=value, **look)
    except ValueError:
        reading.wrong(name, "this is no value that the field takes")
        return None


def _colors(parts: Parts, reading: Reading) -> Iterator[OrderColor]:
    number = 0
    for one in map(_shared, parts.shared):
        name = f"color:{one.key}"
        text = reading.form.get(name)
        if text is None or is_template(one, text):
            continue
        try:
            found = OrderColor(key=one.key, value=plain(text).strip().lower())
        except ValueError:
            reading.wrong(name, "write a colour as #RRGGBB")
            continue
        reading.places[f"colors[{number}]"] = name
        number += 1
        yield found


def _controls(parts: Parts, reading: Reading) -> Iterator[BindControl]:
    number = 0
    for row in parts.controls:
        name = f"control:{row.key}"
        text = reading.form.get(name)
        if text is None or text == str(row.fields["value"]):
            continue
        if text not in ("0", "1", "2", "3"):
            reading.wrong(name, "choose a value from 0 to 3")
            continue
        reading.places[f"controls[{number}]"] = name
        number += 1
        yield BindControl(key=row.key, value=int(text))


def _shared(row: Row) -> Asked:
    return Asked(row.key, "color", row.fields["title"] or row.key, row.fields["value"])


def _colored(one: Input, key: str, followed: Row | None = None) -> Input:
    """Mark an input for the pictures that take its colour at once."""
    marks: dict[str, object] = {**one.attributes, "data-key": key}
    if followed is not None:
        marks["data-follows"] = followed.key
    return replace(one, attributes=marks)
