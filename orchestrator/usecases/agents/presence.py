"""Move a node to where a sign of life puts it."""

from __future__ import annotations

from uuid import UUID

from orchestrator.core.machines.node import NODE
from orchestrator.store.pool import Session
from orchestrator.store.render import nodes


async def appear(session: Session, node_id: UUID, state: str, *, drain_requested: bool) -> str:
    """Bring a node that is not there online, or back to draining; give its state now."""
    if state not in NODE.sources("appear"):
        return state
    event = "drain" if drain_requested else "appear"
    return NODE.target(event) if await nodes.move(session, node_id, event) else state
