"""What a person gives a template's field in a form: which input, what it shows, how it is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from uuid import UUID

from orchestrator.core.importing.checks import TEXTS
from orchestrator.core.importing.rows import Row
from orchestrator.core.templates.values import color_of, is_number
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.bind import FILE_KINDS, FieldKind, MediaFit
from orchestrator.wire.renders import FileRef
from orchestrator.wire.resources import FileInfo
from orchestrator.wire.scan import ScanElement

Sort = Literal["text", "area", "number", "whole", "flag", "choice", "color", "file"]
Value = str | int | float | bool | FileRef
KINDS: Final[Mapping[str, tuple[str, ...]]] = {"media": ("image", "video"), "audio": ("audio",)}
"""Files that a field takes, by its kind."""
FITS: tuple[str, ...] = get_args(MediaFit)
JUSTIFIED = ("left", "center", "right", "full")
_LINE_ENDS = re.compile(r"\r\n?|\x03")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫", "01234567890123456789.")
_FRAMES = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩،–", "01234567890123456789,-")
_SWITCH = {"true": "true", "1": "true", "false": "false", "0": "false"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Be one field as a template asks for it; `label` is its title or its key."""

    key: str
    kind: FieldKind
    label: str
    default: str | None = None
    required: bool = False
    direction: str | None = None
    options: tuple[str, ...] = ()
    length_max: int | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """Be one input of a form; `choices` are pairs of value and words, or a text's key.

    `wrong` says what is wrong with what was typed.
    """

    name: str
    sort: Sort
    shown: str
    label: str
    choices: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)
    required: bool = False
    named: bool = False
    """The label is a name that somebody gave, not a text of ours."""
    wrong: FieldProblem | None = None

    @property
    def ref(self) -> str:
        """Give an id for the page, whatever the name holds."""
        return "in-" + hashlib.sha256(self.name.encode()).hexdigest()[:12]


def asked_of(element: ScanElement, row: Row | None = None) -> Asked:
    """Join a field as a scan found it with what people made of it."""
    mine = {} if row is None else row.fields
    is_color = row is not None and row.kind == "scene_color"
    return Asked(
        key=element.key,
        kind=element.kind,
        label=mine.get("title") or element.key,
        default=mine["value"] if is_color else element.default,
        required=element.required,
        direction=mine.get("direction") or element.direction,
        options=tuple(mine.get("options") or element.options),
        length_max=mine.get("length_max"),
    )


def asked_of_row(row: Row) -> Asked:
    """Give the field that an editor's row is about."""
    own = row.fields
    return Asked(
        key=row.key,
        kind=own["kind"],
        label=own["title"] or row.key,
        default=own["default_value"],
        required=own["required"],
        direction=own["direction"],
        options=tuple(own["options"]),
        length_max=own["length_max"],
    )


def default_of(asked: Asked) -> str:
    """Write what the template has as the field's input shows it; empty where that is not known."""
    text = asked.default or ""
    if asked.kind in FILE_KINDS:
        return ""
    if asked.kind in ("color", "fill"):
        return (color_of(text, slot=True) or "").lower()
    if asked.kind == "checkbox":
        return _SWITCH.get(text.strip().lower(), "")
    if asked.kind == "number":
        return text.strip() if is_number(text) else ""
    if asked.kind == "dropdown":
        places = [
            str(n) for n, word in enumerate(asked.options, 1) if text.strip() in (str(n), word)
        ]
        return places[0] if places else ""
    return plain(text)


def plain(text: str) -> str:
    """Write a text with one kind of line's end, which browsers and engines have others for."""
    return _LINE_ENDS.sub("\n", text)


def value_input(
    asked: Asked,
    name: str,
    shown: str | None = None,
    files: Sequence[FileInfo] = (),
    wrong: FieldProblem | None = None,
) -> Input:
    """Give the input of a field's value; what is None shows the template's own."""
    sort, choices, attributes = _sort(asked, files)
    text = default_of(asked) if shown is None else plain(shown)
    if sort == "color" and color_of(text) is None:
        sort, attributes = "text", {"dir": "ltr", "placeholder": "#RRGGBB", "maxlength": 7}
    if sort == "choice" and text and text not in dict(choices):
        choices = [*choices, (text, text)]
    return Input(
        name, sort, text, asked.label, choices, attributes, asked.required, named=True, wrong=wrong
    )


def _sort(
    asked: Asked, files: Sequence[FileInfo]
) -> tuple[Sort, Sequence[tuple[str, str]], dict[str, object]]:
    kept = ("", "scenes.as_template")
    kind = asked.kind
    if kind in FILE_KINDS:
        kinds = KINDS[kind]
        accept = ",".join(f"{one}/*" for one in kinds) + (",.mkv,.avi" if kind == "media" else "")
        fitting = [(str(one.id), file_label(one)) for one in files if one.kind in kinds]
        return "file", [kept, *fitting], {"data-kinds": " ".join(kinds), "accept": accept}
    if kind in TEXTS:
        own: dict[str, object] = {"dir": asked.direction or "auto"}
        own["rows"] = 4 if kind == "textarea" else 2
        if asked.length_max is not None:
            own["maxlength"] = asked.length_max
        return "area", (), own
    if kind in ("color", "fill"):
        return "color", (), {}
    if kind == "checkbox":
        words = [("true", "app.yes_word"), ("false", "app.no_word")]
        return "choice", words if default_of(asked) else [kept, *words], {}
    if kind == "dropdown" and asked.options:
        named = [(str(place), word) for place, word in enumerate(asked.options, 1)]
        return "choice", named if default_of(asked) else [kept, *named], {}
    return ("whole" if kind == "dropdown" else "number"), (), {}


def file_label(one: FileInfo) -> str:
    """Name a kept file so that two of one name can be told apart."""
    size = f" · {one.width}×{one.height}" if one.width else ""
    return f"{one.name}{size} · {one.created_at:%Y-%m-%d %H:%M}"


def is_template(asked: Asked, text: str) -> bool:
    """Tell whether an input still shows what the template has."""
    return (
        plain(text).lower() == default_of(asked).lower()
        if asked.kind in ("color", "fill")
        else plain(text) == default_of(asked)
    )


def read_value(asked: Asked, text: str) -> Value | None:
    """Read what was given; None leaves the template's own. Raises ValueError for what is none.

    Whether the value is one that the field takes is checked with the whole order.
    """
    text = plain(text)
    if asked.kind in TEXTS:
        return text
    text = text.strip()
    if not text:
        return None
    if asked.kind in FILE_KINDS:
        return FileRef(file_id=UUID(text))
    if asked.kind == "checkbox":
        return text == "true"
    if asked.kind == "dropdown":
        return int(text) if text.isdecimal() and len(text) < 10 else text
    if asked.kind == "number":
        return read_number(text)
    return text


def read_number(text: str) -> int | float:
    """Read a number in any script's digits. Raises ValueError."""
    found = float(text.strip().translate(_DIGITS))
    if not abs(found) < 1e12:
        raise ValueError("no number that anything takes")
    return int(found) if found == int(found) else found


def frames_in(text: str) -> str:
    """Read frames such as 12, 40-55, which people write in their own digits and marks."""
    return text.translate(_FRAMES).strip()
