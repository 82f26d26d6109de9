"""Make and read projects."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.content import projects
from orchestrator.store.content.projects import BundleRow, ProjectRow
from orchestrator.wire.base import FieldProblem, Fps
from orchestrator.wire.resources import BundleInfo, Project, ProjectCreate


async def make_project(
    deps: Deps, tenant_id: UUID, project_id: UUID, wanted: ProjectCreate
) -> Project:
    """Make an empty project under the given id; the same id again gives what it is."""
    async with deps.db.transaction() as session:
        if await projects.project_insert(
            session,
            project_id=project_id,
            tenant_id=tenant_id,
            name=wanted.name,
            aspect=wanted.aspect,
            mode=wanted.mode,
        ):
            await note_caller(session, "project.make", ("project", project_id), tenant_id)
    return describe(await find_project(deps, tenant_id, project_id))


async def find_project(deps: Deps, tenant_id: UUID, project_id: UUID) -> ProjectRow:
    """Read a project of the tenant; raises NotFound."""
    row = await projects.project_get(deps.db.session(), tenant_id, project_id)
    if row is None:
        raise NotFound("project", project_id)
    return row


async def list_projects(
    deps: Deps, tenant_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Project]:
    """Give projects, newest first."""
    rows = await projects.project_page(deps.db.session(), tenant_id, before, limit)
    return [describe(row) for row in rows]


def bundle_of(project: ProjectRow) -> BundleRow:
    """Give the project's bundle; raises Conflict (`no_bundle`) when none was uploaded."""
    if project.bundle is None:
        raise Conflict(
            f"Project {project.id} has no template yet. "
            f"Upload its .aep or .zip to /v1/projects/{project.id}/bundle first.",
            "no_bundle",
        )
    return project.bundle


def bundle_info(project: ProjectRow) -> BundleInfo:
    """Describe the project's bundle; raises Conflict (`no_bundle`)."""
    bundle = bundle_of(project)
    return BundleInfo(
        md5=bundle.md5,
        sha256=bundle.sha256,
        size_bytes=bundle.size_bytes,
        is_bundle=bundle.kind == "zip",
        aep_path=bundle.aep_path,
        files=bundle.files,
        fonts=tuple(bundle.fonts),
        problems=tuple(FieldProblem(**problem) for problem in bundle.problems),
        uploaded_at=project.bundle_uploaded_at or project.created_at,
    )


def describe(row: ProjectRow) -> Project:
    """Describe a project as its tenant sees it."""
    fps = None
    if row.fps_num is not None and row.fps_den is not None:
        fps = Fps(num=row.fps_num, den=row.fps_den)
    return Project(
        id=row.id,
        name=row.name,
        state=row.state,
        template_id=row.template_id,
        aspect=row.aspect,
        mode=row.mode,
        convention_version=row.convention_version,
        bundle=None if row.bundle is None else bundle_info(row),
        width=row.width,
        height=row.height,
        fps=fps,
        scanned_at=row.scanned_at,
        created_at=row.created_at,
    )
