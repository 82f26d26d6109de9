"""List the files that a tenant sent."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.store.file_mgr import files
from orchestrator.usecases.files.keep import file_info
from orchestrator.wire.resources import FileInfo


async def kept_files(
    deps: Deps, tenant_id: UUID, limit: int, *, also: Sequence[UUID] = ()
) -> list[FileInfo]:
    """Give the newest files and those of `also` that are still there, the newest first."""
    session = deps.db.session()
    found = {row.id: row for row in await files.file_newest(session, tenant_id, limit)}
    missing = [one for one in also if one not in found]
    if missing:
        found |= await files.file_many(session, tenant_id, missing)
    rows = sorted(found.values(), key=lambda row: (row.created_at, row.id), reverse=True)
    return [file_info(row) for row in rows]
