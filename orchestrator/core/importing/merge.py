"""Chooses what of a reviewed diff is done, and gives the rows to write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from orchestrator.core.importing.diff import Change, Diff, Ref, released
from orchestrator.core.importing.rows import CHILDREN, TABLES, Row
from orchestrator.wire.base import FieldProblem


def chosen(
    diff: Diff, picks: Mapping[Ref, Collection[str]] | None, *, remove_orphans: bool
) -> tuple[tuple[Change, ...], tuple[FieldProblem, ...]]:
    """Give the changes to make, and what is wrong with the picks.

    Without picks all but removals; a removal is made when it is picked itself or all are asked
    for. A pick that names nothing, or something in a scene that is not there without another
    pick, is a problem. Each pick has the edited columns that are given back to the template.
    """
    by_ref = {change.ref: change for change in diff.changes}
    wanted = {c.ref for c in diff.changes if c.action == "removed"} if remove_orphans else set()
    if picks is None:
        wanted |= {c.ref for c in diff.changes if c.action != "removed"}
    else:
        wanted |= set(picks)
    problems = [
        FieldProblem(
            code="unknown_pick",
            place=_name(ref),
            message="the diff has no such change; pick by kind, scene and key as it lists them",
        )
        for ref in sorted(wanted - set(by_ref), key=str)
    ]
    problems += _unknown_fields(picks or {})
    picked = (released(c, (picks or {}).get(c.ref, ())) for c in diff.changes if c.ref in wanted)
    changes = tuple(change for change in picked if change.action != "unchanged")
    scenes = {c.key: c for c in diff.changes if c.kind == "scene"}
    for change in changes:
        scene = scenes.get(change.scene or "") if change.kind in CHILDREN else None
        absent = scene is not None and scene.action in {"added", "revived"}
        if absent and scene is not None and scene.ref not in wanted:
            problems.append(
                FieldProblem(
                    code="scene_not_picked",
                    place=_name(change.ref),
                    message=f"its scene {scene.key!r} is {scene.action} by this diff; pick it too",
                )
            )
    return changes, tuple(problems)


def merged(
    changes: Collection[Change], rows: Collection[Row], project_id: UUID, ids: Callable[[], UUID]
) -> tuple[Row, ...]:
    """Give the rows to write, each scene before what is in it; `ids` makes ids for new ones."""
    scenes = {row.key: row.id for row in rows if row.kind == "scene"}
    written: list[Row] = []
    for change in changes:
        row = change.row
        parent = scenes[change.scene] if change.scene is not None else None
        written.append(
            Row(
                kind=change.kind,
                id=ids() if row is None else row.id,
                project_id=project_id,
                key=change.key,
                fields=change.values,
                parent=parent if row is None else row.parent,
                edited=frozenset() if row is None else row.edited - change.released,
                scanned=change.scanned,
                deleted=change.action == "removed",
            )
        )
        if change.kind == "scene":
            scenes[change.key] = written[-1].id
    return tuple(written)


def _unknown_fields(picks: Mapping[Ref, Collection[str]]) -> list[FieldProblem]:
    found = []
    for ref, names in picks.items():
        known = next((table.edited for kind, table in TABLES.items() if kind == ref[0]), ())
        for name in sorted(set(names) - set(known)):
            message = f"{name[:100]!r} is no field to take; there are: {', '.join(known)}"
            found.append(FieldProblem(code="unknown_field", place=_name(ref), message=message))
    return found


def _name(ref: Ref) -> str:
    kind, scene, key = ref
    return f"{kind} {key}" if scene is None else f"{kind} {scene}/{key}"
