"""Handle nodes for admins: look at them, enrol new ones, drain, resume, quarantine, retire."""

from __future__ import annotations

from orchestrator.api.cursors import PageQuery
from orchestrator.api.route import Call, KeyScope, route
from orchestrator.usecases.batches.credentials import NodeCredentials
from orchestrator.usecases.nodes.enrolments import make_enrolment
from orchestrator.usecases.nodes.moves import Wish, move_node
from orchestrator.usecases.nodes.views import get_node, list_nodes
from orchestrator.wire.resources import (
    EnrolmentCreate,
    EnrolmentCreated,
    Node,
    NodePage,
    NodeQuarantine,
)

OPERATOR = KeyScope("operator")
TAGS = ("nodes",)


@route(
    "GET",
    "/v1/nodes",
    summary="List nodes by name",
    auth=OPERATOR,
    query=PageQuery,
    answer=NodePage,
    tags=TAGS,
)
async def list_all_nodes(call: Call[PageQuery]) -> NodePage:
    """List nodes that are not retired."""
    return await list_nodes(call.deps.db, call.query.cursor, call.query.limit)


@route("GET", "/v1/nodes/{id}", summary="Describe a node", auth=OPERATOR, answer=Node, tags=TAGS)
async def describe_node(call: Call[None]) -> Node:
    """Answer what a node is and how it does."""
    return await get_node(call.deps.db, call.params["id"])


@route(
    "POST",
    "/v1/nodes/enrolments",
    summary="Make a one-time token for a new node",
    auth=OPERATOR,
    body=EnrolmentCreate,
    answer=EnrolmentCreated,
    code=201,
    tags=TAGS,
    secret=True,
)
async def create_enrolment(call: Call[None], body: EnrolmentCreate) -> EnrolmentCreated:
    """Make a token; it is shown this once."""
    return await make_enrolment(call.deps.db, f"{call.key.actor_kind}:{call.key.actor_id}", body)


@route(
    "POST",
    "/v1/nodes/{id}/drain",
    summary="Let a node finish and take no more",
    auth=OPERATOR,
    answer=Node,
    tags=TAGS,
    once=True,
)
async def drain_node(call: Call[None]) -> Node:
    """Drain a node."""
    return await _move(call, "drain")


@route(
    "POST",
    "/v1/nodes/{id}/resume",
    summary="End a drain or a quarantine",
    auth=OPERATOR,
    answer=Node,
    tags=TAGS,
    once=True,
)
async def resume_node(call: Call[None]) -> Node:
    """Let a node take work again."""
    return await _move(call, "resume")


@route(
    "POST",
    "/v1/nodes/{id}/quarantine",
    summary="Trust a node no more",
    auth=OPERATOR,
    body=NodeQuarantine,
    answer=Node,
    tags=TAGS,
    once=True,
)
async def quarantine_node(call: Call[None], body: NodeQuarantine) -> Node:
    """Quarantine a node until a person resumes it; no probe lets it go."""
    return await _move(call, "quarantine", body.reason)


@route(
    "POST",
    "/v1/nodes/{id}/retire",
    summary="Take a node out for good",
    auth=OPERATOR,
    answer=Node,
    tags=TAGS,
    once=True,
)
async def retire_node(call: Call[None]) -> Node:
    """Retire a node; its credentials are refused from then on."""
    node = await _move(call, "retire")
    call.deps.shared(NodeCredentials).forget(node.id)
    return node


async def _move(call: Call[None], wish: Wish, reason: str | None = None) -> Node:
    return await move_node(call.deps.db, call.params["id"], wish, reason)


ROUTES = (
    list_all_nodes,
    describe_node,
    create_enrolment,
    drain_node,
    resume_node,
    quarantine_node,
    retire_node,
)
