"""Know the credentials of nodes that call: looked up together, remembered until they change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.store.identity.credentials import NodeCredential, node_credentials
from orchestrator.usecases.batches.gather import Gather

MOST = 500
REMEMBERED = 20_000
REMEMBERED_S = 60.0
PACE_S = 0.005
_NODE = "node "


class NodeCredentials:
    """Remember nodes' credentials as long as changes are heard of; otherwise ask each time.

    A change is heard at once by whoever listens to the database. Should that fail without a word,
    what is remembered is a minute old at most.
    """

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._desk = Gather(self._look, most=MOST, at_once=2, pace_s=PACE_S)
        self._known: dict[UUID, tuple[float, NodeCredential]] = {}
        self._changes = 0
        self._listens = False

    async def get(self, node_id: UUID) -> NodeCredential | None:
        """Give a node's credentials; None when it does not exist."""
        known = self._known.get(node_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        return await self._desk.ask(node_id)

    def heard(self, payload: str) -> None:
        """Take what the listening connection heard: `node <id>`, or that it listens at all."""
        self._listens = True
        if payload.startswith(_NODE):
            self.forget(UUID(payload.removeprefix(_NODE)))

    def forget(self, node_id: UUID) -> None:
        """Look this node up when it calls next."""
        self._changes += 1
        self._known.pop(node_id, None)

    def distrust(self) -> None:
        """Remember nothing: changes are not heard of any more."""
        self._changes += 1
        self._listens = False
        self._known.clear()

    async def _look(self, node_ids: Sequence[UUID]) -> list[NodeCredential | Exception | None]:
        changes = self._changes
        found = await node_credentials(self._deps.db.session(), node_ids)
        # What changed while the answer was under way may not be in it.
        if self._listens and changes == self._changes:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            until = time.monotonic() + REMEMBERED_S
            self._known.update({node_id: (until, one) for node_id, one in found.items()})
        return [found.get(node_id) for node_id in node_ids]
