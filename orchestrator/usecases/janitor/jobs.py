"""Drop what finished jobs and tasks left behind: frames, bound copies, facts, in the end rows.

The mark of a job is set before its objects go, so that nobody brings it back meanwhile, and what
was broken off is taken up again. What is published stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from orchestrator.store.cleanup import jobs
from orchestrator.store.cleanup.jobs import Taken, WithBound
from orchestrator.store.cleanup.rules import Rule
from orchestrator.usecases.janitor.batches import AT_ONCE, Run

BROKEN_OFF_S = 900.0
"""Longer than any run: whoever took a job so long ago was ended while clearing it."""
TASKS_AT_ONCE = 20


async def frames(run: Run, rule: Rule) -> int:
    """Clear jobs that are done or cancelled, and tasks without a job; give how many."""
    cleared = await run.batches(partial(_take, run, rule, ("done", "cancelled")))
    return cleared + await run.batches(partial(_loose, run, rule))


async def failed(run: Run, rule: Rule) -> int:
    """Clear failed jobs: from then on a person cannot bring back what they had made."""
    return await run.batches(partial(_take, run, rule, ("failed",)))


async def bound_copies(run: Run, rule: Rule) -> int:
    """Drop the bound copies of jobs that ended for good; give how many jobs."""
    return await run.batches(partial(_bound, run, rule))


async def once_more(run: Run) -> int:
    """Clear what was broken off, and once more what may have come late; give how many jobs."""

    async def batch() -> tuple[int, int]:
        session = run.deps.db.session()
        taken = await jobs.take_again(session, BROKEN_OFF_S, run.late_s, AT_ONCE)
        return len(taken), await _clear(run, taken)

    return await run.batches(batch)


async def old_tasks(run: Run) -> int:
    """Delete tasks, attempts and events whose retention is over; give how many jobs and tasks."""
    days = run.deps.settings.retention_tasks_days
    session = run.deps.db.session()

    async def batch() -> tuple[int, int]:
        old = await jobs.old_loose_tasks(session, days, AT_ONCE)
        done = 0
        for task_id in old:
            if await _clear_loose(run, task_id):
                done += await jobs.delete_loose(session, task_id)
        return len(old), done

    dropped = await run.batches(batch)
    return dropped + await jobs.drop_tasks(session, days, TASKS_AT_ONCE)


async def _take(run: Run, rule: Rule, states: Sequence[str]) -> tuple[int, int]:
    taken = await jobs.take(run.deps.db.session(), rule, states, AT_ONCE)
    return len(taken), await _clear(run, taken)


async def _clear(run: Run, taken: Sequence[Taken]) -> int:
    """Clear jobs that were taken; give how many."""
    cleared = 0
    for job in taken:
        keep = await jobs.keys_to_keep(run.deps.db.session(), job.id)
        if await run.clear(f"attempts/{job.id}/", keep):
            async with run.deps.db.transaction() as session:
                cleared += await jobs.note_cleared(session, job)
    return cleared


async def _bound(run: Run, rule: Rule) -> tuple[int, int]:
    session = run.deps.db.session()
    found = await jobs.with_bound(session, rule, AT_ONCE)
    dropped = 0
    for job in found:
        if await _drop_bound(run, job):
            dropped += await jobs.note_bound(session, job.id)
    return len(found), dropped


async def _drop_bound(run: Run, job: WithBound) -> bool:
    """Delete a job's bound copies: by their names, or with all that is left once these are gone."""
    session = run.deps.db.session()
    if job.is_last:
        return await run.clear(f"attempts/{job.id}/", await jobs.keys_to_keep(session, job.id))
    for key in await jobs.bound_keys(session, job.id):
        if not await run.delete(key):
            return False
    return True


async def _loose(run: Run, rule: Rule) -> tuple[int, int]:
    session = run.deps.db.session()
    found = await jobs.loose_tasks(session, rule, AT_ONCE)
    dropped = 0
    for task_id in found:
        if await _clear_loose(run, task_id):
            dropped += await jobs.note_loose(session, task_id)
    return len(found), dropped


async def _clear_loose(run: Run, task_id: int) -> bool:
    return await run.clear(f"attempts/none/{task_id}/", frozenset())
