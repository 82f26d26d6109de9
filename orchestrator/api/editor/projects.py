"""Handle changes of a project as a whole: name, state, copies."""

from __future__ import annotations

from orchestrator.api.route import Call, KeyScope, route
from orchestrator.ids import new_id
from orchestrator.usecases.projects import edit
from orchestrator.wire.content.projects import ProjectDuplicate, ProjectPatch
from orchestrator.wire.resources import Project

AUTHOR = KeyScope("template")


@route(
    "PATCH",
    "/v1/projects/{id}",
    summary="Rename, publish or archive a project",
    auth=AUTHOR,
    body=ProjectPatch,
    answer=Project,
    tags=("projects",),
)
async def edit_project(call: Call[None], body: ProjectPatch) -> Project:
    """Change what is given."""
    return await edit.edit_project(call.deps, call.tenant_id, call.params["id"], body)


@route(
    "POST",
    "/v1/projects/{id}/duplicate",
    summary="Copy a project for another aspect",
    auth=AUTHOR,
    body=ProjectDuplicate,
    answer=Project,
    code=201,
    tags=("projects",),
)
async def duplicate_project(call: Call[None], body: ProjectDuplicate) -> Project:
    """Copy scenes, fields, colours and presets with their keys; upload the copy's template next."""
    return await edit.duplicate_project(
        call.deps, call.tenant_id, call.params["id"], call.new_id, body, new_id
    )


ROUTES = (edit_project, duplicate_project)
