"""Clean up: everything that served its time, kind by kind, a bounded run at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog

from orchestrator.deps import Deps
from orchestrator.store.cleanup import rows, rules
from orchestrator.store.cleanup.rules import Kind, Rule
from orchestrator.store.file_mgr import uploads
from orchestrator.store.render import health
from orchestrator.usecases.janitor import jobs, stored
from orchestrator.usecases.janitor.batches import Run

ROWS_AT_ONCE = 1000
log = structlog.get_logger("janitor")
_KINDS: Mapping[Kind, Callable[[Run, Rule], Awaitable[int]]] = MappingProxyType(
    {
        "bound_copies": jobs.bound_copies,
        "frames": jobs.frames,
        "failed_jobs": jobs.failed,
        "exports": stored.exports,
        "snapshots": stored.snapshots,
        "uploads": stored.uploads,
        "deleted_files": stored.deleted_files,
        "logs": stored.logs,
        "bundles": stored.bundles,
    }
)


async def clean(deps: Deps) -> int:
    """Drop what the schedules and the settings no longer keep; give how many things.

    Published objects stay unless a schedule names exports. What a crash breaks off is taken up by
    a later run; several orchestrators may clean at once.
    """
    run = Run.begin(deps)
    session = deps.db.session()
    await uploads.expire(session)
    dropped = await jobs.once_more(run)
    for rule in await rules.read(session):
        count = await _KINDS[rule.kind](run, rule)
        await rules.note(session, rule, count)
        dropped += count
    await jobs.old_tasks(run)
    await rows.drop_old(
        session,
        events_days=deps.settings.retention_events_days,
        audit_days=deps.settings.retention_audit_days,
        limit=ROWS_AT_ONCE,
    )
    await health.tidy(session, deps.settings.retention_logs_days)
    if dropped:
        log.info("cleaned", dropped=dropped)
    return dropped


async def drop_months(deps: Deps) -> None:
    """Drop the months of logs whose retention is over.

    Raises Unavailable when somebody, such as a backup, keeps them locked: later will do.
    """
    dropped = await health.drop_months(deps.db.session(), deps.settings.retention_logs_days)
    if dropped:
        log.info("months_dropped", partitions=dropped)
