"""Find out who calls: an API key, or a node by its signature."""

from __future__ import annotations

import re
import time

from aiohttp import web

from orchestrator.api.callers.people import has_session, person_calls
from orchestrator.api.route import Auth, KeyPrincipal, KeyScope, NodePrincipal, NodeSigned, Public
from orchestrator.core.accounts import scopes_of_key
from orchestrator.deps import Deps
from orchestrator.errors import Forbidden, Unauthorized
from orchestrator.usecases.batches.credentials import NodeCredentials
from orchestrator.usecases.keys.check import check_key
from orchestrator.usecases.keys.make import DEFAULT_TENANT
from orchestrator.usecases.keys.rates import Rates
from orchestrator.wire import signing

_BEARER = re.compile(r"Bearer +(\S{1,200})", re.IGNORECASE)


async def authenticate(
    auth: Auth, deps: Deps, request: web.Request, raw: bytes
) -> KeyPrincipal | NodePrincipal | None:
    """Check the credentials that the route asks for; None where it asks for none here.

    Raises Unauthorized (401), Forbidden (403), and TooMany (429) for those who call too often.
    `raw` is the body, which a node signs. Nodes are not counted: the farm paces them itself.
    """
    if isinstance(auth, KeyScope):
        try:
            is_person = has_session(deps, request)
            principal = await (person_calls if is_person else _key)(auth, deps, request)
        except Unauthorized:
            deps.shared(Rates).stranger(request.remote)
            raise
        deps.shared(Rates).key(principal.key_id)
        return principal
    if isinstance(auth, Public) and request.method == "POST":
        deps.shared(Rates).stranger(request.remote)
    if isinstance(auth, NodeSigned):
        return await _node(deps, request, raw)
    return None


async def _key(auth: KeyScope, deps: Deps, request: web.Request) -> KeyPrincipal:
    match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        raise Unauthorized("Send an API key in the header: Authorization: Bearer fr_...")
    row = await check_key(deps.db, match[1])
    scopes = scopes_of_key(row.scopes, of_the_farm=row.tenant_id == DEFAULT_TENANT)
    if not auth.allows(scopes):
        wanted = " or ".join(auth.scopes)
        raise Forbidden(f"This API key lacks the scope {wanted}. Use a key that has it.")
    return KeyPrincipal(row.tenant_id, row.id, scopes)


async def look_at_node(deps: Deps, request: web.Request) -> None:
    """See that a call names a node that may call, before anything is read that it signs.

    Raises Unauthorized. That the caller is this node is not shown by it.
    """
    await _known(deps, _signature(request))


def _signature(request: web.Request) -> signing.Signature:
    signature = signing.parse(request.headers.get("Authorization", ""))
    if signature is None:
        raise Unauthorized("Sign the call as a node: Authorization: FR1 node=...,v=...")
    return signature


async def _node(deps: Deps, request: web.Request, raw: bytes) -> NodePrincipal:
    signature = _signature(request)
    secret = deps.secrets.node_secret(signature.node_id, signature.key_version)
    if not signing.matches(signature, secret, request.method, request.raw_path, raw):
        raise Unauthorized("The signature does not fit the call. Enrol the node again.")
    offset_s = signature.time_s - time.time()
    if abs(offset_s) > signing.WINDOW_S:
        raise Unauthorized(
            f"The node's clock is off by {offset_s:.0f} s. Correct it by server_time.",
            "clock_skew",
        )
    await _known(deps, signature)
    return NodePrincipal(signature.node_id, signature.key_version)


async def _known(deps: Deps, signature: signing.Signature) -> None:
    row = await deps.shared(NodeCredentials).get(signature.node_id)
    if row is None:
        # An older database forgets nodes that are enrolled all the same: they must not give up.
        raise Unauthorized("This server does not know this node.", "unknown_node")
    if row.revoked or row.key_version != signature.key_version:
        raise Unauthorized(
            "This node's credentials were taken back. Enrol it again.", "node_revoked"
        )
