"""Handle the files that clients send."""

from __future__ import annotations

from orchestrator.api.clients.uploads import received
from orchestrator.api.route import Call, KeyScope, Upload, route
from orchestrator.usecases.files.keep import get_file, keep_file
from orchestrator.wire.resources import FileInfo

CLIENT = KeyScope("render", "template")


@route(
    "POST",
    "/v1/files",
    summary="Send a picture, a sound or a video",
    auth=CLIENT,
    body=Upload("file"),
    answer=FileInfo,
    code=201,
    tags=("files",),
)
async def create_file(call: Call[None]) -> FileInfo:
    """Take one file, make it safe for the engine, and answer what it became."""
    async with received(call, "file", call.deps.settings.max_file_bytes) as file:
        return await keep_file(
            call.deps,
            call.tenant_id,
            call.new_id,
            file.path,
            name=file.name,
            sha256=file.sha256,
        )


@route(
    "GET",
    "/v1/files/{id}",
    summary="Describe a file",
    auth=CLIENT,
    answer=FileInfo,
    tags=("files",),
)
async def get_one_file(call: Call[None]) -> FileInfo:
    """Answer what the file is."""
    return await get_file(call.deps, call.tenant_id, call.params["id"])


ROUTES = (create_file, get_one_file)
