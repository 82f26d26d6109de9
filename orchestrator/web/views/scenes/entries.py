"""What of a row a person edits in a form: which inputs, what they show, how they are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from orchestrator.core.importing.checks import TEXTS
from orchestrator.core.importing.rows import Row
from orchestrator.web.inputs import plain
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import FILE_KINDS

Sort = Literal["text", "area", "number", "whole", "flag", "choice", "lines", "color"]
COLOR: Final = "color:"
"""Begins the names of a preset's colours in its form."""
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Entry:
    """Be one input of a row's form: `choices` are pairs of value and text, or a text's key."""

    name: str
    sort: Sort
    shown: str
    choices: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)
    label: str | None = None
    wrong: Sequence[FieldProblem] = ()


def entries(row: Row, shared: Sequence[Row] = ()) -> list[Entry]:
    """Give the inputs of a row's form; `shared` are the project's shared colours."""
    if row.kind == "scene":
        lengths = ("duration_s", "min_s", "max_s", "overlap_s")
        return [_title(row), *(_entry(row, name, "number") for name in lengths)]
    if row.kind == "element":
        return _element(row)
    if row.kind == "scene_color":
        known = [("", "scenes.own_color")]
        known += [(str(one.id), one.fields["title"] or one.key) for one in shared]
        return [_title(row), _value(row), _entry(row, "shared_color_id", "choice", known)]
    if row.kind == "shared_color":
        return [_title(row), _value(row)]
    if row.kind == "control":
        named = dict(enumerate(row.fields["options"]))
        choices = [(str(number), named.get(number, str(number))) for number in range(4)]
        return [
            _title(row),
            _entry(row, "value", "choice", choices),
            _entry(row, "options", "lines"),
        ]
    return _preset(row, shared)


def _title(row: Row) -> Entry:
    most = 200 if row.kind == "preset" else 500
    return Entry("title", "text", _shown(row.fields["title"], "text"), (), {"maxlength": most})


def _value(row: Row) -> Entry:
    return _entry(row, "value", "color")


def _entry(row: Row, name: str, sort: Sort, choices: Sequence[tuple[str, str]] = ()) -> Entry:
    return Entry(name, sort, _shown(row.fields[name], sort), choices)


def _element(row: Row) -> list[Entry]:
    kind = row.fields["kind"]
    found = [_title(row), _entry(row, "required", "flag")]
    if kind not in FILE_KINDS:
        found.append(default_of(row))
    if kind in TEXTS:
        found.append(_entry(row, "kind", "choice", [(one, f"kind.{one}") for one in TEXTS]))
        found.append(_entry(row, "length_max", "whole"))
        ways = [("", "scenes.any_direction"), ("rtl", "scenes.rtl"), ("ltr", "scenes.ltr")]
        found.append(_entry(row, "direction", "choice", ways))
    if kind == "dropdown":
        found.append(_entry(row, "options", "lines"))
    return found


def default_of(row: Row) -> Entry:
    """Give the input of a field's value, as its kind needs it."""
    kind, value = row.fields["kind"], row.fields["default_value"]
    attributes = {"dir": row.fields["direction"] or "auto"} if kind in TEXTS else {}
    sort: Sort = "area" if kind in TEXTS else "text"
    choices: list[tuple[str, str]] = []
    if kind in ("color", "fill") and _HEX.fullmatch(value or ""):
        sort = "color"
    elif kind == "number":
        sort = "number"
    elif kind == "checkbox":
        sort = "choice"
        choices = [("", "scenes.as_template"), ("true", "app.yes_word"), ("false", "app.no_word")]
    elif kind == "dropdown" and row.fields["options"]:
        sort = "choice"
        named = enumerate(row.fields["options"], start=1)
        choices = [("", "scenes.as_template"), *((str(place), word) for place, word in named)]
    return Entry("default_value", sort, _shown(value, sort), choices, attributes)


def _preset(row: Row, shared: Sequence[Row]) -> list[Entry]:
    given = row.fields["colors"]
    found = [_title(row)]
    for one in shared:
        shown = _shown(given.get(one.key, one.fields["value"]), "color")
        label = one.fields["title"] or one.key
        found.append(Entry(COLOR + one.key, "color", shown, (), {}, label))
    return found


def _shown(value: Any, sort: Sort) -> str:
    """Write a value as its input holds it, which knows one kind of line's end."""
    if value is None:
        return ""
    if sort == "flag":
        return "yes" if value else ""
    if sort == "lines":
        return "\n".join(value)
    if sort == "color":
        return str(value).lower()
    if sort == "number" and not isinstance(value, str):
        return f"{value:g}"
    text = plain(str(value))
    return text.replace("\n", "") if sort == "text" else text


def seen(shown: Sequence[Entry]) -> dict[str, str]:
    """Give what a form shows, to be sent back with it."""
    return {one.name: one.shown for one in shown}
