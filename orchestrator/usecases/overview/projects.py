"""List templates of every tenant for the farm's own people, and find whose one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.overview import projects
from orchestrator.store.overview.projects import ProjectFilter, ProjectLine


@dataclass(frozen=True, slots=True)
class Projects:
    """Be one page of projects; `more` is the last one's place when others follow."""

    lines: list[ProjectLine]
    more: tuple[datetime, UUID] | None


async def list_projects(
    deps: Deps, wanted: ProjectFilter, before: tuple[datetime, UUID] | None, limit: int
) -> Projects:
    """Give a page of projects, the newest first."""
    found = await projects.page(deps.db.session(), wanted, before, limit + 1)
    shown = found[:limit]
    more = (shown[-1].created_at, shown[-1].id) if len(found) > limit else None
    return Projects(shown, more)


async def owner_of(deps: Deps, project_id: UUID) -> UUID:
    """Give whose project it is; raises NotFound."""
    tenant = await projects.owner(deps.db.session(), project_id)
    if tenant is None:
        raise NotFound("project", project_id)
    return tenant


async def scan_owner_of(deps: Deps, scan_id: UUID) -> tuple[UUID, UUID]:
    """Give (tenant, project) of a full scan; raises NotFound."""
    found = await projects.scan_owner(deps.db.session(), scan_id)
    if found is None:
        raise NotFound("scan", scan_id)
    return found
