"""Let people who are signed in to the pages call the API, from our own pages only."""

from __future__ import annotations

import hmac
from uuid import UUID

from aiohttp import web

from orchestrator.api.route import KeyPrincipal, KeyScope
from orchestrator.core.accounts import scopes_of
from orchestrator.core.callers import is_from_elsewhere
from orchestrator.deps import Deps
from orchestrator.errors import BadRequest, Forbidden, Unauthorized
from orchestrator.usecases.accounts.sessions import csrf_of, find_session, token_in
from orchestrator.usecases.tenants.look import get_tenant

CSRF_HEADER = "X-CSRF-Token"
TENANT_HEADER = "X-Tenant"
"""The tenant for whom a person of the farm acts; without it the farm's own."""
_SAFE = frozenset({"GET", "HEAD"})


def has_session(deps: Deps, request: web.Request) -> bool:
    """Tell whether a call comes with a session's cookie and with no credentials of its own."""
    return "Authorization" not in request.headers and bool(_token(deps, request))


def _token(deps: Deps, request: web.Request) -> str:
    return token_in(request.cookies, deps.settings, is_https=request.secure)


async def person_calls(auth: KeyScope, deps: Deps, request: web.Request) -> KeyPrincipal:
    """Give the caller of a session's cookie.

    What changes something must carry the session's own value, which other sites cannot read.
    Raises Unauthorized, Forbidden, BadRequest (`bad_tenant`), NotFound for a tenant that is none.
    """
    token = _token(deps, request)
    session = await find_session(deps, token)
    if session is None or not session.whole:
        raise Unauthorized("You are signed out. Sign in again.", "signed_out")
    if request.method not in _SAFE:
        _must_be_ours(request, token)
    scopes = scopes_of(session.role, request.method)
    if not scopes or not auth.allows(scopes):
        raise Forbidden(f"Your role, {session.role}, does not allow this.")
    tenant = request.headers.get(TENANT_HEADER)
    try:
        tenant_id = UUID(tenant) if tenant else session.tenant_id
    except ValueError as error:
        raise BadRequest(f"{TENANT_HEADER} must be a tenant's id.", "bad_tenant") from error
    if tenant_id != session.tenant_id:
        await get_tenant(deps, tenant_id)  # What is made for nobody would belong to nobody.
    return KeyPrincipal(tenant_id, session.id, scopes, session.user_id, session.is_fresh)


def _must_be_ours(request: web.Request, token: str) -> None:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if is_from_elsewhere(site, origin, request.host, is_https=request.secure):
        raise Forbidden("This call was sent from another site.", "cross_site")
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_of(token).encode()):
        raise Forbidden("This page is out of date. Load it again.", "form_old")
