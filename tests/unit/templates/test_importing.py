"""The importer's decision over generated rows and scans: nothing of a person's is ever lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.importing.diff import Diff, Ref, diff
from orchestrator.core.importing.merge import chosen, merged
from orchestrator.core.importing.rows import TABLES, Row
from orchestrator.wire.scan import ScanResult

FEW = settings(max_examples=30)
PROJECT = UUID(int=1)
KEYS = st.sampled_from(["title", "Title", "c1", "C1", "t1", "بله", "", "a/b"])
LENGTHS = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 2.0, 5.0, 36.7]))
COLORS = st.sampled_from(["#FF0000", "#00ff00", "#0000ff"])


@st.composite
def elements(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one field of a scan."""
    kind = draw(st.sampled_from(["text", "textarea", "media", "color", "dropdown"]))
    default = draw(COLORS if kind == "color" else st.sampled_from(["a", "ب", None]))
    return {
        "key": draw(KEYS),
        "kind": kind,
        "layer": draw(st.sampled_from(["one", "two"])),
        "comp": "main",
        "default": default,
        "required": draw(st.booleans()),
        "font_size": draw(LENGTHS),
        "box": draw(st.sampled_from([None, {"width": 1.5, "height": 2.0}])),
    }


@st.composite
def scans(draw: st.DrawFn) -> ScanResult:
    """Draw a scan, also one whose keys are double, empty or differ in case only."""
    number = count()
    scene = st.fixed_dictionaries(
        {
            "key": KEYS,
            "title": st.sampled_from(["Intro", "Outro"]),
            "duration_s": LENGTHS,
            "min_s": LENGTHS,
            "max_s": LENGTHS,
            "elements": st.lists(elements(), max_size=4),
        }
    ).map(lambda made: {**made, "order": next(number)})
    made = {
        "mode": draw(st.sampled_from(["fix", "free", "flexible"])),
        "mode_detected": "fix",
        "mode_reason": "r",
        "ae_version": "24",
        "scenes": draw(st.lists(scene, max_size=4)),
        "shared_colors": draw(st.lists(st.fixed_dictionaries({"key": KEYS, "value": COLORS}))),
        "controls": draw(
            st.lists(st.fixed_dictionaries({"key": KEYS, "value": st.integers(0, 3)}))
        ),
    }
    return ScanResult.model_validate(made, strict=False)


def ids(rows: Iterable[Row]) -> Any:
    """Give a maker of ids that no row has."""
    numbers = count(max((row.id.int for row in rows), default=1) + 1)
    return lambda: UUID(int=next(numbers))


def apply(
    rows: dict[UUID, Row], scan: ScanResult, *, remove: bool = False
) -> tuple[dict[UUID, Row], Diff]:
    """Import a scan as the use case does."""
    seen = diff(tuple(rows.values()), scan)
    changes, problems = chosen(seen, None, remove_orphans=remove)
    assert problems == ()
    made = merged(changes, rows.values(), PROJECT, ids(rows.values()))
    return {**rows, **{row.id: row for row in made}}, seen


def imported(scan: ScanResult) -> dict[UUID, Row]:
    """Give the rows of a first import."""
    return apply({}, scan)[0]


@st.composite
def worlds(draw: st.DrawFn) -> dict[UUID, Row]:
    """Draw rows as a history of imports, edits and deletions leaves them."""
    rows: dict[UUID, Row] = {}
    for _ in range(draw(st.integers(1, 2))):
        rows, _ = apply(rows, draw(scans()), remove=draw(st.booleans()))
        for row in list(rows.values()):
            done = draw(st.sampled_from(["nothing", "edit", "delete"]))
            if done == "delete":
                rows[row.id] = replace(row, deleted=True)
            elif done == "edit":
                rows[row.id] = edited(row, draw(st.sampled_from(TABLES[row.kind].edited)))
    return rows


def edited(row: Row, name: str) -> Row:
    """Edit one column as a person does."""
    mine = {"min_s": 0.25, "max_s": 1.0, "position": 7, "kind": "textarea"}.get(name, "mine")
    return replace(row, fields={**row.fields, name: mine}, edited=row.edited | {name})


def keys(rows: Iterable[Row]) -> list[tuple[str, UUID | None, str]]:
    """Give what the database holds unique."""
    return [(row.kind, row.parent, row.key) for row in rows]


