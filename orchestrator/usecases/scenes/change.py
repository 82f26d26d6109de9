"""Make, edit, move, reset, delete and restore one row of the editor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from orchestrator.core.audit import Action
from orchestrator.core.importing.checks import problems
from orchestrator.core.importing.edit import edited, made, moved, reset
from orchestrator.core.importing.rows import (
    CHILDREN,
    MAX_PROJECT_ROWS,
    MAX_ROWS,
    TABLES,
    Kind,
    Row,
)
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.content import rows
from orchestrator.store.file_mgr import files
from orchestrator.store.pool import Session
from orchestrator.usecases.scenes.look import NAMES, find_row
from orchestrator.wire.base import FieldProblem

CHANGED = "Somebody else changed this meanwhile. Look at what is marked, then save again."


@dataclass(frozen=True, slots=True)
class Turn:
    """Be a project in its turn: nobody else changes its rows until the transaction ends."""

    session: Session
    tenant_id: UUID
    project_id: UUID
    rows: list[Row]

    def siblings(self, kind: Kind, parent: UUID | None) -> list[Row]:
        """Give the live rows of one list."""
        return [r for r in self.rows if r.kind == kind and r.parent == parent and not r.deleted]


@asynccontextmanager
async def turn(deps: Deps, tenant_id: UUID, project_id: UUID) -> AsyncIterator[Turn]:
    """Take a project's turn; raises NotFound."""
    async with deps.db.transaction() as session:
        if not await rows.lock(session, tenant_id, project_id):
            raise NotFound("project", project_id)
        every = await rows.read_all(session, tenant_id, project_id)
        yield Turn(session, tenant_id, project_id, every)


async def make_row(
    deps: Deps, tenant_id: UUID, kind: Kind, holder: UUID, row_id: UUID, given: Mapping[str, Any]
) -> Row:
    """Make a row in a project, or in a scene for its children; the same id again gives it.

    Raises NotFound, Conflict (`key_exists`, `key_deleted`, `too_many_rows`, `project_full`),
    Invalid with every problem.
    """
    parent = holder if kind in CHILDREN else None
    project_id = holder
    if parent is not None:
        scene = await find_row(deps.db.session(), tenant_id, "scene", parent)
        project_id = _live(scene).project_id
    values = dict(given)
    key = values.pop("key", "")
    async with turn(deps, tenant_id, project_id) as now:
        for known in now.rows:
            if known.id == row_id:
                return known
        require_room(len(now.rows), 1)
        _check_key(now, kind, parent, key)
        live = now.siblings(kind, parent)
        place = values.pop("position", len(live))
        row = made(kind, row_id, project_id, key=key, parent=parent, given=values)
        await _check(now, row, None)
        last = max((one.fields["position"] for one in live), default=-1)
        if place >= len(live):
            written: tuple[Row, ...] = (edited(row, {"position": last + 1}),)
        else:
            written = moved(row, live, place)
        await rows.write(now.session, tenant_id, project_id, written)
        await rows.touch(now.session, tenant_id, project_id)
        await _note(now, "row.make", row)
        return next(one for one in written if one.id == row_id)


async def edit_row(
    deps: Deps,
    tenant_id: UUID,
    kind: Kind,
    row_id: UUID,
    given: Mapping[str, Any],
    seen: Row | None = None,
) -> Row:
    """Write a person's values; a `position` moves the row within its list.

    `seen` is the row that the person decided by: what of it others changed meanwhile is not
    written over. Raises NotFound, Conflict (`row_deleted`, `row_changed`), Invalid with every
    problem.
    """
    values = dict(given)
    place = values.pop("position", None)

    def change(row: Row, now: Turn) -> tuple[Row, ...]:
        _require_unchanged(_live(row), values, seen)
        row = edited(row, values)
        if place is None:
            return (row,)
        return moved(row, now.siblings(kind, row.parent), place)

    return await _changed(deps, tenant_id, kind, row_id, change, "row.edit")


async def reset_row(
    deps: Deps, tenant_id: UUID, kind: Kind, row_id: UUID, names: tuple[str, ...]
) -> Row:
    """Give columns back to the template; raises as `edit_row`, and for names that are none."""
    fields = TABLES[kind].edited
    wrong = [
        FieldProblem(
            code="unknown_field",
            place=f"fields.{number}",
            message=f"{name[:100]!r} is no field to reset; there are: {', '.join(fields)}",
        )
        for number, name in enumerate(names)
        if name not in fields
    ]
    if wrong:
        raise Invalid(f"{wrong[0].message}.", wrong, "unknown_field")

    def change(row: Row, _: Turn) -> tuple[Row, ...]:
        return (reset(_live(row), names),)

    return await _changed(deps, tenant_id, kind, row_id, change, "row.reset")


