"""Say how the farm is: one sentence, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from orchestrator.deps import Deps
from orchestrator.store.overview import figures
from orchestrator.store.overview.figures import DueJob
from orchestrator.store.overview.jobs import JobFilter
from orchestrator.store.pool import Record
from orchestrator.usecases.health.look import Depths, Gauges, storage_warnings
from orchestrator.usecases.overview.attention import Attention, attention_of
from orchestrator.usecases.overview.jobs import Jobs, list_jobs
from orchestrator.usecases.renders.eta import MOST_S, etas_of

Word = Literal[
    "well", "look", "late", "idle_nodes_missing", "overdue", "people_needed", "storage_full"
]


WATCHED = 50
"""Jobs with a deadline that are looked at, the soonest first."""
SHORT = timedelta(minutes=15)
NOW = 6
"""Renders under way that the first page shows."""


@dataclass(frozen=True, slots=True)
class Late:
    """Be a job that may miss its deadline; `ends_at` is when it may be done, if that is known."""

    job: DueJob
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Be the first page: the word for the farm's state, and its figures."""

    word: Word
    depths: Depths
    figures: Record
    late: list[Late]
    failures: list[Record]
    first_preview_s: tuple[float | None, float | None]
    attention: Attention
    now: Jobs

    def count(self, gauge: str, state: str) -> int:
        """Give one figure, 0 where nothing is in that state."""
        return self.depths.get(gauge, {}).get(state, 0)


async def look(deps: Deps) -> Overview:
    """Read the figures and judge them."""
    session = deps.db.session()
    depths = await deps.shared(Gauges).look()
    late = await _late(deps)
    attention = await attention_of(deps)
    is_full = await storage_warnings(deps.objects)
    word = judge(depths, late=len(late), has_attention=bool(attention))
    return Overview(
        word="storage_full" if is_full else word,
        depths=depths,
        figures=await figures.figures(session),
        late=late,
        failures=await figures.failures(session),
        first_preview_s=await figures.first_previews(session),
        attention=attention,
        now=await list_jobs(deps, JobFilter(state="rendering"), None, NOW),
    )


async def _late(deps: Deps) -> list[Late]:
    """Give who will not be done by the deadline, as it looks now, the soonest deadline first.

    That is who has passed it, or nine times in ten will; of whom nobody knows how long it takes,
    who has less than SHORT left.
    """
    jobs = await figures.due(deps.db.session(), WATCHED)
    etas = await etas_of(deps, [(one.tenant_id, one) for one in jobs])
    found, now = [], datetime.now(UTC)
    for one in jobs:
        eta = etas.get(one.id)
        ends = None if eta is None else now + timedelta(seconds=min(eta.p90_s, MOST_S))
        if (ends or now + SHORT) > one.deadline_at:
            found.append(Late(one, ends))
    return found


def judge(depths: Depths, *, late: int, has_attention: bool = False) -> Word:
    """Choose the word: what needs a person first, then what will be late."""
    nodes, queue = depths.get("nodes", {}), depths.get("queue", {})
    if queue.get("ready", 0) and not nodes.get("online", 0):
        return "idle_nodes_missing"
    if nodes.get("quarantined", 0):
        return "people_needed"
    if depths.get("leases", {}).get("overdue", 0):
        return "overdue"
    if late:
        return "late"
    return "look" if has_attention else "well"
