"""Show what a scan would change in a project."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.importing.diff import Change, Diff, diff
from orchestrator.deps import Deps
from orchestrator.store.content import rows
from orchestrator.usecases.imports.source import Source, prepare, source_of
from orchestrator.wire.content.importing import (
    ImportChange,
    ImportCounts,
    ImportField,
    ImportPreview,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Be a project compared with a scan."""

    source: Source
    diff: Diff


async def preview_scan(
    deps: Deps, tenant_id: UUID, project_id: UUID, scan_id: UUID | None
) -> ImportPreview:
    """Compare the project with its latest scan, or with the full scan of that id.

    A template that was not scanned yet is scanned now. Raises NotFound, Conflict (`no_bundle`,
    `scan_outdated`).
    """
    await prepare(deps, tenant_id, project_id, scan_id)
    compared = await compare_scan(deps, tenant_id, project_id, scan_id)
    return _shown(compared.source, compared.diff)


async def compare_scan(
    deps: Deps, tenant_id: UUID, project_id: UUID, scan_id: UUID | None
) -> Compared:
    """Compare the project with the scan that is kept, or with the full scan of that id.

    Raises NotFound, Conflict (`scan_outdated`) where none is kept.
    """
    session = deps.db.session()
    source = await source_of(session, tenant_id, project_id, scan_id)
    known = await rows.read_all(session, tenant_id, project_id)
    # A template of thousands of fields must not hold the server while it is compared.
    return Compared(source, await asyncio.to_thread(diff, known, source.scan))


def count_changes(changes: Iterable[Change]) -> ImportCounts:
    """Count changes by their action."""
    counts: Counter[str] = Counter(change.action for change in changes)
    return ImportCounts(**counts)


def _shown(source: Source, found: Diff) -> ImportPreview:
    return ImportPreview(
        version=found.version,
        engine=source.engine,
        scanned_at=source.scanned_at,
        counts=count_changes(found.changes),
        changes=tuple(
            ImportChange(
                action=change.action,
                kind=change.kind,
                scene=change.scene,
                key=change.key,
                id=None if change.row is None else change.row.id,
                fields=tuple(
                    ImportField(name=one.name, old=one.old, new=one.new, edited=one.edited)
                    for one in change.fields
                ),
            )
            for change in found.changes
        ),
        skipped=found.skipped,
    )
