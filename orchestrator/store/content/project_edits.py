"""Change projects as their authors do: name, state, container, copies."""

from __future__ import annotations

from uuid import UUID

from orchestrator.store.pool import Session


async def edit(
    session: Session,
    tenant_id: UUID,
    project_id: UUID,
    *,
    name: str | None,
    state: str | None,
    seen: str | None = None,
) -> bool:
    """Change what is not None; false when it is not there, has nothing to publish, or another name.

    The name that counts is `seen`, where it is given.
    """
    args = (tenant_id, project_id, name, state, seen)
    return await session.execute("project_edit", *args) > 0


async def give_container(
    session: Session, tenant_id: UUID, project_id: UUID, container_id: UUID, slug: str
) -> None:
    """Put a project that stands alone into a container of its own."""
    args = (tenant_id, project_id, container_id)
    if await session.fetchval("project_container_insert", *args, slug) is not None:
        await session.execute("project_container_set", *args)


async def copy(
    session: Session,
    tenant_id: UUID,
    source_id: UUID,
    copy_id: UUID,
    *,
    name: str | None,
    aspect: str,
    size: tuple[int, int] | None,
) -> bool:
    """Copy the project's own row into the same container; false when the id exists already."""
    width, height = size or (None, None)
    args = (tenant_id, source_id, copy_id, name, aspect, width, height)
    return await session.execute("project_copy", *args) > 0
