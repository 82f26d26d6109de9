"""Read an order form: the order that it means, and which input each of its parts came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from orchestrator.core.importing.checks import TEXTS
from orchestrator.errors import FarmError, Invalid
from orchestrator.usecases.renders.offer import Offer
from orchestrator.web.inputs import (
    Asked,
    Value,
    asked_of,
    frames_in,
    is_template,
    read_number,
    read_value,
)
from orchestrator.web.views.ordering.draft import (
    LOOKS,
    TRACKS,
    Draft,
    Use,
    fields_of,
    length_name,
    look_name,
    value_name,
)
from orchestrator.web.views.ordering.plain import DEFAULTS, NAMES, color_of_row
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import ASSEMBLED_MODES
from orchestrator.wire.renders import RenderOrder
from orchestrator.wire.scan import ScanScene

DEADLINE_MOST_H = 8760.0


class Reading:
    """Turn a draft into an order; afterwards `places` leads from the order's parts to inputs."""

    def __init__(self, draft: Draft, offer: Offer, now: datetime) -> None:
        self.draft = draft
        self.offer = offer
        self.now = now
        self.problems: list[FieldProblem] = []
        self.places: dict[str, str] = {name: name for name in NAMES}
        self.places |= {"output": "output.width", "deadline_at": "deadline_h"}

    def order(self) -> RenderOrder:
        """Give the order. Raises Invalid, with inputs' names as places, for what is none."""
        given: dict[str, Any] = {
            "project_id": self.offer.project.id,
            "scenes": tuple(self._scenes()),
            "colors": tuple(self._colors()),
            "controls": tuple(self._controls()),
            "audio": self._audio(),
            "output": self._output(),
            **self._rest(),
        }
        if self.problems:
            raise Invalid("Not every value can be read.", self.problems, "bad_value")
        try:
            return RenderOrder.model_validate(given, strict=False)
        except ValidationError as error:
            found = [
                FieldProblem(
                    code="bad_value", place=self.place_of(_path(one["loc"])), message=one["msg"]
                )
                for one in error.errors()[:50]
            ]
            raise Invalid("Not every value can be read.", found, "bad_value") from error

    def marked(self, error: FarmError) -> dict[str, FieldProblem]:
        """Give what an error says of the form's inputs, by their names."""
        found: dict[str, FieldProblem] = {}
        for one in error.problems:
            found.setdefault(self.place_of(one.place), one)
        return found

    def place_of(self, place: str) -> str:
        """Give the name of the input that a part of the order came from, else the place itself."""
        known = place
        while known:
            if known in self.places:
                return self.places[known]
            known = known[: max(known.rfind("."), known.rfind("["), 0)]
        return place

    def _wrong(self, name: str, code: str, message: str) -> None:
        self.problems.append(FieldProblem(code=code, place=name, message=message))

    def _text(self, name: str) -> str:
        return self.draft.texts.get(name, DEFAULTS.get(name, "")).strip()

    def _scenes(self) -> Iterator[dict[str, Any]]:
        assembled = self.offer.scan.mode in ASSEMBLED_MODES
        number = 0
        for use, scene in fields_of(self.offer.scan, self.draft):
            here = f"scenes[{number}]"
            own: dict[str, Any] = {"key": scene.key}
            own["values"] = tuple(self._values(use, scene, here))
            if assembled and not scene.shared:
                self._length(use, scene, here, own)
            elif not own["values"]:
                continue
            self.places[here] = f"use.{use.number}"
            number += 1
            yield own

    def _length(self, use: Use, scene: ScanScene, here: str, own: dict[str, Any]) -> None:
        name = length_name(use.number)
        self.places[f"{here}.duration_s"] = name
        length = self._number(name)
        if length is not None and length != round(scene.duration_s or 0.0, 3):
            own["duration_s"] = length

    def _values(self, use: Use, scene: ScanScene, here: str) -> Iterator[dict[str, Any]]:
        row = self.offer.review.of_scene(scene.key)
        index = 0
        for element in scene.elements:
            asked = asked_of(element, self.offer.review.of_field(row, element))
            name = value_name(use.number, element.key)
            found = self._value(asked, name)
            look = self._look(asked, use.number, element.justify)
            if found is None and look and asked.kind in TEXTS:
                found = self.draft.texts.get(name)
            if found is None:
                continue
            place = f"{here}.values[{index}]"
            self.places[place] = name
            self.places |= {
                f"{place}.{what}": look_name(what, use.number, asked.key) for what in look
            }
            index += 1
            yield {"key": element.key, "value": found, **look}

    def _value(self, asked: Asked, name: str) -> Value | None:
        """Give a field's value where it is not the template's own, or where one must be given."""
        text = self.draft.texts.get(name)
        if asked.required and not (text or "").strip():
            self._wrong(name, "missing", f"{asked.label} must be given.")
            return None
        if text is None or (is_template(asked, text) and not asked.required):
            return None
        try:
            return read_value(asked, text)
        except ValueError:
            self._wrong(name, "wrong_kind", f"{asked.label}: {text[:40]!r} is no such value.")
            return None

    def _look(self, asked: Asked, number: int, justify: str | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        own = {"direction": asked.direction or "", "justify": justify or ""}
        for what in LOOKS:
            name = look_name(what, number, asked.key)
            text = self._text(name)
            if not text or text == own.get(what):
                continue
            found[what] = self._number(name) if what == "size" else text
        return {what: given for what, given in found.items() if given is not None}

    def _colors(self) -> Iterator[dict[str, str]]:
        rows = {row.key: row for row in self.offer.listed("shared_color")}
        index = 0
        for color in self.offer.scan.shared_colors:
            name = f"color.{color.key}"
            own = color_of_row(rows.get(color.key), color.value)
            text = self._text(name).lower()
            if text and text != own:
                self.places[f"colors[{index}]"] = name
                index += 1
                yield {"key": color.key, "value": text}

    def _controls(self) -> Iterator[dict[str, object]]:
        rows = {row.key: row for row in self.offer.listed("control")}
        index = 0
        for control in self.offer.scan.controls:
            name, row = f"control.{control.key}", rows.get(control.key)
            own = control.value if row is None else row.fields["value"]
            number = self._number(name)
            if number is not None and number != own:
                self.places[f"controls[{index}]"] = name
                index += 1
                yield {"key": control.key, "value": number}

    def _audio(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for track in TRACKS:
            begin = f"audio.{track}."
            self.places[f"audio.{track}"] = begin + "file_id"
            parts = ("volume", "fade_in_s", "fade_out_s")
            self.places |= {begin + part: begin + part for part in (*parts, "loop")}
            file = self._text(begin + "file_id")
            if not file:
                continue
            numbers = {part: self._number(begin + part) for part in parts}
            loop = {"true": True, "false": False}.get(self._text(begin + "loop"))
            one = {"file_id": file, "loop": loop, **numbers}
            found[track] = {name: given for name, given in one.items() if given is not None}
        for name in ("template_volume", "loudness_lufs"):
            number = self._number(f"audio.{name}")
            if number is not None:
                found[name] = number
        return found

    def _output(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("container", "codec", "quality", "aspect", "fit"):
            text = self._text(f"output.{name}")
            if text:
                found[name] = text
        for name in ("width", "height"):
            number = self._number(f"output.{name}")
            if number is not None:
                found[name] = number
        found["alpha"] = self._text("output.alpha") == "true"
        rate = self._text("output.fps")
        if rate:
            found["fps"] = self._rate(rate)
        return found

    def _rate(self, text: str) -> dict[str, int] | None:
        above, _, below = text.partition("/")
        if above.isdecimal() and (below or "1").isdecimal() and len(text) < 14:
            return {"num": int(above), "den": int(below or "1")}
        self._wrong("output.fps", "wrong_kind", "Write a rate such as 25 or 30000/1001.")
        return None

    def _rest(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("engine", "plan", "comp", "frames"):
            text = self._text(name)
            if text:
                found[name] = frames_in(text) if name == "frames" else text
        for name in ("priority", "duration_s"):
            number = self._number(name)
            if number is not None:
                found[name] = number
        hours = self._number("deadline_h")
        if hours is not None and not 0 < hours <= DEADLINE_MOST_H:
            self._wrong("deadline_h", "wrong_kind", "A deadline lies 1 to 8760 hours ahead.")
        elif hours is not None:
            found["deadline_at"] = self.now.astimezone(UTC) + timedelta(hours=hours)
        return found

    def _number(self, name: str) -> int | float | None:
        text = self._text(name)
        if not text:
            return None
        try:
            return read_number(text)
        except (ValueError, OverflowError):
            self._wrong(name, "wrong_kind", "Write a number, such as 2.5.")
            return None


def _path(parts: tuple[int | str, ...]) -> str:
    """Write where a model's problem lies as orders name places."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
