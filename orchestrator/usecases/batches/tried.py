"""Look up the attempts that results speak of together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from orchestrator.deps import Deps
from orchestrator.errors import LeaseLost
from orchestrator.store.render import attempts
from orchestrator.store.render.attempts import Attempt
from orchestrator.store.render.settling import Claimed
from orchestrator.usecases.batches.gather import Gather

MOST = 256
PACE_S = 0.01


def tried(deps: Deps) -> Gather[Claimed, Attempt]:
    """Make the desk; it raises LeaseLost for a claim that never was an attempt's."""
    return Gather(partial(_look, deps), most=MOST, at_once=2, pace_s=PACE_S)


async def _look(deps: Deps, claims: Sequence[Claimed]) -> list[Attempt | Exception]:
    named = [
        (one.task_id, one.attempt, one.node_id, hashlib.sha256(one.token).digest())
        for one in claims
    ]
    found = await attempts.get_many(deps.db.session(), named)
    return [found.get(name) or LeaseLost(name[0], name[1]) for name in named]
