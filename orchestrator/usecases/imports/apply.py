"""Merge a reviewed diff into a project's rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from orchestrator.core.importing.diff import Change, Diff, Ref, diff
from orchestrator.core.importing.merge import chosen, merged
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.store.audit import note_caller
from orchestrator.store.content import rows
from orchestrator.usecases.imports.preview import count_changes
from orchestrator.usecases.imports.source import source_of
from orchestrator.usecases.scenes.change import require_room
from orchestrator.wire.content.importing import ImportApplied, ImportApply


async def apply_scan(
    deps: Deps, tenant_id: UUID, project_id: UUID, wanted: ImportApply, ids: Callable[[], UUID]
) -> ImportApplied:
    """Do exactly the reviewed changes, all or none; the same call again changes nothing.

    Raises NotFound, Invalid (`bad_picks`) with every problem, Conflict (`diff_changed`) when the
    rows or the scan are no longer those of the review, or `project_full`.
    """
    async with deps.db.transaction() as session:
        # Who waits here sees what the one before wrote: two imports cannot interleave.
        if not await rows.lock(session, tenant_id, project_id):
            raise NotFound("project", project_id)
        source = await source_of(session, tenant_id, project_id, wanted.scan_id)
        known = await rows.read_all(session, tenant_id, project_id)
        found = await asyncio.to_thread(diff, known, source.scan)
        changes = _chosen(found, wanted)
        if changes:
            made = merged(changes, known, project_id, ids)
            require_room(len(known), sum(change.row is None for change in changes))
            await rows.write(session, tenant_id, project_id, made)
            await rows.touch(session, tenant_id, project_id)
            about = ("project", project_id)
            await note_caller(session, "project.merge", about, tenant_id, changes=len(changes))
            known = list({row.id: row for row in (*known, *made)}.values())
        left = await asyncio.to_thread(diff, known, source.scan)
    return ImportApplied(version=left.version, counts=count_changes(changes))


def _chosen(found: Diff, wanted: ImportApply) -> tuple[Change, ...]:
    picks: dict[Ref, tuple[str, ...]] | None = None
    if wanted.picks is not None:
        picks = {(pick.kind, pick.scene, pick.key): pick.take for pick in wanted.picks}
    changes, problems = chosen(found, picks, remove_orphans=wanted.remove_orphans)
    if found.version != wanted.version:
        if not changes and not problems:
            return ()  # All of it is done already: a repeated call after a lost answer.
        raise Conflict(
            "The project or its scan changed since this diff was shown. Look at it again with "
            "scan/preview, then apply the version that it shows.",
            "diff_changed",
        )
    if problems:
        raise Invalid("Some picks cannot be done; see problems.", problems, "bad_picks")
    return changes
