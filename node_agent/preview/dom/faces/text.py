"""TextDocument: what a script reads from a text layer's document, and how its changes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from node_agent.preview.dom.face import ScriptError, snake

UNIVERSAL: Final = 10414

READABLE: Final = (
    "text", "font", "fontSize", "fillColor", "strokeColor", "strokeWidth", "applyFill",
    "applyStroke", "strokeOverFill", "justification", "tracking", "leading", "autoLeading",
    "direction", "composerEngine", "digitSet", "boxText", "pointText", "boxTextSize",
    "boxTextPos", "baselineShift", "horizontalScale", "verticalScale", "fauxBold", "fauxItalic",
    "allCaps", "smallCaps",
)  # fmt: skip
# Read-only in After Effects too; composerEngine may only be raised to the universal one.
READ_ONLY: Final = frozenset({"boxText", "pointText", "allCaps", "smallCaps"})
ENUMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "justification": "ParagraphJustification",
        "direction": "ParagraphDirection",
        "digitSet": "DigitSet",
    }
)


@dataclass(frozen=True, slots=True)
class TextChange:
    """Hold the attributes that a script assigned on its copy of a TextDocument."""

    changed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TextShown:
    """Hold a library's document with the text that an expression shows in its place."""

    document: Any
    text: str


def read(document: Any) -> dict[str, Any]:
    """Give the readable attributes; line breaks are CR, as scripts see them."""
    values: dict[str, Any] = {}
    for name in READABLE:
        value = getattr(document, snake(name), None)
        values[name] = value
    values["text"] = str(values["text"] or "").replace("\n", "\r")
    return values


def apply(document: Any, change: TextChange) -> None:
    """Write a script's changes into the library's document; the text goes first.

    Raises ScriptError for what After Effects refuses too.
    """
    ordered = sorted(change.changed.items(), key=lambda item: item[0] != "text")
    for name, value in ordered:
        if name not in READABLE or name in READ_ONLY:
            raise ScriptError(f"After Effects error: {name} of a text is read-only")
        _apply_one(document, name, value)


def _apply_one(document: Any, name: str, value: Any) -> None:
    if name == "composerEngine":
        set_universal(document, value)
        return
    if name == "font":
        _check_font(value)
    if name in ENUMS:
        import py_aep

        value = getattr(py_aep, ENUMS[name])(value)
    try:
        setattr(document, snake(name), value)
    except (ValueError, TypeError, AttributeError, UnicodeError) as error:
        raise ScriptError(f"After Effects error: cannot set {name} of the text: {error}") from error


def _check_font(value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ScriptError("After Effects error: font must be a PostScript name")
    bad = next((char for char in value if not "!" <= char <= "~"), None)
    if bad is not None:
        raise ScriptError(f"After Effects error: font name contains invalid character {ord(bad)}")


def set_universal(document: Any, value: object) -> None:
    """Mark the universal composer; the library only reads this mark, so we write it ourselves."""
    if value != UNIVERSAL:
        raise ScriptError("After Effects error: only UNIVERSAL_TYPE_ENGINE can be set")
    data = document._cos_data  # noqa: SLF001
    engine = data.setdefault("1", {}).setdefault("4", {"0": 7, "1": 9, "2": 0})
    engine["3"] = "Universal"
    document._propagate_cos()  # noqa: SLF001
