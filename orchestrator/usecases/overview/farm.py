"""Say how the farm is: one sentence, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orchestrator.deps import Deps
from orchestrator.store.overview import figures
from orchestrator.store.pool import Record
from orchestrator.usecases.health.look import Depths, Gauges

Word = Literal["well", "late", "idle_nodes_missing", "overdue", "people_needed"]


@dataclass(frozen=True, slots=True)
class Overview:
    """Be the first page: the word for the farm's state, and its figures."""

    word: Word
    depths: Depths
    figures: Record
    failures: list[Record]
    first_preview_s: tuple[float | None, float | None]

    def count(self, gauge: str, state: str) -> int:
        """Give one figure, 0 where nothing is in that state."""
        return self.depths.get(gauge, {}).get(state, 0)


async def look(deps: Deps) -> Overview:
    """Read the figures and judge them."""
    session = deps.db.session()
    depths = await deps.shared(Gauges).look()
    found = await figures.figures(session)
    return Overview(
        word=judge(depths, found),
        depths=depths,
        figures=found,
        failures=await figures.failures(session),
        first_preview_s=await figures.first_previews(session),
    )


def judge(depths: Depths, found: Record) -> Word:
    """Choose the word: what needs a person first, then what will be late."""
    nodes, queue = depths.get("nodes", {}), depths.get("queue", {})
    if queue.get("ready", 0) and not nodes.get("online", 0):
        return "idle_nodes_missing"
    if nodes.get("quarantined", 0):
        return "people_needed"
    if depths.get("leases", {}).get("overdue", 0):
        return "overdue"
    if found["at_risk"]:
        return "late"
    return "well"