async def delete_row(deps: Deps, tenant_id: UUID, kind: Kind, row_id: UUID) -> None:
    """Delete a row softly: it can be restored, and an import that finds it again revives it."""
    await _changed(deps, tenant_id, kind, row_id, _deleted(deleted=True), "row.delete")


async def restore_row(deps: Deps, tenant_id: UUID, kind: Kind, row_id: UUID) -> Row:
    """Bring a deleted row back under its id; one that is live stays as it is."""
    return await _changed(deps, tenant_id, kind, row_id, _deleted(deleted=False), "row.restore")


async def _changed(
    deps: Deps,
    tenant_id: UUID,
    kind: Kind,
    row_id: UUID,
    change: Callable[[Row, Turn], tuple[Row, ...]],
    action: Action,
) -> Row:
    """Change a row in its project's turn, and write whatever else changes with it."""
    first = await find_row(deps.db.session(), tenant_id, kind, row_id)
    async with turn(deps, tenant_id, first.project_id) as now:
        # Read anew: it may have changed, or be gone with its scene, before the turn came.
        row = await find_row(now.session, tenant_id, kind, row_id)
        written = change(row, now)
        after = next(one for one in written if one.id == row_id)
        if action in ("row.edit", "row.reset"):
            await _check(now, after, row)
        await rows.write(now.session, tenant_id, first.project_id, written)
        await rows.touch(now.session, tenant_id, first.project_id)
        if after != row:
            await _note(now, action, after, row)
        return after


def _deleted(*, deleted: bool) -> Callable[[Row, Turn], tuple[Row, ...]]:
    return lambda row, _: (replace(row, deleted=deleted),)


async def _note(now: Turn, action: Action, row: Row, before: Row | None = None) -> None:
    """Tell the audit log which row of the project it was, and what of it changed."""
    was = {} if before is None else before.fields
    changed = [name for name, value in row.fields.items() if before and value != was.get(name)]
    about = {"kind": row.kind, "key": row.key[:100], "row": str(row.id)}
    fields = " ".join(changed) or None
    target = ("project", now.project_id)
    await note_caller(now.session, action, target, now.tenant_id, **about, fields=fields)


def _require_unchanged(row: Row, values: Mapping[str, Any], seen: Row | None) -> None:
    lost = [
        FieldProblem(code="row_changed", place=name, message="somebody changed this meanwhile")
        for name, value in values.items()
        if seen is not None and row.fields[name] not in (seen.fields[name], value)
    ]
    if lost:
        raise Conflict(CHANGED, "row_changed", lost)


def _live(row: Row) -> Row:
    if row.deleted:
        raise Conflict(
            f"The {NAMES[row.kind]} {row.id} was deleted. Restore it first.", "row_deleted"
        )
    return row


def require_room(rows_now: int, more: int) -> None:
    """Raise Conflict (`project_full`) when a project would have more rows than it may."""
    if more and rows_now + more > MAX_PROJECT_ROWS:
        raise Conflict(
            f"The project would have more than {MAX_PROJECT_ROWS} rows, deleted ones too. "
            "Duplicate it: a copy begins without the deleted ones.",
            "project_full",
        )


def _check_key(now: Turn, kind: Kind, parent: UUID | None, key: str) -> None:
    known = [r for r in now.rows if r.kind == kind and r.parent == parent]
    if sum(not row.deleted for row in known) >= MAX_ROWS:
        raise Conflict(f"There are {MAX_ROWS} already, the most that fit.", "too_many_rows")
    for row in known:
        if kind == "preset" or row.key != key:
            continue
        if row.deleted:
            raise Conflict(
                f"A {NAMES[kind]} {key!r} was deleted. Restore {row.id} instead.", "key_deleted"
            )
        raise Conflict(
            f"There is a {NAMES[kind]} {key!r} already: {row.id}. Choose another key.",
            "key_exists",
        )


async def _check(now: Turn, row: Row, before: Row | None) -> None:
    found = problems(row, now.rows, before)
    poster = row.fields.get("poster_file_id")
    if poster is not None and (before is None or before.fields["poster_file_id"] != poster):
        file = await files.file_get(now.session, now.tenant_id, UUID(str(poster)))
        if file is None or file.kind != "image":
            message = f"there is no picture {poster}; send it to /v1/files first"
            found.append(FieldProblem(code="unknown_file", place="poster_file_id", message=message))
    if found:
        told = "; ".join(problem.message for problem in found[:3])
        raise Invalid(f"The {NAMES[row.kind]} cannot be kept: {told}.", found, "bad_row")
