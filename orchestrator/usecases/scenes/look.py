"""Read rows of the editor and describe them."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from orchestrator.core.importing.edit import origins, template_values
from orchestrator.core.importing.rows import CHILDREN, Kind, Row
from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.content import rows
from orchestrator.store.pool import Session
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.snapshots.look import address
from orchestrator.wire.content.editor import EditorRow

V = TypeVar("V", bound=EditorRow)
NAMES: dict[Kind, str] = {
    "scene": "scene",
    "element": "scene element",
    "scene_color": "scene colour",
    "shared_color": "shared colour",
    "control": "shared control",
    "preset": "colour preset",
}


async def find_row(session: Session, tenant_id: UUID, kind: Kind, row_id: UUID) -> Row:
    """Read a row, also a deleted one; raises NotFound."""
    row = await rows.read_one(session, tenant_id, kind, row_id)
    if row is None:
        raise NotFound(NAMES[kind], row_id)
    return row


async def list_rows(
    deps: Deps,
    tenant_id: UUID,
    kind: Kind,
    holder: UUID,
    *,
    after: tuple[int, UUID] | None,
    limit: int,
    deleted: bool,
) -> list[Row]:
    """Give the rows of a project, or of a scene for its children, in their order."""
    session = deps.db.session()
    if kind in CHILDREN:
        await find_row(session, tenant_id, "scene", holder)
    else:
        await find_project(deps, tenant_id, holder)
    return await rows.read_page(
        session, tenant_id, kind, holder, after=after, limit=limit, deleted=deleted
    )


def describe(row: Row, view: type[V]) -> V:
    """Describe a row as the message of its kind."""
    own: dict[str, object] = {} if row.parent is None else {"scene_id": row.parent}
    if row.snapshot_key is not None:
        own["snapshot_url"] = address(row.project_id, row.snapshot_key)
    if row.kind != "preset":
        own["key"] = row.key
    return view.model_validate(
        {
            **row.fields,
            **own,
            "id": row.id,
            "project_id": row.project_id,
            "deleted": row.deleted,
            "origins": origins(row),
            "template_values": template_values(row),
        },
        strict=False,
    )
