"""Follow a job's events from a place on, until the job has ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import NotFound, TooMany
from orchestrator.store.render import jobs
from orchestrator.usecases.renders.eta import shown_eta
from orchestrator.wire.renders import JobEvent

LOOK_EVERY_S = 0.4
LOOKS_PER_S = 250
"""Of all who follow at a server together; each look is two questions to the database."""
OF_A_TENANT = 1000
IN_ALL = 4000


async def must_exist(deps: Deps, tenant_id: UUID, job_id: UUID) -> None:
    """Raise NotFound unless the tenant has this job."""
    if await jobs.finished(deps.db.session(), tenant_id, job_id) is None:
        raise NotFound("render", job_id)


class Followers:
    """Count who follows jobs at a server, so that one tenant's many do not ask the database dry."""

    def __init__(self, _: Deps) -> None:
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def following(self, tenant_id: UUID) -> Iterator[None]:
        """Be one of them in this block. Raises TooMany (`too_many_streams`)."""
        if self._open[tenant_id] >= OF_A_TENANT or self._open.total() >= IN_ALL:
            raise TooMany(
                "Too many streams of events are open. Close some, or look at renders in lists.",
                "too_many_streams",
            )
        self._open[tenant_id] += 1
        try:
            yield
        finally:
            self._open[tenant_id] -= 1
            if not self._open[tenant_id]:
                del self._open[tenant_id]

    @property
    def pause_s(self) -> float:
        """Give how long each waits between two looks: the longer, the more there are."""
        return max(LOOK_EVERY_S, self._open.total() / LOOKS_PER_S)


async def follow(
    deps: Deps, tenant_id: UUID, job_id: UUID, after: int
) -> AsyncIterator[list[JobEvent]]:
    """Give batches of events in order; an empty one each time nothing new was found.

    Events that happened in one stroke share an id and stand in one batch.

    Ends when the job has ended and everything was given, and when the server stops.
    """
    followers = deps.shared(Followers)
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
            async with asyncio.timeout(followers.pause_s):
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
