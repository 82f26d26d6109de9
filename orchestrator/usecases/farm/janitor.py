"""Clean up: rows that served their time, and objects that finished jobs left behind."""

from __future__ import annotations

import structlog

from orchestrator.deps import Deps
from orchestrator.store.render import farm, health
from orchestrator.usecases.uploads.finish import drop_ended

KEEP_HOURS = 6
JOBS_AT_ONCE = 50
log = structlog.get_logger("janitor")


async def clean(deps: Deps) -> int:
    """Delete old rows and the leftovers of finished jobs; give how many jobs were cleared.

    Published objects stay. A job is noted as cleared after its objects are gone, so a crash in
    between only repeats deletions.
    """
    session = deps.db.session()
    await drop_ended(deps)
    await farm.drop_old(session)
    await health.tidy(session, deps.settings.retention_logs_days)
    await farm.drop_tasks(session, deps.settings.retention_tasks_days)
    jobs = await farm.jobs_to_clear(session, KEEP_HOURS, JOBS_AT_ONCE)
    for job_id in jobs:
        keep = await farm.published(session, job_id)
        await deps.objects.clear(f"attempts/{job_id}/", keep)
        async with deps.db.transaction() as work:
            await farm.note_cleared(work, job_id)
    return len(jobs)


async def drop_months(deps: Deps) -> None:
    """Drop the months of logs whose retention is over.

    Raises Unavailable when somebody, such as a backup, keeps them locked: later will do.
    """
    dropped = await health.drop_months(deps.db.session(), deps.settings.retention_logs_days)
    if dropped:
        log.info("months_dropped", partitions=dropped)
