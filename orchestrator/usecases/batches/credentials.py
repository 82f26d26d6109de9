"""Look up the credentials of nodes that call at the same moment together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.store.identity.credentials import NodeCredential, node_credentials
from orchestrator.usecases.batches.gather import Gather

MOST = 500


def node_credential(deps: Deps) -> Gather[UUID, NodeCredential | None]:
    """Make the desk; it answers None for a node that does not exist. Nothing is remembered."""
    return Gather(partial(_look, deps), most=MOST, at_once=2)


async def _look(deps: Deps, node_ids: Sequence[UUID]) -> list[NodeCredential | Exception | None]:
    found = await node_credentials(deps.db.session(), node_ids)
    return [found.get(node_id) for node_id in node_ids]
