"""Follow a job's events from a place on, until the job has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.render import jobs
from orchestrator.usecases.renders.eta import shown_eta
from orchestrator.wire.renders import JobEvent

LOOK_EVERY_S = 0.4


async def must_exist(deps: Deps, tenant_id: UUID, job_id: UUID) -> None:
    """Raise NotFound unless the tenant has this job."""
    if await jobs.finished(deps.db.session(), tenant_id, job_id) is None:
        raise NotFound("render", job_id)


async def follow(
    deps: Deps, tenant_id: UUID, job_id: UUID, after: int
) -> AsyncIterator[list[JobEvent]]:
    """Give batches of events in order; an empty one each time nothing new was found.

    Events that happened in one stroke share an id and stand in one batch.

    Ends when the job has ended and everything was given, and when the server stops.
    """
    session = deps.db.session()
    while not deps.stopping.is_set():
        # Asked before reading, so that no event can come between the last read and the end.
        ended = await jobs.finished(session, tenant_id, job_id)
        rows = await jobs.events_after(session, tenant_id, job_id, after)
        events = [
            JobEvent(id=row["id"], job_id=row["job_id"], type=row["type"], at=row["at"], data=data)
            for row in rows
            for data in _shown(deps, row["type"], row["payload"])
        ]
        if events:
            after = events[-1].id
            yield await _with_eta(deps, tenant_id, events)
            continue
        if ended in {True, None}:
            return
        yield []
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await deps.stopping.wait()
        except TimeoutError:
            continue


async def _with_eta(deps: Deps, tenant_id: UUID, events: list[JobEvent]) -> list[JobEvent]:
    """Let the newest progress say when the job will be done; what is older is history."""
    newest = max((n for n, one in enumerate(events) if one.type == "progress"), default=None)
    if newest is None:
        return events
    one = events[newest]
    row = await jobs.job_get(deps.db.session(), tenant_id, one.job_id)
    told = await shown_eta(deps, tenant_id, row)
    events[newest] = one.model_copy(update={"data": {**one.data, **told}})
    return events


def _shown(deps: Deps, kind: str, payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what a row tells: one event, or one for each of the tasks that it speaks of.

    A preview's address is signed now, in place of the key that only the farm can use.
    """
    if kind == "task" and "task_ids" in payload:
        rest = {name: payload[name] for name in ("kind", "state")}
        for task_id, attempt in zip(payload["task_ids"], payload["attempts"], strict=True):
            yield {"task_id": task_id, "attempt": attempt, **rest}
    elif kind == "preview":
        rest = {name: value for name, value in payload.items() if name != "key"}
        yield {**rest, "url": deps.objects.sign_get(payload["key"], deps.settings.url_ttl_s)}
    else:
        yield payload
