"""Show nodes to admins."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from orchestrator.errors import BadRequest, NotFound
from orchestrator.store.pool import Database
from orchestrator.store.render import nodes
from orchestrator.store.render.nodes import NodeRow
from orchestrator.wire.agent import Capabilities, HealthSample
from orchestrator.wire.base import Page
from orchestrator.wire.resources import Node, NodePage, NodeState


async def list_nodes(db: Database, cursor: str | None, limit: int) -> NodePage:
    """Give a page of nodes by name; raises BadRequest for a cursor that is none of ours."""
    after = _read_cursor(cursor) if cursor else None
    rows = await nodes.listed(db.session(), after, limit + 1)
    more = rows[limit - 1].id.hex if len(rows) > limit else None
    return NodePage(data=tuple(as_node(row) for row in rows[:limit]), meta=Page(next_cursor=more))


async def get_node(db: Database, node_id: UUID) -> Node:
    """Give one node; raises NotFound."""
    row = await nodes.get(db.session(), node_id)
    if row is None:
        raise NotFound("node", node_id)
    return as_node(row)


def as_node(row: NodeRow) -> Node:
    """Write a node's row as admins see it."""
    able = Capabilities.model_validate(row.capabilities, strict=False) if row.capabilities else None
    sample = HealthSample.model_validate(row.sample, strict=False) if row.sample else None
    offset_s = None if row.clock_offset_ms is None else row.clock_offset_ms / 1000
    return Node(
        id=row.id,
        name=row.name,
        state=cast("NodeState", row.state),
        state_reason=row.state_reason,
        probe_at=row.probe_at,
        conditions=tuple(row.conditions),
        platform=row.platform,
        agent_version=row.agent_version,
        capabilities=able,
        sample=sample,
        slots=row.slots,
        leases=row.leases,
        clock_offset_s=offset_s,
        last_seen_at=row.last_seen_at,
        created_at=row.created_at,
    )


def _read_cursor(cursor: str) -> UUID:
    try:
        return UUID(hex=cursor)
    except ValueError as error:
        raise BadRequest(
            "The cursor is not one of ours. Use next_cursor as given, or none.", "bad_cursor"
        ) from error
