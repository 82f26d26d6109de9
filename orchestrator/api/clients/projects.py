"""Handle template projects and their bundles."""

from __future__ import annotations

from aiohttp import web

from orchestrator.api.clients.uploads import received
from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, Raw, Upload, route
from orchestrator.usecases.projects import look
from orchestrator.usecases.projects.keep_bundle import keep_bundle
from orchestrator.wire.resources import (
    BundleInfo,
    Project,
    ProjectCreate,
    ProjectPage,
)

AUTHOR = KeyScope("template")
READER = KeyScope("template", "render")


@route(
    "POST",
    "/v1/projects",
    summary="Make an empty template project",
    auth=AUTHOR,
    body=ProjectCreate,
    answer=Project,
    code=201,
    tags=("projects",),
)
async def create_project(call: Call[None], body: ProjectCreate) -> Project:
    """Make a project; upload its template next."""
    return await look.make_project(call.deps, call.tenant_id, call.new_id, body)


@route(
    "GET",
    "/v1/projects",
    summary="List projects",
    auth=READER,
    query=PageQuery,
    answer=ProjectPage,
    tags=("projects",),
)
async def list_projects(call: Call[PageQuery]) -> ProjectPage:
    """List the tenant's projects, newest first."""
    limit = call.query.limit
    place = place_of(call.query.cursor)
    found = await look.list_projects(call.deps, call.tenant_id, place, limit)
    return ProjectPage(
        data=tuple(found), meta=page_of([(one.created_at, one.id) for one in found], limit)
    )


@route(
    "GET",
    "/v1/projects/{id}",
    summary="Describe a project",
    auth=READER,
    answer=Project,
    tags=("projects",),
)
async def get_project(call: Call[None]) -> Project:
    """Answer what the project is."""
    return look.describe(await look.find_project(call.deps, call.tenant_id, call.params["id"]))


@route(
    "POST",
    "/v1/projects/{id}/bundle",
    summary="Upload the template (.aep or .zip)",
    auth=AUTHOR,
    body=Upload("file"),
    answer=Project,
    code=201,
    tags=("projects",),
)
async def upload_bundle(call: Call[None]) -> Project:
    """Check and keep the template; jobs that run go on with the one they began with."""
    project_id = call.params["id"]
    await look.find_project(call.deps, call.tenant_id, project_id)
    async with received(call, "file", call.deps.settings.max_bundle_bytes) as file:
        return await keep_bundle(call.deps, call.tenant_id, project_id, file.path, file.sha256)


@route(
    "GET",
    "/v1/projects/{id}/bundle",
    summary="Describe the template",
    auth=READER,
    answer=BundleInfo,
    tags=("projects",),
)
async def get_bundle(call: Call[None]) -> BundleInfo:
    """Answer the template's size and hashes."""
    return look.bundle_info(await look.find_project(call.deps, call.tenant_id, call.params["id"]))


@route(
    "GET",
    "/v1/projects/{id}/bundle/content",
    summary="Download the template",
    auth=AUTHOR,
    answer=Raw("application/octet-stream"),
    code=303,
    tags=("projects",),
)
async def download_bundle(call: Call[None]) -> web.Response:
    """Redirect to a signed address that serves the bytes for a while."""
    project = await look.find_project(call.deps, call.tenant_id, call.params["id"])
    bundle = look.bundle_of(project)
    name = bundle.object_key.rpartition("/")[2]
    url = call.deps.objects.sign_get(bundle.object_key, call.deps.settings.url_ttl_s, name)
    return web.Response(status=303, headers={"Location": url})


ROUTES = (
    create_project,
    list_projects,
    get_project,
    upload_bundle,
    get_bundle,
    download_bundle,
)
