"""What was typed into a row's form: read, checked, shown again, and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from multidict import MultiMapping
from pydantic import ValidationError

from orchestrator.core.importing.checks import TEXTS
from orchestrator.core.importing.rows import Kind, Row
from orchestrator.errors import Conflict, Invalid
from orchestrator.usecases.scenes.change import CHANGED
from orchestrator.web.inputs import plain, read_number
from orchestrator.web.views.scenes.entries import COLOR, Entry, entries
from orchestrator.wire.base import FieldProblem, Message
from orchestrator.wire.content import colors, scenes

PATCHES: Final[Mapping[Kind, type[Message]]] = {
    "scene": scenes.ScenePatch,
    "element": scenes.ElementPatch,
    "scene_color": colors.SceneColorPatch,
    "shared_color": colors.SharedColorPatch,
    "control": colors.SharedControlPatch,
    "preset": colors.ColorPresetPatch,
}
CREATES: Final[Mapping[Kind, type[Message]]] = {
    "scene": scenes.SceneCreate,
    "element": scenes.ElementCreate,
    "scene_color": colors.SceneColorCreate,
    "shared_color": colors.SharedColorCreate,
    "control": colors.SharedControlCreate,
    "preset": colors.ColorPresetCreate,
}
SEEN: Final = "seen"
"""The form's field with what it showed: only what a person changed since becomes theirs."""
_NO_NUMBER = "write a number, such as 2.5"
_SAID: Final[Mapping[str, str]] = {
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
    "string_too_long": "takes {max_length} characters at most",
    "string_too_short": "must not be empty",
    "missing": "must not be empty",
    "too_long": "takes {max_length} entries at most",
    "string_pattern_mismatch": "write a colour as #RRGGBB",
}
"""What pydantic finds, by its code; the texts of other languages have the same codes."""


def retyped(
    known: Sequence[Entry], form: MultiMapping[str], problems: Sequence[FieldProblem]
) -> list[Entry]:
    """Give the inputs of a refused form: what a person typed stays, each with what is wrong.

    What they left alone shows what is there now.
    """
    before, found = _seen(form.get(SEEN, "")), []
    for one in known:
        text = plain(form.get(one.name, ""))
        wrong = tuple(problem for problem in problems if _is_about(problem.place, one.name))
        typed = text != before.get(one.name, one.shown)
        found.append(replace(one, shown=text if typed else one.shown, wrong=wrong))
    return found


def _is_about(place: str, name: str) -> bool:
    """Tell whether a problem's place, as the API names it, is of an input."""
    path = f"colors.{name.removeprefix(COLOR)}" if name.startswith(COLOR) else name
    return place in (name, path) or place.startswith(f"{path}.")


def require_fresh(row: Row, form: MultiMapping[str], shared: Sequence[Row] = ()) -> None:
    """Raise Conflict (`row_changed`) when what a person changed was changed meanwhile.

    Two people who change different columns of a row disturb nobody.
    """
    before = _seen(form.get(SEEN, ""))
    lost = []
    for one in entries(row, shared):
        if one.name not in before or (one.name not in form and one.sort != "flag"):
            continue
        text, was = plain(form.get(one.name, "")), before[one.name]
        if text != was and one.shown not in (was, text):
            message = f"meanwhile this became {one.shown[:200]!r}"
            lost.append(FieldProblem(code="row_changed", place=one.name, message=message))
    if lost:
        raise Conflict(CHANGED, "row_changed", lost)


def changed(row: Row, form: MultiMapping[str], shared: Sequence[Row] = ()) -> dict[str, Any]:
    """Give the values that a person changed in a row's form, checked; raises Invalid."""
    known = entries(row, shared)
    before = _seen(form.get(SEEN, ""))
    given: dict[str, Any] = {}
    wrong: list[FieldProblem] = []
    for one in known:
        text = plain(form.get(one.name, ""))
        if one.name not in form and one.sort != "flag":
            continue
        if text == before.get(one.name, one.shown):
            continue
        try:
            given[one.name] = _read(row, one, text)
        except ValueError:
            wrong.append(FieldProblem(code="no_number", place=one.name, message=_NO_NUMBER))
    if wrong:
        raise Invalid("Not every value can be read.", wrong, "bad_value")
    return checked(row.kind, _with_colors(row, given))


def way_back(before: Row, after: Row, shared: Sequence[Row] = ()) -> tuple[tuple[str, str], ...]:
    """Give the form that brings back what a row had; nothing when no input shows a difference."""
    old = {one.name: one.shown for one in entries(before, shared)}
    new = entries(after, shared)
    fields = {one.name: old[one.name] for one in new if old.get(one.name, one.shown) != one.shown}
    if not fields:
        return ()
    flags = {one.name: one.shown for one in new if one.sort == "flag" and one.name not in fields}
    told = json.dumps({one.name: one.shown for one in new if one.name in fields})
    return ((SEEN, told), *fields.items(), *((name, on) for name, on in flags.items() if on))


def _seen(text: str) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _read(row: Row, one: Entry, text: str) -> Any:
    if one.sort == "flag":
        return text == "yes"
    if one.sort == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if one.name == "default_value":
        return text if text or row.fields["kind"] in TEXTS else None
    if one.sort in ("number", "whole"):
        if not text.strip():
            return 0.0 if one.name == "overlap_s" else None
        return read_number(text)
    if one.name == "value" and row.kind == "control":
        return int(text)
    if one.sort == "color":
        return text.lower()
    return text if one.sort in ("text", "area") else text or None


def _with_colors(row: Row, given: dict[str, Any]) -> dict[str, Any]:
    """Put a preset's colours together: one that changed is written with those that did not."""
    own = {name.removeprefix(COLOR): given.pop(name) for name in [*given] if COLOR in name[:6]}
    return {**given, "colors": {**row.fields["colors"], **own}} if own else given


def number_of(name: str, text: str) -> int | float:
    """Read a number in any script's digits; raises Invalid."""
    try:
        return read_number(text)
    except ValueError as error:
        told = FieldProblem(code="no_number", place=name, message=_NO_NUMBER)
        raise Invalid("Not every value can be read.", [told], "bad_value") from error


def checked(
    kind: Kind, given: Mapping[str, Any], messages: Mapping[Kind, type[Message]] = PATCHES
) -> dict[str, Any]:
    """Check values as the API does, by the messages that edit rows or make them.

    Raises Invalid with every problem.
    """
    try:
        body = messages[kind].model_validate(given, strict=False)
    except ValidationError as error:
        found = [_problem(one, kind) for one in error.errors()[:20]]
        raise Invalid("Some values cannot be kept.", found, "bad_value") from error
    return body.model_dump(mode="json", include=body.model_fields_set)


def _problem(one: Any, kind: Kind) -> FieldProblem:
    """Say what is wrong with a value in words of ours, where there are some."""
    told = _SAID.get(one["type"])
    message = one["msg"] if told is None else told.format_map(one.get("ctx", {}))
    place = ".".join(str(part) for part in one["loc"]) or kind
    return FieldProblem(code=one["type"], place=place, message=message)
