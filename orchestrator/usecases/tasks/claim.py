"""Answer claims: held open until there is work, the same answer for the same request id."""

from __future__ import annotations

import asyncio
import random
import secrets
from uuid import UUID

from orchestrator.core.scheduling.classes import from_document, serves
from orchestrator.deps import Deps
from orchestrator.errors import Conflict
from orchestrator.store.faults import Duplicate
from orchestrator.store.render import queue, sessions, tasks
from orchestrator.store.render.queue import Leased
from orchestrator.store.render.sessions import NodeSession
from orchestrator.usecases.tasks.grants import make_grants
from orchestrator.wire.agent import Capabilities, ClaimRequest
from orchestrator.wire.tasks import ClaimAnswer

AFFINITY_WINDOW = 500
"""How many frames of virtual time a bundle that the node has in its cache may jump ahead."""


async def claim(deps: Deps, node_id: UUID, request: ClaimRequest) -> ClaimAnswer:
    """Lease tasks to a node, waiting for some up to `wait_s`, jittered; the answer may be empty.

    Raises Conflict (`session_lost`) when the session is over: the agent registers again.
    """
    clock = asyncio.get_running_loop().time
    wait_s = min(request.wait_s, deps.settings.claim_wait_s)
    ends = clock() + wait_s * random.uniform(0.9, 1.0)  # noqa: S311 - spreads, keeps no secret
    classes = _Classes()
    while True:
        heard = deps.wakeups.count
        leased = await _try_once(deps, node_id, request, classes)
        if leased:
            grants = await make_grants(deps, deps.db.session(), leased)
            return ClaimAnswer(grants=grants)
        left = ends - clock()
        if left <= 0 or deps.stopping.is_set():
            return ClaimAnswer()
        poll = deps.settings.poll_every_s * random.uniform(0.8, 1.2)  # noqa: S311 - as above
        await deps.wakeups.wait(min(left, poll), since=heard)


class _Classes:
    """Remember, for one claim, which classes its node can serve."""

    def __init__(self) -> None:
        self._newest = 0
        self.ids: list[int] = []

    async def refresh(self, deps: Deps, node: NodeSession) -> None:
        """Look at classes that are new since the last look."""
        able = Capabilities.model_validate(node.capabilities, strict=False)
        for class_id, document in await tasks.classes_after(deps.db.session(), self._newest):
            self._newest = class_id
            if serves(able, node.platform, from_document(document)):
                self.ids.append(class_id)


async def _try_once(
    deps: Deps, node_id: UUID, request: ClaimRequest, classes: _Classes
) -> list[Leased]:
    """Claim what there is now; none for a node that may not, or that has no slot free."""
    session = deps.db.claims()
    number = request.session_id.int
    node = await sessions.check(session, number, node_id) if number < 2**63 else None
    if node is None:
        raise Conflict("This session is over. Register again.", "session_lost")
    again = await queue.answered(session, node_id, request.request_id)
    slots = min(request.slots, node.slots - node.leases)
    if again is not None or node.node_state != "online" or slots < 1:
        return again or []
    await classes.refresh(deps, node)
    if not classes.ids:
        return []
    try:
        return await queue.claim(
            session,
            class_ids=classes.ids,
            bundle_ids=await tasks.bundle_ids(session, request.bundles),
            slots=slots,
            session_id=number,
            seed=secrets.token_bytes(32),
            request_id=request.request_id,
            window=AFFINITY_WINDOW,
        )
    except Duplicate:
        # The same request on another connection was faster: its answer is this one's too.
        return await queue.answered(session, node_id, request.request_id) or []
