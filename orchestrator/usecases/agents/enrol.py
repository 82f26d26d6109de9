"""Trade a one-time token for a node's credentials."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Unauthorized
from orchestrator.ids import new_id
from orchestrator.store.audit import Actor, caller, note
from orchestrator.store.faults import Duplicate
from orchestrator.store.pool import Session
from orchestrator.store.render import nodes
from orchestrator.wire.agent import EnrolAnswer, EnrolRequest

FIRST_VERSION = 1


async def enrol(deps: Deps, request: EnrolRequest) -> EnrolAnswer:
    """Make a node and give its secret; the secret is derived, so none is stored.

    The same again is answered the same until the node registers: an answer may have been lost.
    Raises Unauthorized for a token that is unknown, used or over, Conflict for a taken name.
    """
    try:
        async with deps.db.transaction() as session:
            node_id = await _node(session, request)
    except Duplicate as error:
        raise Conflict(
            f"A node named {request.name} exists already. Choose another name, or retire that one.",
            "node_name_taken",
        ) from error
    secret = deps.secrets.node_secret(node_id, FIRST_VERSION)
    text = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return EnrolAnswer(node_id=node_id, key_version=FIRST_VERSION, secret=text)


async def _node(session: Session, request: EnrolRequest) -> UUID:
    """Use the token up for a new node, or find the one that this very request has made."""
    digest = hashlib.sha256(request.enrolment_token.encode()).digest()
    token_id = await nodes.use_enrolment(session, digest)
    if token_id is not None:
        node_id = new_id()
        await nodes.insert(session, node_id, request.name, request.platform)
        await nodes.name_enrolled(session, token_id, node_id)
        by = Actor("node", str(node_id), caller().request_id, caller().address)
        detail = {"name": request.name}
        await note(session, by, "node.enrol", target=("node", node_id), detail=detail)
        return node_id
    made = await nodes.enrolled_again(
        session, digest, request.name, request.platform, FIRST_VERSION
    )
    if made is None:
        raise Unauthorized(
            "This enrolment token is unknown, used or over. Ask an admin for a new one.",
            "enrolment_token",
        )
    return made
