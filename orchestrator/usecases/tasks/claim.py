"""Answer claims: held open until there is work, the same answer for the same request id."""

from __future__ import annotations

import random
from uuid import UUID

import structlog

from orchestrator.deps import Deps
from orchestrator.usecases.batches.claims import ClaimDesk
from orchestrator.usecases.farm.epoch import EpochGate
from orchestrator.usecases.tasks.grants import make_grants
from orchestrator.wire.agent import ClaimRequest
from orchestrator.wire.tasks import ClaimAnswer

log = structlog.get_logger("tasks")


async def claim(deps: Deps, node_id: UUID, request: ClaimRequest) -> ClaimAnswer:
    """Lease tasks to a node, waiting for some up to `wait_s`, jittered; the answer may be empty.

    Raises Conflict (`session_lost`) when the session is over: the agent registers again,
    and Unavailable while it is not certain that the database is not one of the past.
    """
    await deps.shared(EpochGate).passed()
    wait_s = min(request.wait_s, deps.settings.claim_wait_s)
    wait_s *= random.uniform(0.9, 1.0)  # noqa: S311 - spreads, keeps no secret
    leased = await deps.shared(ClaimDesk).lease(node_id, request, wait_s)
    grants = await make_grants(deps, leased)
    for one in grants:
        log.info(
            "task_leased",
            job=str(one.job_id) if one.job_id else None,
            task=one.task_id,
            attempt=one.attempt,
            kind=one.spec.kind,
            node=str(node_id),
        )
    return ClaimAnswer(grants=grants)
