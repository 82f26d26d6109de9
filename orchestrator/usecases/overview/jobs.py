"""List jobs of every tenant for the farm's own people, and gather what a job's page shows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from orchestrator.core.scheduling.eta import Eta
from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.overview import jobs
from orchestrator.store.overview.jobs import JobFilter, JobLine
from orchestrator.store.pool import Record
from orchestrator.store.ranges import Spans, from_sql
from orchestrator.usecases.overview.many import AT_ONCE, Many, each
from orchestrator.usecases.renders.eta import etas_of
from orchestrator.wire.frames import count, minus

STRETCHES_MOST = 400
"""Pieces of a strip of frames: more of them are narrower than a pixel."""
FrameState = Literal["done", "doing", "failed", "left"]
_PREFIX = re.compile(r"[0-9a-f-]{4,36}")
_WORSE: tuple[FrameState, ...] = ("done", "left", "doing", "failed")
_DOING: dict[str, FrameState] = {
    "leased": "doing",
    "running": "doing",
    "failed": "failed",
    "quarantined": "failed",
}


@dataclass(frozen=True, slots=True)
class Jobs:
    """Be one page of jobs; `more` is the last one's place when others follow."""

    lines: list[JobLine]
    etas: dict[UUID, Eta]
    more: tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Be neighbouring frames that are alike; `first` counts from 0 within the job."""

    first: int
    count: int
    state: FrameState


async def list_jobs(
    deps: Deps, wanted: JobFilter, before: tuple[datetime, UUID] | None, limit: int
) -> Jobs:
    """Give a page of jobs, the newest first, with estimates of when they are done."""
    found = await jobs.page(deps.db.session(), wanted, before, limit + 1)
    shown = found[:limit]
    more = (shown[-1].created_at, shown[-1].id) if len(found) > limit else None
    etas = await etas_of(deps, [(one.tenant_id, one) for one in shown])
    return Jobs(shown, etas, more)


def ids_like(text: str) -> tuple[UUID, UUID] | None:
    """Give the span of ids that begin with a text; None for one that no id begins with."""
    plain = text.strip().lower()
    if _PREFIX.fullmatch(plain) is None:
        return None
    digits = plain.replace("-", "")
    if not 4 <= len(digits) <= 32:
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


async def projects_called(deps: Deps, name: str) -> list[UUID]:
    """Give the templates that a search for renders may mean by a name."""
    return await jobs.projects_called(deps.db.session(), name, AT_ONCE)


async def tenant_of(deps: Deps, job_id: UUID) -> UUID:
    """Give whose job it is; raises NotFound."""
    tenant = await jobs.tenant_of_job(deps.db.session(), job_id)
    if tenant is None:
        raise NotFound("render", job_id)
    return tenant


async def tenants(deps: Deps) -> list[Record]:
    """List the tenants by name."""
    return await jobs.tenants(deps.db.session())


async def ordered(deps: Deps, tenant_id: UUID, job_id: UUID) -> Record:
    """Give what was ordered; raises NotFound."""
    row = await jobs.ordered(deps.db.session(), tenant_id, job_id)
    if row is None:
        raise NotFound("render", job_id)
    return row


async def strip(deps: Deps, tenant_id: UUID, job_id: UUID) -> list[Stretch]:
    """Give what became of a job's frames, in their order."""
    return strip_of(await jobs.frames(deps.db.session(), tenant_id, job_id))


def strip_of(chunks: Sequence[Any]) -> list[Stretch]:
    """Put chunks (frames, done, state, progress) together.

    Frames of a whole job stay on the node, which tells how many are done but not which: they are
    shown as the first ones.
    """
    found: list[tuple[int, int, FrameState]] = []
    for chunk in chunks:
        frames, done = from_sql(chunk["frames"]), from_sql(chunk["done"])
        if chunk["state"] == "succeeded":
            done = frames
        elif not done:
            done = _first(frames, int(chunk["progress"].get("frames", {}).get("done", 0)))
        rest = _DOING.get(chunk["state"], "left")
        found += [(first, last, "done") for first, last in done]
        found += [(first, last, rest) for first, last in minus(frames, done)]
    found.sort()
    base = found[0][0] if found else 0
    return [Stretch(first - base, last - first + 1, state) for first, last, state in found]


def coarse(strip: Sequence[Stretch], most: int = STRETCHES_MOST) -> list[Stretch]:
    """Give a strip that can be drawn: of many short stretches the worst frame says what a piece is.

    So one frame that failed among ten thousand is seen.
    """
    total = strip[-1].first + strip[-1].count if strip else 0
    if all(one.count * most >= total for one in strip):
        return list(strip)
    size = -(-total // most)
    states: list[FrameState] = ["done"] * -(-total // size)
    for one in strip:
        for place in range(one.first // size, (one.first + one.count - 1) // size + 1):
            states[place] = max(states[place], one.state, key=_WORSE.index)
    found: list[Stretch] = []
    for place, state in enumerate(states):
        first = place * size
        count = min(size, total - first)
        if found and found[-1].state == state:
            count += found[-1].count
            first = found.pop().first
        found.append(Stretch(first, count, state))
    return found


def _first(frames: Spans, many: int) -> Spans:
    taken: list[tuple[int, int]] = []
    for first, last in frames:
        left = many - count(taken)
        if left <= 0:
            break
        taken.append((first, min(last, first + left - 1)))
    return tuple(taken)


async def priorities(deps: Deps, job_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Give the priorities that jobs have now."""
    return await jobs.priorities(deps.db.session(), list(job_ids[:AT_ONCE]))


async def change_jobs(
    deps: Deps, job_ids: Sequence[UUID], change: Callable[[UUID, UUID], Awaitable[None]]
) -> Many:
    """Do something to jobs one by one: `change(tenant_id, job_id)`; raises as `each` does."""

    async def do(job_id: UUID) -> None:
        await change(await tenant_of(deps, job_id), job_id)

    return await each(job_ids, do)
