"""The importer's decision: what a scan would change in the rows that a project has."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from orchestrator.core.importing.found import Found, fold_of, found_in
from orchestrator.core.importing.rows import CHILDREN, TABLES, Row, ScannedKind, Values
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.scan import ScanResult

Action = Literal["added", "changed", "revived", "removed", "unchanged"]
Ref = tuple[str, str | None, str]
"""Names a change: kind, key of the scene, key; both keys as the change spells them."""


class FieldChange(NamedTuple):
    """Be one column that the scan has otherwise; one that a person edited keeps `old`.

    A template of 8,000 fields has 100,000 of these when it is new: a tuple is made in no time.
    """

    name: str
    old: Any
    new: Any
    edited: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Be what the scan means for one row; `row` is None for what is added.

    `values` are the row's columns afterwards, `scanned` what the row is to remember of the scan;
    `released` are columns that were a person's and are the template's again.
    """

    action: Action
    kind: ScannedKind
    key: str
    scene: str | None
    row: Row | None
    fields: tuple[FieldChange, ...]
    values: Values
    scanned: Values | None
    released: frozenset[str] = frozenset()

    @property
    def ref(self) -> Ref:
        """Give the name by which a person picks this change."""
        return self.kind, self.scene, self.key


@dataclass(frozen=True, slots=True)
class Diff:
    """Be all changes, each scene before what is in it; `version` names exactly this diff."""

    version: str
    changes: tuple[Change, ...]
    skipped: tuple[FieldProblem, ...]


def diff(rows: Sequence[Row], scan: ScanResult) -> Diff:
    """Compare the rows of a project with a scan. Presets are nobody's but a person's.

    What a person edited stays; what was deleted and is found again is revived under its id; what
    the scan lacks is only listed. The same rows and scan give the same diff, in any order.
    """
    ordered = sorted((row for row in rows if row.kind != "preset"), key=lambda row: row.order)
    found, skipped = found_in(scan)
    changes: list[Change] = []
    scenes: dict[str, tuple[str, Row | None]] = {}
    used: set[UUID] = set()
    shelves = _shelves(scan, ordered)
    for one in found:
        scene, parent = (None, None) if one.scene is None else scenes[fold_of(scan, one.scene)]
        new_scene = one.scene is not None and parent is None
        shelf = (one.kind, None if parent is None else parent.id, fold_of(scan, one.key))
        row = None if new_scene else _match(shelves.get(shelf, []), one.key)
        if row is not None:
            used.add(row.id)
        if one.kind == "scene":
            scenes[fold_of(scan, one.key)] = (one.key if row is None else row.key, row)
        changes.append(_added(one, scene) if row is None else _compared(one, row, scene))
    changes += _orphans(ordered, used)
    return Diff(_version(ordered, scan), tuple(changes), tuple(skipped))


Shelf = tuple[str, UUID | None, str]


def _shelves(scan: ScanResult, rows: Iterable[Row]) -> dict[Shelf, list[Row]]:
    found: dict[Shelf, list[Row]] = {}
    for row in rows:
        found.setdefault((row.kind, row.parent, fold_of(scan, row.key)), []).append(row)
    return found


def _match(rows: list[Row], key: str) -> Row | None:
    """Choose among rows whose keys mean the same: the same spelling, then a live one."""
    return min(rows, key=lambda row: (row.key != key, row.deleted, row.id), default=None)


def _added(one: Found, scene: str | None) -> Change:
    values = {**TABLES[one.kind].start, **one.values}
    fields = tuple(FieldChange(name, None, new, edited=False) for name, new in one.values.items())
    return Change("added", one.kind, one.key, scene, None, fields, values, one.values)


def _compared(one: Found, row: Row, scene: str | None) -> Change:
    kept = row.edited & one.values.keys()
    wanted = {**row.fields, **{n: v for n, v in one.values.items() if n not in kept}}
    if one.kind == "scene":
        wanted = _settled(wanted, row.edited)
    fields = []
    for name, new in one.values.items():
        shown = new if name in kept else wanted[name]
        if row.fields[name] != shown:
            fields.append(FieldChange(name, row.fields[name], shown, edited=name in kept))
    same = wanted == dict(row.fields) and row.scanned == one.values
    action: Action = "revived" if row.deleted else "unchanged" if same else "changed"
    return Change(action, one.kind, row.key, scene, row, tuple(fields), wanted, one.values)


def released(change: Change, names: Collection[str]) -> Change:
    """Give edited columns that the scan has otherwise back to the template; others stay."""
    mine = {one.name for one in change.fields if one.edited}
    given = mine & set(names)
    if not given or change.row is None or change.scanned is None:
        return change
    values = {**change.values, **{name: change.scanned[name] for name in given}}
    if change.kind == "scene":
        values = _settled(values, change.row.edited - given)
    action: Action = "changed" if change.action == "unchanged" else change.action
    return replace(change, action=action, values=values, released=frozenset(given))


def _settled(values: dict[str, Any], edited: frozenset[str]) -> dict[str, Any]:
    """Let an edited length have the last word where a scanned one contradicts it."""
    low, high = values["min_s"], values["max_s"]
    if low is not None and high is not None and low > high:
        loser = "min_s" if "max_s" in edited else "max_s"
        values[loser] = high if loser == "min_s" else low
    return values


def _orphans(rows: Sequence[Row], used: set[UUID]) -> list[Change]:
    """List live rows that the scan lacks; what is in a deleted scene is gone with it already."""
    scenes = {row.id: row for row in rows if row.kind == "scene"}
    listed: list[Change] = []
    for row in sorted(rows, key=lambda row: row.kind in CHILDREN):
        parent = None if row.parent is None else scenes.get(row.parent)
        hidden = parent is not None and parent.deleted and parent.id not in used
        if row.id in used or row.deleted or hidden or row.kind == "preset":
            continue
        scene = None if parent is None else parent.key
        listed.append(Change("removed", row.kind, row.key, scene, row, (), row.fields, row.scanned))
    return listed


def _version(rows: Sequence[Row], scan: ScanResult) -> str:
    """Hash all that the diff was made of: another row, edit or scan gives another version.

    Columns stand in the order of their table, so that a row is the same wherever it came from.
    """
    known = [
        (r.kind, r.id, r.parent, r.key, _columns(r), sorted(r.edited), r.deleted, _remembered(r))
        for r in sorted(rows, key=lambda row: row.id.int)
    ]
    digest = hashlib.sha256(to_json(known))
    digest.update(scan.model_dump_json().encode())
    return digest.hexdigest()


def _columns(row: Row) -> list[Any]:
    return [row.fields[name] for name in TABLES[row.kind].start]


def _remembered(row: Row) -> list[Any] | None:
    scanned = row.scanned
    return None if scanned is None else [scanned.get(n) for n in TABLES[row.kind].scanned]
