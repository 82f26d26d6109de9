"""Plan a render by what is known of its template and of the nodes that are idle now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.picture import Picture
from orchestrator.core.scheduling.classes import Requirements, lacks
from orchestrator.core.scheduling.pace import work_s
from orchestrator.core.scheduling.plans import SAVES_S, Work, choose_plan, chunk_frames
from orchestrator.core.scheduling.waiting import NodeFacts
from orchestrator.deps import Deps
from orchestrator.store.render import waiting
from orchestrator.store.render.plans import pace
from orchestrator.wire.base import EngineKind
from orchestrator.wire.renders import Plan, RenderOrder


@dataclass(frozen=True, slots=True)
class Planned:
    """Say how a job is done; `chunk_frames` is None while its template's pace is not known."""

    plan: Plan
    chunk_frames: int | None = None


async def plan_of(deps: Deps, tenant_id: UUID, order: RenderOrder, picture: Picture) -> Planned:
    """Choose a plan and the size of its chunks; nodes are looked at only where they may matter."""
    session = deps.db.session()
    known = await pace.read(session, tenant_id, order.project_id, order.engine)
    if order.plan == "single" or known is None:
        return Planned(order.plan or "single")
    if order.plan is None and work_s(known, picture.frames) <= SAVES_S:
        return Planned("single")
    idle = idle_alike(await waiting.nodes(session), order.engine)
    work = Work(picture.frames, picture.width * picture.height)
    plan = choose_plan(order.plan, known, work, idle)
    return Planned(plan, chunk_frames(known, picture.frames, idle))


def idle_alike(nodes: list[NodeFacts], engine: EngineKind) -> int:
    """Count the idle nodes of the largest engine class: one build, system and GPU mode.

    A busy node counts nowhere: what waits already comes first there.
    """
    wanted = Requirements("frames", engine)
    alike: Counter[tuple[str, str, bool]] = Counter()
    for node in nodes:
        able = node.capabilities
        if node.state != "online" or node.leases or able is None:
            continue
        if lacks(able, node.platform, wanted):
            continue
        kinds = {(one.version, one.gpu) for one in able.engines if one.kind == engine}
        alike.update((node.platform, version, gpu) for version, gpu in kinds)
    return max(alike.values(), default=0)