@FEW
@given(worlds(), scans(), st.booleans())
def test_applying_twice_changes_nothing(
    rows: dict[UUID, Row], scan: ScanResult, remove: bool
) -> None:
    once, _ = apply(rows, scan, remove=remove)
    twice, seen = apply(once, scan, remove=remove)
    assert twice == once
    assert {c.action for c in seen.changes} <= {"unchanged", "removed"}
    if remove:
        assert {c.action for c in seen.changes} <= {"unchanged"}


@FEW
@given(worlds(), scans())
def test_a_manual_edit_survives_any_scan(rows: dict[UUID, Row], scan: ScanResult) -> None:
    after, seen = apply(rows, scan, remove=True)
    for row in rows.values():
        assert after[row.id].edited == row.edited
        for name in row.edited:
            assert after[row.id].fields[name] == row.fields[name]
    for change in seen.changes:
        for field in change.fields:
            assert field.edited == (change.row is not None and field.name in change.row.edited)


@FEW
@given(worlds(), scans())
def test_what_was_deleted_and_is_found_again_is_revived_with_its_id(
    rows: dict[UUID, Row], scan: ScanResult
) -> None:
    first, _ = apply(rows, scan)
    gone = {row.id: replace(row, deleted=True) for row in first.values()}
    back, seen = apply(gone, scan)
    found = {c.row.id for c in diff(tuple(first.values()), scan).changes
             if c.row is not None and c.action != "removed"}  # fmt: skip
    assert set(back) == set(first)
    assert {row.id for row in back.values() if not row.deleted} == found
    assert {c.action for c in seen.changes} <= {"revived"}


@FEW
@given(worlds(), scans())
def test_an_orphan_is_listed_and_never_removed_unasked(
    rows: dict[UUID, Row], scan: ScanResult
) -> None:
    after, seen = apply(rows, scan)
    live = {row.id for row in rows.values() if not row.deleted}
    assert all(not after[one].deleted for one in live)
    orphans = {c.row.id for c in seen.changes if c.action == "removed" and c.row is not None}
    asked, _ = apply(rows, scan, remove=True)
    assert {one for one in live if asked[one].deleted} == orphans


@FEW
@given(worlds(), scans())
def test_no_import_makes_two_rows_of_one_key_or_breaks_a_rule_of_the_schema(
    rows: dict[UUID, Row], scan: ScanResult
) -> None:
    after, _ = apply(rows, scan, remove=True)
    assert len(set(keys(after.values()))) == len(after)
    for row in after.values():
        assert 0 < len(row.key) <= 500
        assert set(row.fields) == set(TABLES[row.kind].start)
        if row.kind == "scene" and not row.edited & {"min_s", "max_s"}:
            low, high = row.fields["min_s"], row.fields["max_s"]
            assert low is None or high is None or 0 < low <= high


