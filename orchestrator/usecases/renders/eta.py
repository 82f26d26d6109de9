"""Foretell when a render will be done, by its template's pace and by who waits before it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

from orchestrator.core.machines.job import JOB
from orchestrator.core.scheduling.classes import lacks
from orchestrator.core.scheduling.eta import Eta, Line, Standing, estimate
from orchestrator.core.scheduling.waiting import NodeFacts, Waiting
from orchestrator.deps import Deps
from orchestrator.store.render import waiting
from orchestrator.store.render.jobs import JobRow
from orchestrator.store.render.plans import pace

SEEN_S = 5.0
MOST_S = 10_000_000.0


class Crowd:
    """Remember the farm's nodes for a few seconds: many ask, and they change slowly."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._seen_at = float("-inf")
        self._nodes: list[NodeFacts] = []
        self._turn = asyncio.Lock()

    async def nodes(self) -> list[NodeFacts]:
        """Give every node that is not retired."""
        async with self._turn:
            if time.monotonic() - self._seen_at > SEEN_S:
                self._nodes = await waiting.nodes(self._deps.db.session())
                self._seen_at = time.monotonic()
        return self._nodes


async def eta_of(deps: Deps, tenant_id: UUID, row: JobRow) -> Eta | None:
    """Give the estimate for a job; None when it has ended or nothing can be said."""
    if row.state not in JOB.active:
        return None
    session = deps.db.session()
    known = await pace.read(session, tenant_id, row.project_id, row.engine)
    nodes = await waiting.at_work(session, tenant_id, row.id)
    line = None
    if nodes == 0:
        tasks = await waiting.tasks(session, tenant_id, row.id, 1)
        line = _line(tasks[0], await deps.shared(Crowd).nodes()) if tasks else None
    return estimate(_standing(row, nodes), known, line)


async def shown_eta(deps: Deps, tenant_id: UUID, row: JobRow | None) -> dict[str, float]:
    """Give the estimate as a render and an event show it: nothing, or three times in seconds."""
    eta = None if row is None else await eta_of(deps, tenant_id, row)
    if eta is None:
        return {}
    times = {"eta_p50_s": eta.p50_s, "eta_p90_s": eta.p90_s, "wait_s": eta.wait_s}
    return {name: round(min(MOST_S, seconds), 1) for name, seconds in times.items()}


def _standing(row: JobRow, nodes: int) -> Standing:
    def done(stage: str) -> int:
        return row.progress.get(stage, {}).get("done", 0)

    began = row.started_at
    return Standing(
        frames=row.frames_total,
        frames_done=done("frames"),
        exported=done("export"),
        is_bound=done("bind") > 0,
        nodes=nodes,
        elapsed_s=0.0 if began is None else (datetime.now(UTC) - began).total_seconds(),
    )


def _line(task: Waiting, nodes: list[NodeFacts]) -> Line:
    able = [
        node
        for node in nodes
        if node.state == "online"
        and node.capabilities is not None
        and not lacks(node.capabilities, node.platform, task.wanted)
    ]
    return Line(task.ahead, sum(node.leases for node in able), sum(node.slots for node in able))
