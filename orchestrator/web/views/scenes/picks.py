"""What of a diff a person chooses: scenes as a whole, or change by change where they looked in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from multidict import MultiMapping

from orchestrator.core.importing.diff import Change, Diff, FieldChange
from orchestrator.wire.content.importing import ImportPick

ALL_SHOWN: Final = 60
"""So many changes are all shown at once; with more, each scene is opened by itself."""
GROUPS: Final = 300
"""Scenes that are listed by themselves; the others are chosen together."""
LINES: Final = 200
"""Changes of one scene that are chosen one by one; the others together."""
_SALIENT: Final = (
    *("kind", "title", "comp", "layer", "default_value", "value", "required", "options"),
    *("direction", "duration_s", "min_s", "max_s"),
)
"""What is told of a new row; the rest is in its form once it is there."""


def mark(*words: str | None) -> str:
    """Name a choice in a form, shortly: thousands of them fit, and it means the same next time."""
    text = json.dumps(words, ensure_ascii=False)
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=7).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """Be one change that is shown; `fields` are told side by side, `salient` of a new row."""

    change: Change

    @property
    def mark(self) -> str:
        """Give its name in a form."""
        return mark(*self.change.ref)

    @property
    def is_new(self) -> bool:
        """Tell whether there is no old value to compare with."""
        return self.change.action in ("added", "revived", "removed")

    @property
    def salient(self) -> list[tuple[str, object]]:
        """Give what is worth telling of a row that comes or goes."""
        change = self.change
        given = change.values
        if change.action != "removed":
            given = {one.name: one.new for one in change.fields}
        told = [(name, given.get(name)) for name in _SALIENT]
        return [(name, value) for name, value in told if value not in (None, "", False, [])]

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """Give the columns that differ."""
        return self.change.fields


@dataclass(slots=True)
class Group:
    """Be what changes in one scene, or in what all scenes share (`scene` None)."""

    scene: str | None
    mark: str
    lines: list[Line] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    kept: int = 0

    @property
    def can_take(self) -> bool:
        """Tell whether there is anything to take over."""
        return bool(self.counts)


def groups_of(diff: Diff) -> list[Group]:
    """Put what changes together by scene, in the diff's order.

    What a person edited and the scan has otherwise is shown too, though it stays.
    """
    groups: dict[str | None, Group] = {}
    for one in diff.changes:
        if one.action == "unchanged" and not one.fields:
            continue
        scene = one.key if one.kind == "scene" else one.scene
        group = groups.get(scene)
        if group is None:
            group = groups[scene] = Group(scene, mark("group", scene))
        group.lines.append(Line(one))
        if one.action != "unchanged":
            group.counts[one.action] = group.counts.get(one.action, 0) + 1
        group.kept += sum(each.edited for each in one.fields)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """Be what a form says: groups taken whole, groups looked into, and what of these is taken.

    `picked` is None for a form as it is at first: everything but removals.
    """

    whole: Collection[str]
    opened: Collection[str]
    picked: Collection[str] | None
    taken: Collection[str]
    rest: Collection[str]

    def takes(self, line: Line) -> bool:
        """Tell whether a change of an opened group is chosen."""
        if self.picked is None:
            return line.change.action != "removed"
        return line.mark in self.picked

    def gives_back(self, line: Line, name: str) -> bool:
        """Tell whether a person's value goes back to the template's."""
        return bool(self.taken) and f"{line.mark}.{name}" in self.taken


def first_choice(groups: Iterable[Group], opened: Collection[str] = ()) -> Choice:
    """Give what is chosen at first: everything but removals, and nothing that a person edited."""
    groups = list(groups)
    if sum(len(one.lines) for one in groups) <= ALL_SHOWN:
        opened = [one.mark for one in groups]
    marks = frozenset(one.mark for one in groups)
    return Choice(marks, frozenset(opened), None, frozenset(), marks | {"others"})


def choice_in(form: MultiMapping[str]) -> Choice:
    """Read what a form says."""
    names = ("whole", "opened", "pick", "take", "rest")
    return Choice(*(frozenset(form.getall(name, [])) for name in names))


def picks_of(groups: Iterable[Group], choice: Choice) -> list[ImportPick]:
    """Give the picks of a choice, as the importer takes them."""
    found = []
    for number, group in enumerate(groups):
        opened = group.mark in choice.opened
        listed = number < GROUPS
        whole = group.mark in choice.whole if listed else "others" in choice.rest
        for place, line in enumerate(group.lines):
            if opened and place >= LINES:
                whole = group.mark in choice.rest
            change = line.change
            by_itself = opened and place < LINES
            chosen = choice.takes(line) if by_itself else whole and change.action != "removed"
            take = tuple(
                one.name for one in line.fields if one.edited and choice.gives_back(line, one.name)
            )
            if (chosen and change.action != "unchanged") or take:
                found.append(
                    ImportPick(kind=change.kind, scene=change.scene, key=change.key, take=take)
                )
    return found
