"""Drop objects that rows stand for: the object first, then its row, so that nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from orchestrator.store.cleanup import rows
from orchestrator.store.cleanup.rows import Table
from orchestrator.store.cleanup.rules import Rule
from orchestrator.store.file_mgr import uploads as sessions
from orchestrator.usecases.janitor.batches import AT_ONCE, Run

LOG_PIECES = 5000


async def exports(run: Run, rule: Rule) -> int:
    """Drop published results; nothing else ever does."""
    return await run.batches(partial(_drop, run, rows.EXPORTS, rule))


async def snapshots(run: Run, rule: Rule) -> int:
    """Drop snapshots that nobody used for so long."""
    return await run.batches(partial(_snapshots, run, rule))


async def deleted_files(run: Run, rule: Rule) -> int:
    """Drop files and fonts that were deleted, once no task names them."""
    dropped = await run.batches(partial(_drop, run, rows.FONTS, rule))
    return dropped + await run.batches(partial(_drop, run, rows.FILES, rule))


async def uploads(run: Run, rule: Rule) -> int:
    """Delete the parts of uploads that are over at once, and their rows when nothing can come."""
    kept = replace(rule, keep_s=max(rule.keep_s, int(run.late_s)))
    return await run.batches(partial(_uploads, run, kept))


async def bundles(run: Run, rule: Rule) -> int:
    """Drop bundles that were replaced, once no project and no late render wants them."""
    return await run.batches(partial(_bundles, run, rule))


async def logs(run: Run, rule: Rule) -> int:
    """Delete the logs of attempts."""
    return await rows.drop_logs(run.deps.db.session(), rule, LOG_PIECES)


async def _snapshots(run: Run, rule: Rule) -> tuple[int, int]:
    session = run.deps.db.session()
    found = await rows.due(session, rows.SNAPSHOTS, rule, AT_ONCE)
    dropped = 0
    for row in found:
        if row.object_key is not None and await run.clear(row.object_key, frozenset()):
            dropped += await rows.drop(session, rows.SNAPSHOTS, row)
    return len(found), dropped


async def _bundles(run: Run, rule: Rule) -> tuple[int, int]:
    session = run.deps.db.session()
    found = await rows.take_bundles(session, rule, AT_ONCE)
    dropped = 0
    for bundle_id, object_key in found:
        if await run.delete(object_key):
            dropped += await rows.note_bundle(session, bundle_id, object_key)
    return len(found), dropped


async def _drop(run: Run, table: Table, rule: Rule) -> tuple[int, int]:
    session = run.deps.db.session()
    found = await rows.due(session, table, rule, AT_ONCE)
    dropped = 0
    for row in found:
        if row.object_key is None or await run.delete(row.object_key):
            dropped += await rows.drop(session, table, row)
    return len(found), dropped


async def _uploads(run: Run, rule: Rule) -> tuple[int, int]:
    session = run.deps.db.session()
    found = await sessions.to_drop(session, rule, AT_ONCE)
    dropped = 0
    for one in found:
        if await run.clear(one.object_key, frozenset()):
            dropped += await sessions.note_dropped(session, one)
    return len(found), dropped
