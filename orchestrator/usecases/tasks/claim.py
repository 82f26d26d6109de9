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
from orchestrator.store.pool import Session
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
    session = deps.db.claims()
    leased = await queue.answered(session, node_id, request.request_id)
    if leased is None:
        leased = await _wait_for_work(deps, node_id, request)
    return ClaimAnswer(grants=await make_grants(deps, deps.db.session(), leased))


async def _wait_for_work(deps: Deps, node_id: UUID, request: ClaimRequest) -> list[Leased]:
    """Try, and at each wake-up try again, until there is work or the time is over."""
    clock = asyncio.get_running_loop().time
    wait_s = min(request.wait_s, deps.settings.claim_wait_s)
    ends = clock() + wait_s * random.uniform(0.9, 1.0)  # noqa: S311 - spreads, keeps no secret
    able = _Able(await tasks.bundle_ids(deps.db.session(), request.bundles))
    while True:
        heard = deps.wakeups.count
        leased = await _try_once(deps, node_id, request, able)
        left = ends - clock()
        if leased or left <= 0 or deps.stopping.is_set():
            return leased
        poll = deps.settings.poll_every_s * random.uniform(0.8, 1.2)  # noqa: S311 - as above
        await deps.wakeups.wait(min(left, poll), since=heard)


class _Able:
    """Remember, for one claim, which classes its node can serve and which bundles it has."""

    def __init__(self, bundle_ids: list[int]) -> None:
        self.bundle_ids = bundle_ids
        self.class_ids: list[int] = []
        self._newest = 0

    async def refresh(self, session: Session, node: NodeSession) -> None:
        """Look at classes that are new since the last look."""
        able = Capabilities.model_validate(node.capabilities, strict=False)
        for class_id, document in await tasks.classes_after(session, self._newest):
            self._newest = class_id
            if serves(able, node.platform, from_document(document)):
                self.class_ids.append(class_id)


async def _try_once(deps: Deps, node_id: UUID, request: ClaimRequest, able: _Able) -> list[Leased]:
    """Claim what there is now; none for a node that may not, or that has no slot free."""
    session = deps.db.claims()
    number = request.session_id.int
    node = await sessions.check(session, number, node_id) if number < 2**63 else None
    if node is None:
        raise Conflict("This session is over. Register again.", "session_lost")
    slots = min(request.slots, node.slots - node.leases)
    if node.node_state != "online":
        return []
    if slots < 1:
        # Perhaps filled by this very request on a connection that has broken since.
        return await queue.answered(session, node_id, request.request_id) or []
    await able.refresh(session, node)
    if not able.class_ids:
        return []
    try:
        return await queue.claim(
            session,
            class_ids=able.class_ids,
            bundle_ids=able.bundle_ids,
            slots=slots,
            session_id=number,
            seed=secrets.token_bytes(32),
            request_id=request.request_id,
            window=AFFINITY_WINDOW,
        )
    except Duplicate:
        # The same request on another connection was faster: its answer is this one's too.
        return await queue.answered(session, node_id, request.request_id) or []
