"""Reads what a Motion Graphics template (.mogrt) says of itself, beside its project.

Adobe documents the file nowhere; names and controls are taken where they stand in files seen so
far, and left out where they do not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

DEFINITION = "definition.json"
PROJECT_ENDING = ".aegraphic"
MAX_CONTROLS = 1000
MAX_NAME = 500


@dataclass(frozen=True, slots=True)
class CapsuleControl:
    """One control that the template offers: its name, Adobe's number of its kind, its default."""

    name: str
    kind: int | None
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Capsule:
    """The template's name and controls, and the program that made it."""

    name: str | None
    author_app: str | None
    controls: tuple[CapsuleControl, ...]


def read_capsule(definition: bytes) -> Capsule | None:
    """Read definition.json; None when it is no such thing."""
    try:
        found = json.loads(definition)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    listed = found.get("clientControls")
    controls = listed[:MAX_CONTROLS] if isinstance(listed, list) else []
    return Capsule(
        name=_words(found.get("capsuleNameLocalized")) or _words(found.get("capsuleName")),
        author_app=_words(found.get("authorApp")),
        controls=tuple(_control(control) for control in controls if isinstance(control, dict)),
    )


def _control(control: dict[str, Any]) -> CapsuleControl:
    kind, value = control.get("type"), control.get("value")
    if isinstance(value, dict):
        value = _words(value)
    return CapsuleControl(
        name=_words(control.get("uiName")) or "",
        kind=kind if isinstance(kind, int) and not isinstance(kind, bool) else None,
        value=_clean(value)
        if isinstance(value, str)
        else value
        if isinstance(value, (int, float, bool))
        else None,
    )


def _words(found: Any) -> str | None:
    """Give a name: a string, or the first of its translations."""
    if isinstance(found, dict):
        translations = found.get("strDB")
        first = translations[0] if isinstance(translations, list) and translations else None
        found = first.get("str") if isinstance(first, dict) else None
    return _clean(found) if isinstance(found, str) and found else None


def _clean(text: str) -> str:
    return text[:MAX_NAME].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