@FEW
@given(worlds(), scans(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    rows: dict[UUID, Row], scan: ScanResult, random: Any
) -> None:
    mixed = list(rows.values())
    random.shuffle(mixed)
    assert diff(mixed, scan) == diff(tuple(rows.values()), scan)


@FEW
@given(worlds(), scans(), scans())
def test_the_version_names_the_rows_and_the_scan(
    rows: dict[UUID, Row], scan: ScanResult, other: ScanResult
) -> None:
    version = diff(tuple(rows.values()), scan).version
    assert (diff(tuple(rows.values()), other).version == version) == (scan == other)
    for row in list(rows.values())[:1]:
        for changed in (replace(row, deleted=not row.deleted), edited(row, "title")):
            if row.kind != "preset" and changed != row:
                world = {**rows, row.id: changed}
                assert diff(tuple(world.values()), scan).version != version


@FEW
@given(worlds(), scans(), st.data())
def test_only_what_was_picked_is_done(
    rows: dict[UUID, Row], scan: ScanResult, data: st.DataObject
) -> None:
    seen = diff(tuple(rows.values()), scan)
    picks: dict[Ref, tuple[str, ...]] = {
        c.ref: () for c in seen.changes if data.draw(st.booleans())
    }
    changes, problems = chosen(seen, picks, remove_orphans=False)
    assert {c.ref for c in changes} <= set(picks)
    assert all(problem.code == "scene_not_picked" for problem in problems)
    if not problems:
        made = merged(changes, rows.values(), PROJECT, ids(rows.values()))
        assert len(made) == len(changes)


def scan_of(*scenes: dict[str, Any], mode: str = "fix", **more: Any) -> ScanResult:
    """Write a scan with scenes of the given keys."""
    made = {"mode": mode, "mode_detected": mode, "mode_reason": "r", "ae_version": "24", **more}
    return ScanResult.model_validate({**made, "scenes": scenes}, strict=False)


def text(key: str, **more: Any) -> dict[str, Any]:
    """Write a text field of a scan."""
    return {"key": key, "kind": "text", "layer": key, "comp": "main", **more}


def test_a_re_import_makes_no_duplicates_of_soft_deleted_scenes() -> None:
    scan = scan_of({"key": "c1", "title": "One", "elements": [text("t1")]})
    rows = {key: replace(row, deleted=True) for key, row in imported(scan).items()}
    again, seen = apply(rows, scan)
    assert [c.action for c in seen.changes] == ["revived", "revived"]
    assert list(again) == list(rows)
    assert not any(row.deleted for row in again.values())


def test_a_key_that_now_differs_in_case_is_the_same_field_but_in_mode_free() -> None:
    before = scan_of({"key": "c1", "title": "One", "elements": [text("title")]})
    after = scan_of({"key": "C1", "title": "One", "elements": [text("TITLE")]})
    rows, seen = apply(imported(before), after)
    assert [(c.action, c.key) for c in seen.changes] == [("unchanged", "c1"), ("changed", "title")]
    assert [change.name for change in seen.changes[1].fields] == ["layer"]
    free = after.model_copy(update={"mode": "free"})
    assert [c.action for c in diff(tuple(rows.values()), free).changes] == [
        "added", "added", "removed", "removed",
    ]  # fmt: skip


def test_a_changed_default_of_an_edited_field_is_shown_remembered_and_not_taken() -> None:
    first = scan_of({"key": "c1", "title": "One", "elements": [text("t1", default="a")]})
    rows = imported(first)
    row = next(row for row in rows.values() if row.kind == "element")
    rows[row.id] = edited(row, "default_value")
    second = scan_of({"key": "c1", "title": "One", "elements": [text("t1", default="b")]})
    after, seen = apply(rows, second)
    change = seen.changes[1]
    shown = [(f.name, f.old, f.new, f.edited) for f in change.fields]
    assert (change.action, shown) == ("changed", [("default_value", "mine", "b", True)])
    assert after[row.id].fields["default_value"] == "mine"
    assert after[row.id].scanned is not None
    assert after[row.id].scanned["default_value"] == "b"


def test_an_edited_length_wins_over_a_scanned_one_that_contradicts_it() -> None:
    rows = imported(scan_of({"key": "c1", "title": "One", "min_s": 1.0, "max_s": 9.0}))
    row = next(iter(rows.values()))
    rows = {row.id: replace(row, fields={**row.fields, "min_s": 5.0}, edited=frozenset({"min_s"}))}
    after, _ = apply(rows, scan_of({"key": "c1", "title": "One", "min_s": 1.0, "max_s": 3.0}))
    assert (after[row.id].fields["min_s"], after[row.id].fields["max_s"]) == (5.0, 5.0)


def test_of_two_rows_that_differ_in_case_the_live_one_is_meant() -> None:
    free = scan_of({"key": "Title", "title": "a"}, {"key": "title", "title": "b"}, mode="free")
    rows = imported(free)
    first, second = sorted(rows.values(), key=lambda row: row.id)
    rows[first.id] = replace(first, deleted=True)
    (change,) = diff(tuple(rows.values()), scan_of({"key": "TITLE", "title": "c"})).changes
    assert change.row is not None
    assert (change.row.id, change.action) == (second.id, "changed")


def test_what_is_in_a_deleted_scene_is_gone_with_it_and_no_orphan() -> None:
    rows = imported(scan_of({"key": "c1", "title": "One", "elements": [text("t1")]}))
    scene = next(row for row in rows.values() if row.kind == "scene")
    rows[scene.id] = replace(scene, deleted=True)
    assert diff(tuple(rows.values()), scan_of()).changes == ()
