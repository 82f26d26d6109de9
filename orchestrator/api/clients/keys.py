"""Handle the API keys of the caller's tenant."""

from __future__ import annotations

from orchestrator.api.cursors import PageQuery, page_of, place_of
from orchestrator.api.route import Call, KeyScope, route
from orchestrator.errors import Forbidden
from orchestrator.usecases.keys.make import make_key
from orchestrator.usecases.keys.manage import list_keys, revoke_key
from orchestrator.wire.resources import KeyCreate, KeyCreated, KeyPage

ADMIN = KeyScope("admin")


@route(
    "POST",
    "/v1/api-keys",
    summary="Make an API key; its secret is shown once",
    auth=ADMIN,
    body=KeyCreate,
    answer=KeyCreated,
    code=201,
    tags=("keys",),
    secret=True,
)
async def create_api_key(call: Call[None], body: KeyCreate) -> KeyCreated:
    """Make a key with the wanted scopes; who may not reach the farm's nodes gives it to nobody."""
    if "operator" in body.scopes and "operator" not in call.key.scopes:
        raise Forbidden("The scope operator is for the farm's own tenant. Leave it out.")
    return await make_key(
        call.deps.db,
        call.tenant_id,
        body.name,
        body.scopes,
        expires_at=body.expires_at,
        key_id=call.new_id,
    )


@route(
    "GET",
    "/v1/api-keys",
    summary="List the tenant's API keys",
    auth=ADMIN,
    query=PageQuery,
    answer=KeyPage,
    tags=("keys",),
)
async def list_api_keys(call: Call[PageQuery]) -> KeyPage:
    """List the keys, newest first, without secrets."""
    limit, before = call.query.limit, place_of(call.query.cursor)
    found = await list_keys(call.deps.db, call.tenant_id, before, limit)
    meta = page_of([(one.created_at, one.id) for one in found], limit)
    return KeyPage(data=tuple(found), meta=meta)


@route(
    "DELETE",
    "/v1/api-keys/{id}",
    summary="Revoke an API key at once",
    auth=ADMIN,
    tags=("keys",),
    code=204,
)
async def revoke_api_key(call: Call[None]) -> None:
    """Revoke; the key's next call is refused."""
    await revoke_key(call.deps.db, call.tenant_id, call.params["id"])


ROUTES = (create_api_key, list_api_keys, revoke_api_key)
