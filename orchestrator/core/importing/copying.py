"""Copies the rows of a project for another aspect of the same template."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from uuid import UUID

from orchestrator.core.importing.rows import CHILDREN, Row


def copied(rows: Collection[Row], project_id: UUID, ids: Callable[[], UUID]) -> tuple[Row, ...]:
    """Give every live row under a new id, with its key, values, edits and memory of the scan."""
    live = {row.id: row for row in rows if not row.deleted}
    kept = [row for row in live.values() if row.kind not in CHILDREN or row.parent in live]
    new = {row.id: ids() for row in kept}
    made = []
    for row in kept:
        fields = dict(row.fields)
        if row.kind == "scene_color" and fields["shared_color_id"] is not None:
            shared = new.get(UUID(fields["shared_color_id"]))
            fields["shared_color_id"] = None if shared is None else str(shared)
        parent = None if row.parent is None else new[row.parent]
        made.append(
            replace(row, id=new[row.id], project_id=project_id, parent=parent, fields=fields)
        )
    return tuple(made)
