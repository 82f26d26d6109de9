"""Show what a scan would change in a project."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.importing.diff import Change, Diff, diff
from orchestrator.deps import Deps
from orchestrator.errors import NotFound
from orchestrator.store.content import rows
from orchestrator.usecases.imports.source import Source, prepare, source_of
from orchestrator.usecases.scans.kept import BYTES_KEPT, size_of
from orchestrator.wire.content.importing import (
    ImportChange,
    ImportCounts,
    ImportField,
    ImportPreview,
)

MOST_KEPT = 20_000
"""Changes of all comparisons that are kept: some 5 kB each."""
MOST_SCANS = 16
"""Comparisons that are kept. Each holds its scan, which may be large and change nothing: their
scans are BYTES_KEPT together, too."""


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
    marks = await rows.marks(session, tenant_id, project_id, scan_id)
    if marks is None:
        raise NotFound("project", project_id)
    kept = deps.shared(Comparisons)
    key = (tenant_id, project_id, scan_id, *marks)
    found = kept.get(key)
    if found is None:
        source = await source_of(session, tenant_id, project_id, scan_id)
        known = await rows.read_all(session, tenant_id, project_id)
        # A template of thousands of fields must not hold the server while it is compared.
        found = Compared(source, await asyncio.to_thread(diff, known, source.scan))
        kept.put(key, found)
    return found


class Comparisons:
    """Keeps the latest comparisons: who reviews a large scan opens one scene after the other."""

    def __init__(self, _: Deps) -> None:
        self._kept: OrderedDict[tuple[object, ...], Compared] = OrderedDict()
        self._sizes: dict[tuple[object, ...], int] = {}

    def get(self, key: tuple[object, ...]) -> Compared | None:
        """Give a comparison that still holds."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[object, ...], found: Compared) -> None:
        """Keep a comparison, and as many of the others as there is room for."""
        self._kept[key] = found
        self._sizes[key] = size_of(found.source.scan)
        while self._is_too_much():
            del self._sizes[self._kept.popitem(last=False)[0]]

    def _is_too_much(self) -> bool:
        if len(self._kept) > MOST_SCANS or sum(self._sizes.values()) > BYTES_KEPT:
            return True
        return sum(len(one.diff.changes) for one in self._kept.values()) > MOST_KEPT


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
