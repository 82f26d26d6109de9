"""Cancel a job for its client."""

from __future__ import annotations

from uuid import UUID

from orchestrator.errors import Conflict, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.pool import Database
from orchestrator.store.render import moves
from orchestrator.usecases.jobs.ending import end_job


async def cancel(db: Database, tenant_id: UUID, job_id: UUID) -> None:
    """Cancel a job of this tenant; one that is cancelled already is left as it is.

    Raises NotFound for another tenant's job, Conflict for one that is done or failed.
    """
    async with db.transaction() as session:
        job = await moves.lock(session, job_id)
        if job is None or job.tenant_id != tenant_id:
            raise NotFound("render", job_id)
        if job.state == "cancelled":
            return
        if await end_job(session, job, "cancel"):
            await note_caller(session, "render.cancel", ("render", job_id), tenant_id)
            return
        raise Conflict(f"Render {job_id} is {job.state} already; there is nothing to cancel.")
