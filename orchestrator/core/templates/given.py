"""Checks what an order gives a field against the field's kind, and spells it for the bind spec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from orchestrator.core.templates.values import color_of, is_number
from orchestrator.wire.bind import FILE_KINDS, BindValue
from orchestrator.wire.renders import FileRef, OrderValue
from orchestrator.wire.scan import ScanElement

_TEXTS = ("text", "textarea")
_SWITCH = {"true": "true", "1": "true", "false": "false", "0": "false"}
_NUMBER = re.compile(r"[0-9]{1,6}")
_MOST = 999_999
_SHOWN = 30

Wrong = tuple[str, str]


def wrong_value(element: ScanElement, value: OrderValue) -> Wrong | None:
    """Say (code, words) when a value is not of its field's kind; None when it is."""
    return _wrong_look(element, value) or _wrong_kind(element, value.value)


def _wrong_look(element: ScanElement, value: OrderValue) -> Wrong | None:
    looks = (value.font, value.size, value.justify, value.direction)
    if element.kind not in _TEXTS and any(look is not None for look in looks):
        return "wrong_look", "is no text; leave font, size, justify and direction out"
    if element.kind != "media" and value.fit is not None:
        return "wrong_look", "is no picture; leave fit out"
    return None


def _wrong_kind(element: ScanElement, given: object) -> Wrong | None:
    if element.kind in FILE_KINDS:
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
        good = str(given).lower() in _SWITCH
        return None if good else ("wrong_kind", "is a switch; give true or false")
    if element.kind == "dropdown":
        return None if _choice(element, given) else ("unknown_option", _offered(element, given))
    if isinstance(given, bool) or not is_number(str(given)):
        return "wrong_kind", f"is a number; {given!r} is none"
    return None


def _choice(element: ScanElement, given: object) -> str | None:
    """Give the number of a dropdown's choice, which may be told by its word; None for none.

    A number wins over a word that looks like one. Without known words any number from 1 on goes.
    """
    if isinstance(given, bool):
        return None
    word, count = str(given).strip(), len(element.options)
    if _NUMBER.fullmatch(word) is not None and 1 <= int(word) <= (count or _MOST):
        return str(int(word))
    places = [place for place, name in enumerate(element.options, 1) if name.strip() == word]
    return str(places[0]) if len(places) == 1 else None


def _offered(element: ScanElement, given: object) -> str:
    if not element.options:
        return f"is a choice; give its number, from 1 on, not {given!r}"
    listed = ", ".join(f"{place} {name}" for place, name in enumerate(element.options[:_SHOWN], 1))
    more = len(element.options) - _SHOWN
    tail = f" and {more} more" if more > 0 else ""
    return f"is a choice of {listed}{tail}; give one's number or its word, not {given!r}"


def bind_value(value: OrderValue, element: ScanElement, media: Mapping[UUID, str]) -> BindValue:
    """Turn a checked value into the bind spec's: `media` says where each file lies."""
    return BindValue(
        key=element.key,
        kind=element.kind,
        value=_spelled(value.value, element, media),
        font=value.font,
        size=value.size,
        justify=value.justify,
        direction=value.direction,
        fit=value.fit,
    )


def _spelled(given: object, element: ScanElement, media: Mapping[UUID, str]) -> str:
    if isinstance(given, FileRef):
        return media[given.file_id]
    if element.kind == "checkbox":
        return _SWITCH.get(str(given).lower(), str(given))
    if element.kind == "dropdown":
        return _choice(element, given) or str(given)
    if isinstance(given, float):
        return f"{given:.12f}".rstrip("0").rstrip(".")
    return str(given).strip() if element.kind == "number" else str(given)
