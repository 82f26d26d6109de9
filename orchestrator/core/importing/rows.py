"""The rows that an editor works on, and which of their columns a scan fills or a person edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Kind = Literal["scene", "element", "scene_color", "shared_color", "control", "preset"]
ScannedKind = Literal["scene", "element", "scene_color", "shared_color", "control"]
Values = Mapping[str, Any]
"""Columns by name, each as JSON has it."""

CHILDREN: tuple[Kind, ...] = ("element", "scene_color")
MAX_ROWS = 1000
"""Live rows in one list, the most that a person can make: orders take no more."""
MAX_PROJECT_ROWS = 60_000
"""Rows of one project, deleted ones too: every edit and every order reads them all."""


@dataclass(frozen=True, slots=True)
class Table:
    """Say what the columns of one kind are.

    `start` holds every column with its value in a new row; a scan fills those of `scanned`, a
    person may change those of `edited`.
    """

    start: Values
    scanned: tuple[str, ...]
    edited: tuple[str, ...]


def _table(start: Values, scanned: str, edited: str) -> Table:
    return Table(start, tuple(scanned.split()), tuple(edited.split()))


TABLES: Mapping[Kind, Table] = {
    "scene": _table(
        {
            "title": "",
            "comp": None,
            "position": 0,
            "duration_s": None,
            "min_s": None,
            "max_s": None,
            "overlap_s": 0.0,
            "poster_file_id": None,
        },
        "title comp position duration_s min_s max_s overlap_s",
        "title comp position duration_s min_s max_s overlap_s poster_file_id",
    ),
    "element": _table(
        {
            "kind": "text",
            "title": "",
            "layer": "",
            "comp": None,
            "property": None,
            "position": 0,
            "default_value": None,
            "required": False,
            "options": [],
            "length_max": None,
            "direction": None,
            "composer": None,
            "digit_set": None,
            "font": None,
            "font_size": None,
            "box": None,
        },
        "kind layer comp property position default_value required options direction composer"
        " digit_set font font_size box",
        "kind title position default_value required options length_max direction",
    ),
    "scene_color": _table(
        {
            "title": "",
            "layer": "",
            "comp": None,
            "property": None,
            "position": 0,
            "value": "#000000",
            "shared_color_id": None,
        },
        "layer comp property position value",
        "title position value shared_color_id",
    ),
    "shared_color": _table(
        {"title": "", "position": 0, "value": "#000000"}, "position value", "title position value"
    ),
    "control": _table(
        {"title": "", "position": 0, "value": 0, "options": []},
        "position value",
        "title position value options",
    ),
    "preset": _table({"title": "", "position": 0, "colors": {}}, "", "title position colors"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Be one row of the editor; `parent` is the scene of an element or a scene colour.

    `scanned` is what the last applied scan said, None for a row that a person made; a preset has
    no key and nothing scanned. `snapshot_key` names a scene's picture; neither edits nor imports
    touch it.
    """

    kind: Kind
    id: UUID
    project_id: UUID
    key: str
    fields: Values
    parent: UUID | None = None
    edited: frozenset[str] = field(default_factory=frozenset)
    scanned: Values | None = None
    deleted: bool = False
    snapshot_key: str | None = None

    @property
    def order(self) -> tuple[int, UUID]:
        """Give its place in lists."""
        return int(self.fields["position"]), self.id
