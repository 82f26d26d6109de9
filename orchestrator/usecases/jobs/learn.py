"""Learn from a job that was done how fast its template goes."""

from __future__ import annotations

from uuid import UUID

from orchestrator.core.scheduling.pace import moved
from orchestrator.store.pool import Session
from orchestrator.store.render.plans import pace


async def learn(session: Session, job_id: UUID) -> None:
    """Let a done job into the averages of its template; one whose nodes told too little adds none.

    Two jobs of a template that end at the same moment may count as one.
    """
    seen = await pace.seen(session, job_id)
    if seen is None:
        return
    old = await pace.read(session, seen.tenant_id, seen.project_id, seen.engine)
    new = moved(old, seen.pace, seen.whole_s, seen.frames)
    await pace.write(session, seen.tenant_id, seen.project_id, seen.engine, new)
