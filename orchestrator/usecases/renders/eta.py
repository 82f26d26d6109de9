"""Foretell when a render will be done, by its template's pace and by who waits before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from orchestrator.core.machines.job import JOB
from orchestrator.core.scheduling.eta import Eta, Line, Standing, estimate
from orchestrator.core.scheduling.waiting import Lookout
from orchestrator.deps import Deps
from orchestrator.store.render import waiting
from orchestrator.store.render.jobs import JobRow
from orchestrator.store.render.plans import pace

SEEN_S = 5.0
MOST_S = 10_000_000.0


class Ordered(Protocol):
    """Be a job of which is known how far it is."""

    @property
    def id(self) -> UUID: ...
    @property
    def project_id(self) -> UUID: ...
    @property
    def state(self) -> str: ...
    @property
    def engine(self) -> str: ...
    @property
    def frames_total(self) -> int | None: ...
    @property
    def progress(self) -> dict[str, Any]: ...
    @property
    def started_at(self) -> datetime | None: ...


class Crowd:
    """Remember the farm's nodes for a few seconds: many ask, and they change slowly."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._seen_at = float("-inf")
        self._seen = Lookout(())
        self._known: waiting.Known = {}
        self._turn = asyncio.Lock()

    async def nodes(self) -> Lookout:
        """Give every node that is not retired."""
        async with self._turn:
            if time.monotonic() - self._seen_at > SEEN_S:
                found = await waiting.nodes(self._deps.db.session(), self._known)
                for gone in self._known.keys() - {node.id for node in found}:
                    del self._known[gone]
                self._seen = Lookout(found)
                self._seen_at = time.monotonic()
        return self._seen


async def etas_of(deps: Deps, jobs: Sequence[tuple[UUID, Ordered]]) -> dict[UUID, Eta]:
    """Give the estimates for (tenant, job); one that has ended, or is unknown, is left out."""
    active = [(tenant_id, job) for tenant_id, job in jobs if job.state in JOB.active]
    if not active:
        return {}
    session = deps.db.session()
    names = {job.id: (tenant_id, job.project_id, job.engine) for tenant_id, job in active}
    paces = await pace.read_many(session, sorted(set(names.values())))
    places = await waiting.lines(session, [(tenant_id, job.id) for tenant_id, job in active])
    found = {}
    for _, job in active:
        place = places[job.id]
        line = None
        if place.at_work == 0 and place.wanted is not None:
            seen = (await deps.shared(Crowd).nodes()).standing(place.wanted)
            line = Line(place.ahead, seen.busy_slots, seen.slots)
        eta = estimate(_standing(job, place.at_work), paces.get(names[job.id]), line)
        if eta is not None:
            found[job.id] = eta
    return found


async def shown_eta(deps: Deps, tenant_id: UUID, row: JobRow | None) -> dict[str, float]:
    """Give the estimate as a render and an event show it: nothing, or three times in seconds."""
    eta = None if row is None else (await etas_of(deps, [(tenant_id, row)])).get(row.id)
    if eta is None:
        return {}
    times = {"eta_p50_s": eta.p50_s, "eta_p90_s": eta.p90_s, "wait_s": eta.wait_s}
    return {name: round(min(MOST_S, seconds), 1) for name, seconds in times.items()}


def _standing(row: Ordered, nodes: int) -> Standing:
    def done(stage: str) -> int:
        return int(row.progress.get(stage, {}).get("done", 0))

    began = row.started_at
    return Standing(
        frames=row.frames_total or 0,
        frames_done=done("frames"),
        exported=done("export"),
        is_bound=done("bind") > 0,
        nodes=nodes,
        elapsed_s=0.0 if began is None else (datetime.now(UTC) - began).total_seconds(),
    )
