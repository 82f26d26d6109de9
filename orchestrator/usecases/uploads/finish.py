"""Join the parts of an upload, check the whole, and keep it as what it is meant to be."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid
from orchestrator.storage import spool
from orchestrator.storage.disk import full, require_room
from orchestrator.store.file_mgr import uploads
from orchestrator.store.file_mgr.uploads import PartRow, UploadRow
from orchestrator.usecases.files.keep import get_file, keep_file
from orchestrator.usecases.projects.keep_bundle import keep_bundle
from orchestrator.usecases.projects.look import describe as describe_project
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.uploads.begin import describe, find, require_open
from orchestrator.wire.content.uploads import UploadDone
from orchestrator.wire.frames import each, minus, write


async def finish(deps: Deps, tenant_id: UUID, upload_id: UUID) -> UploadDone:
    """Complete an upload; again, also after a crash in between, it is answered the same.

    Raises NotFound, Conflict (`upload_over`, `parts_missing`), and Invalid with what is wrong
    with the content: then the upload is refused for good.
    """
    row = await find(deps, tenant_id, upload_id)
    if row.state == "completed":
        return await _done(deps, row)
    require_open(row)
    await _require_parts(deps, row)
    session = deps.db.session()
    try:
        async with spool.folder(deps.settings.data_dir / "incoming") as place:
            await _join(deps, row, place / "received")
            await _keep(deps, row, place / "received")
    except Invalid as error:
        await uploads.end(session, row, "refused", (error.code, error.message))
        raise
    await uploads.end(session, row, "completed")
    return await _done(deps, await find(deps, tenant_id, upload_id))


async def _keep(deps: Deps, row: UploadRow, received: Path) -> None:
    if row.project_id is not None:
        await keep_bundle(deps, row.tenant_id, row.project_id, received, row.sha256)
    elif row.file_id is not None:
        await keep_file(
            deps, row.tenant_id, row.file_id, received, name=row.name, sha256=row.sha256
        )


async def _done(deps: Deps, row: UploadRow) -> UploadDone:
    project = file = None
    if row.project_id is not None:
        project = describe_project(await find_project(deps, row.tenant_id, row.project_id))
    elif row.file_id is not None:
        file = await get_file(deps, row.tenant_id, row.file_id)
    return UploadDone(upload=describe(row), project=project, file=file)


async def _require_parts(deps: Deps, row: UploadRow) -> None:
    """See that every part is stored; presigned ones were put there without our knowing."""
    missing = minus(((1, row.parts_total),), row.parts)
    if row.method == "presigned":
        lacking: list[tuple[int, int]] = []
        for number in each(missing):
            stored = await deps.objects.stat(row.part_key(number))
            if stored is None or stored.size_bytes != row.part_bytes(number):
                lacking.append((number, number))
                continue
            part = PartRow(number, stored.size_bytes, stored.sha256)
            await uploads.note_part(deps.db.session(), row, part, deps.settings.upload_ttl_s)
        missing = tuple(lacking)
    if missing:
        raise Conflict(
            f"Parts {write(missing)[:200]} of upload {row.id} are not here yet. Send them first.",
            "parts_missing",
        )


async def _join(deps: Deps, row: UploadRow, target: Path) -> None:
    """Write the whole file; raises Invalid (`hash_mismatch`) for other bytes than announced."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    def take(block: bytes) -> None:
        require_room(target.parent)
        sha256.update(block)
        md5.update(block)
        out.write(block)

    try:
        with target.open("xb") as out:
            for part in await uploads.parts(deps.db.session(), row):
                async for block in deps.objects.open(row.part_key(part.number)):
                    await asyncio.to_thread(take, block)
    except OSError as error:
        raise full(error) from error
    is_right = sha256.hexdigest() == row.sha256 and row.md5 in {None, md5.hexdigest()}
    if not is_right:
        raise Invalid(
            "The parts make up another file than was announced (its hash differs). "
            "Begin a new upload.",
            code="hash_mismatch",
        )
