"""Rename, publish, archive and duplicate projects."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from uuid import UUID

from orchestrator.core.importing.copying import copied
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, FarmError, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.content import project_edits, rows
from orchestrator.usecases.projects.look import bundle_of, describe, find_project
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.content.projects import ProjectDuplicate, ProjectPatch
from orchestrator.wire.resources import Project


async def edit_project(
    deps: Deps,
    tenant_id: UUID,
    project_id: UUID,
    wanted: ProjectPatch,
    seen_name: str | None = None,
) -> Project:
    """Change name or state; a name is written only over the one that was seen, if that is told.

    Raises NotFound, Conflict (`no_bundle`) when nothing could be shown, (`row_changed`).
    """
    project = await find_project(deps, tenant_id, project_id)
    if wanted.state == "published":
        bundle_of(project)
    async with deps.db.transaction() as session:
        if not await project_edits.edit(
            session,
            tenant_id,
            project_id,
            name=wanted.name,
            state=wanted.state,
            seen=seen_name,
        ):
            raise await _not_edited(deps, tenant_id, project_id, seen_name)
        detail = {"from": project.state, "state": wanted.state, "name": wanted.name}
        await note_caller(session, "project.edit", ("project", project_id), tenant_id, **detail)
    return describe(await find_project(deps, tenant_id, project_id))


async def _not_edited(
    deps: Deps, tenant_id: UUID, project_id: UUID, seen_name: str | None
) -> FarmError:
    now = await find_project(deps, tenant_id, project_id)
    if seen_name is None or now.name == seen_name:
        return NotFound("project", project_id)
    message = f"meanwhile this became {now.name!r}"
    told = FieldProblem(code="row_changed", place="name", message=message)
    return Conflict("Somebody else renamed this meanwhile. Save again.", "row_changed", [told])


async def duplicate_project(
    deps: Deps,
    tenant_id: UUID,
    project_id: UUID,
    copy_id: UUID,
    wanted: ProjectDuplicate,
    ids: Callable[[], UUID],
) -> Project:
    """Copy a project and its live rows for another aspect; the same id again gives the copy.

    Keys stay, ids are new; the copy is a draft in the same container, without a bundle. Raises
    NotFound.
    """
    async with deps.db.transaction() as session:
        if not await rows.lock(session, tenant_id, project_id):
            raise NotFound("project", project_id)
        container = ids()
        slug = f"template-{container.hex[-12:]}"
        await project_edits.give_container(session, tenant_id, project_id, container, slug)
        if await project_edits.copy(
            session,
            tenant_id,
            project_id,
            copy_id,
            name=wanted.name,
            aspect=_aspect(wanted),
            size=_size(wanted),
        ):
            known = await rows.read_all(session, tenant_id, project_id)
            await rows.write(session, tenant_id, copy_id, copied(known, copy_id, ids))
            about = ("project", copy_id)
            await note_caller(
                session, "project.duplicate", about, tenant_id, project=str(project_id)
            )
    return describe(await find_project(deps, tenant_id, copy_id))


def _size(wanted: ProjectDuplicate) -> tuple[int, int] | None:
    if wanted.width is None or wanted.height is None:
        return None
    return wanted.width, wanted.height


def _aspect(wanted: ProjectDuplicate) -> str:
    """Give the aspect asked for, or that of the size, in smallest numbers."""
    if wanted.aspect is not None:
        width, height = (int(part) for part in wanted.aspect.split(":"))
    else:
        width, height = wanted.width or 1, wanted.height or 1
    common = gcd(width, height)
    return f"{width // common}:{height // common}"
