"""Handle uploads in parts: begin, put or sign parts, look, complete, give up; and the quota."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from orchestrator.api.clients.objects import chunks
from orchestrator.api.clients.uploads import clean_name
from orchestrator.api.route import Call, KeyScope, Raw, route
from orchestrator.errors import BadRequest, Forbidden
from orchestrator.usecases.uploads import begin
from orchestrator.usecases.uploads.finish import finish
from orchestrator.usecases.uploads.quotas import storage_use
from orchestrator.wire.content.uploads import (
    StorageUse,
    Upload,
    UploadAddresses,
    UploadAddressesAsk,
    UploadCreate,
    UploadDone,
    UploadPart,
    UploadPartQuery,
)

CLIENT = KeyScope("template", "render")
TAGS = ("uploads",)


def _require_author(call: Call[Any], project_id: UUID | None) -> None:
    """Raise Forbidden for a template sent with a key that may only send files."""
    if project_id is not None and not call.key.scopes & {"template", "admin"}:
        raise Forbidden("This key may not change templates. Use one with the scope template.")


@route(
    "POST",
    "/v1/uploads",
    summary="Begin an upload in parts",
    auth=CLIENT,
    body=UploadCreate,
    answer=Upload,
    code=201,
    tags=TAGS,
)
async def create_upload(call: Call[None], body: UploadCreate) -> Upload:
    """Announce a template or a file; its parts may come in any order, and more than once."""
    _require_author(call, body.project_id)
    wanted = body.model_copy(update={"name": clean_name(body.name)})
    return await begin.begin(call.deps, call.tenant_id, call.new_id, wanted)


@route(
    "GET",
    "/v1/uploads/{id}",
    summary="Describe an upload",
    auth=CLIENT,
    answer=Upload,
    tags=TAGS,
)
async def get_upload(call: Call[None]) -> Upload:
    """Answer which parts are stored."""
    return await begin.look(call.deps, call.tenant_id, call.params["id"])


@route(
    "PUT",
    "/v1/uploads/{id}/parts/{number:int}",
    summary="Send one part",
    auth=CLIENT,
    query=UploadPartQuery,
    body=Raw("application/octet-stream"),
    answer=UploadPart,
    tags=TAGS,
)
async def put_upload_part(call: Call[UploadPartQuery]) -> UploadPart:
    """Store one part; once this is answered, it outlives a crash."""
    row = await begin.find(call.deps, call.tenant_id, call.params["id"])
    _require_author(call, row.project_id)
    begin.require_open(row)
    number = call.params["number"]
    begin.require_part(row, number)
    length = call.request.content_length
    if length is not None and length != row.part_bytes(number):
        raise BadRequest(
            f"Part {number} has {row.part_bytes(number)} bytes; {length} are announced.",
            "size_mismatch",
        )
    return await begin.take_part(call.deps, row, number, chunks(call.request), call.query.sha256)


@route(
    "POST",
    "/v1/uploads/{id}/addresses",
    summary="Ask where to put parts of a presigned upload",
    auth=CLIENT,
    body=UploadAddressesAsk,
    answer=UploadAddresses,
    tags=TAGS,
)
async def sign_upload_parts(call: Call[None], body: UploadAddressesAsk) -> UploadAddresses:
    """Sign an address of the storage for each part; each takes exactly the bytes of its hash."""
    row = await begin.find(call.deps, call.tenant_id, call.params["id"])
    _require_author(call, row.project_id)
    begin.require_open(row)
    return begin.addresses(call.deps, row, body)


@route(
    "POST",
    "/v1/uploads/{id}/complete",
    summary="Complete an upload",
    auth=CLIENT,
    answer=UploadDone,
    tags=TAGS,
)
async def complete_upload(call: Call[None]) -> UploadDone:
    """Join the parts, check them, and keep the template or the file."""
    row = await begin.find(call.deps, call.tenant_id, call.params["id"])
    _require_author(call, row.project_id)
    return await finish(call.deps, call.tenant_id, row.id)


@route(
    "POST",
    "/v1/uploads/{id}/abort",
    summary="Give an upload up",
    auth=CLIENT,
    answer=Upload,
    tags=TAGS,
)
async def abort_upload(call: Call[None]) -> Upload:
    """Take no more parts; those that came are deleted."""
    row = await begin.find(call.deps, call.tenant_id, call.params["id"])
    _require_author(call, row.project_id)
    return await begin.abort(call.deps, call.tenant_id, row.id)


@route(
    "GET",
    "/v1/storage",
    summary="Say how much is stored",
    auth=KeyScope(),
    answer=StorageUse,
    tags=TAGS,
)
async def get_storage(call: Call[None]) -> StorageUse:
    """Answer the tenant's use of its storage, and its limits."""
    return await storage_use(call.deps, call.tenant_id)


ROUTES = (
    create_upload,
    get_upload,
    put_upload_part,
    sign_upload_parts,
    complete_upload,
    abort_upload,
    get_storage,
)
