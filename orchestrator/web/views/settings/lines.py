"""Lay the settings out: a line for each, with what was typed and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from multidict import MultiMapping
from pydantic import SecretStr

from orchestrator.errors import BadRequest
from orchestrator.in_force import CHANGEABLE, Group, Source, Value, is_given
from orchestrator.settings import Settings
from orchestrator.usecases.settings.change import Misfit, Wrong
from orchestrator.usecases.settings.look import Setting
from orchestrator.web import catalogues
from orchestrator.web.catalogues import Locale
from orchestrator.web.page import Visit
from orchestrator.web.views.settings import units

PREFIX = "FLATRENDER_"
SHOWN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("storage", ("storage", "s3_", "objects_", "data_dir")),
    ("rest", ("",)),
)
"""What is only shown, by the beginning of its name; the first that fits takes it."""


@dataclass(frozen=True, slots=True)
class Line:
    """Be one setting that can be changed: `was` is its value in force, `text` what the input holds.

    `now` is told where it is not what the person saw when typing.
    """

    name: str
    source: Source
    was: str
    text: str
    default: str
    unit: Markup
    now: str | None
    wrong: Markup | None
    is_left_out: bool
    changed_at: datetime | None
    changed_by: str | None


@dataclass(frozen=True, slots=True)
class Fixed:
    """Be one setting that only whoever starts the server changes."""

    name: str
    variable: str
    value: str
    given: bool
    secret: bool


def lines_of(visit: Visit, settings: list[Setting]) -> dict[Group, list[Line]]:
    """Give the lines of each group; those of a form that was refused as they were typed."""
    wrong = visit.refused.wrong if isinstance(visit.refused, Misfit) else ()
    groups: dict[Group, list[Line]] = {one.group: [] for one in settings}
    for one in settings:
        here = [w for w in wrong if w.name == one.name]
        groups[one.group].append(_line(visit, one, here[0] if here else None))
    return groups


def _line(visit: Visit, one: Setting, wrong: Wrong | None) -> Line:
    text = shown = units.write(visit.locale, one.name, one.value)
    now = None
    if visit.refused is not None and f"value.{one.name}" in visit.form:
        text = visit.form[f"value.{one.name}"]
        now = None if _was(visit.form.get(f"was.{one.name}", "")) == one.value else shown
    return Line(
        one.name,
        one.source,
        repr(one.value),
        text,
        units.write(visit.locale, one.name, one.default),
        unit_of(visit.locale, one.name),
        now,
        _told(visit.locale, wrong) if wrong else None,
        one.is_left_out,
        one.changed_at,
        one.changed_by,
    )


def _told(locale: Locale, wrong: Wrong) -> Markup:
    """Say what is wrong, with the limit in the setting's unit."""
    key = f"setting_wrong.{wrong.code}"
    if key not in catalogues.texts(locale):
        return catalogues.say(locale, "setting_wrong.other", message=wrong.message)
    limit = "" if wrong.limit is None else units.write(locale, wrong.name, wrong.limit)
    return catalogues.say(locale, key, limit=limit, unit=unit_of(locale, wrong.name))


def unit_of(locale: Locale, name: str) -> Markup:
    """Name the unit of a setting."""
    return catalogues.say(locale, f"setting_unit.{units.UNITS[name].name}")


def read(form: MultiMapping[str]) -> tuple[dict[str, Value | None], dict[str, Value]]:
    """Give what a form wants and what it was made from; an empty input is the default's.

    Raises Misfit for what is no number, BadRequest for a form that is none of ours.
    """
    wanted: dict[str, Value | None] = {}
    expected: dict[str, Value] = {}
    wrong = []
    for name in CHANGEABLE:
        typed = form.get(f"value.{name}")
        if typed is None:
            continue
        was = _was(form.get(f"was.{name}", ""))
        value = units.read(name, typed)
        if not typed.strip():
            wanted[name], expected[name] = None, was
        elif value is None:
            wrong.append(Wrong(name, "not_a_number", None, "Give a number."))
        elif value != was and not _is_shown(name, typed, was):
            wanted[name], expected[name] = value, was
    if wrong:
        raise Misfit(wrong)
    return wanted, expected


def _is_shown(name: str, typed: str, was: Value) -> bool:
    """Tell whether an input still holds what it showed: a rounded value is no change."""
    shown = units.read(name, units.write("en", name, was))
    return units.read(name, typed) == shown


def _was(text: str) -> Value:
    try:
        value = float(text)
        return int(value) if value == int(value) else value
    except (ValueError, OverflowError) as error:
        raise BadRequest("This form cannot be read.", "bad_form") from error


def fixed(locale: Locale, settings: Settings) -> dict[str, list[Fixed]]:
    """Give what is read once, when the server starts, by group."""
    groups: dict[str, list[Fixed]] = {name: [] for name, _ in SHOWN}
    for name in Settings.model_fields:
        if name in CHANGEABLE:
            continue
        group = next(title for title, begins in SHOWN if name.startswith(begins))
        value: object = getattr(settings, name)
        secret = isinstance(value, SecretStr)
        text = "" if value is None or secret else _text(locale, value)
        line = Fixed(name, variable_of(name), text, is_given(settings, name), secret)
        groups[group].append(line)
    return groups


def _text(locale: Locale, value: object) -> str:
    """Write a value as it would stand in the environment; switches in words."""
    if isinstance(value, bool):
        return catalogues.say(locale, "app.yes_word" if value else "app.no_word")
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def variable_of(name: str) -> str:
    """Name a setting as the environment does."""
    return PREFIX + name.upper()


def undone(changes: Mapping[str, tuple[str, Value]]) -> tuple[tuple[str, str], ...]:
    """Give the fields of a form: what each setting is to hold, and what it holds now."""
    return tuple(
        field
        for name, (text, now) in changes.items()
        for field in ((f"value.{name}", text), (f"was.{name}", repr(now)))
    )
