"""Move nodes by an admin's wish: drain, resume, quarantine, retire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from orchestrator.core.audit import Action
from orchestrator.core.machines.node import NODE
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.pool import Database
from orchestrator.store.render import nodes
from orchestrator.usecases.nodes.views import get_node
from orchestrator.wire.resources import Node

Wish = Literal["drain", "resume", "quarantine", "retire"]
UNTOLD: Final = "A person quarantined it."
_ACTIONS: Final[Mapping[Wish, Action]] = {
    "drain": "node.drain",
    "resume": "node.resume",
    "quarantine": "node.quarantine",
    "retire": "node.retire",
}


async def move_node(db: Database, node_id: UUID, wish: Wish, reason: str | None = None) -> Node:
    """Do what an admin asks and give the node; asking again changes nothing.

    `resume` ends a drain or a quarantine. Work that runs goes on; drained and quarantined nodes
    only get no more. A quarantine that a person asks for is not probed. What changed is written
    into the audit log. Raises NotFound, and Conflict when the node's state does not allow it.
    """
    async with db.transaction() as session:
        node = await nodes.lock(session, node_id)
        if node is None:
            raise NotFound("node", node_id)
        state = node["state"]
        event = "release" if wish == "resume" and state == "quarantined" else wish
        already = state == NODE.target(event) or (wish == "resume" and state == "online")
        if wish == "quarantine":
            reason = reason or UNTOLD
        if not already and not await nodes.move(session, node_id, event, reason):
            raise Conflict(f"Node {node['name']} is {state}; it cannot {wish} now.")
        if wish == "quarantine" and already:
            await nodes.hold(session, node_id, reason or UNTOLD)
        if wish == "resume":
            await nodes.half_open(session, node_id, 0)
        if not already or wish == "quarantine":
            detail = {"from": state, "to": NODE.target(event), "reason": reason}
            await note_caller(session, _ACTIONS[wish], ("node", node_id), None, **detail)
    return await get_node(db, node_id)
