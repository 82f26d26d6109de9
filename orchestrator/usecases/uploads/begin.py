"""Begin an upload, look at it, take its parts, give it up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, Invalid, NotFound, TooLarge, TooMany
from orchestrator.store.file_mgr import quotas, uploads
from orchestrator.store.file_mgr.uploads import PartRow, UploadRow
from orchestrator.usecases.projects.look import find_project
from orchestrator.usecases.uploads.quotas import require_room
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.content.uploads import (
    MIB,
    MOST_PARTS,
    Upload,
    UploadAddress,
    UploadAddresses,
    UploadAddressesAsk,
    UploadCreate,
    UploadPart,
)
from orchestrator.wire.frames import write

MOST_OPEN = 50
_PART_BYTES = {"resumable": 8 * MIB, "presigned": 64 * MIB}
_OVER = {
    "completed": "is complete",
    "refused": "was refused; see its refusal",
    "aborted": "was given up",
    "expired": "took too long",
}


async def begin(deps: Deps, tenant_id: UUID, upload_id: UUID, wanted: UploadCreate) -> Upload:
    """Begin an upload under the given id; the same id again gives what it is.

    Raises NotFound (project), TooLarge (`too_large`, `quota_...`), TooMany (`quota_uploads`),
    Invalid (`too_many_parts`).
    """
    settings = deps.settings
    if wanted.project_id is not None:
        await find_project(deps, tenant_id, wanted.project_id)
    most = settings.max_file_bytes if wanted.project_id is None else settings.max_bundle_bytes
    if wanted.size_bytes > most:
        raise TooLarge(f"The file is larger than the {most} bytes that are taken here.")
    part_bytes = _part_bytes(wanted)
    async with deps.db.transaction() as session:
        # Beginnings of one tenant take turns here, or several would pass at the same moment.
        await quotas.add(session, tenant_id, 0, 0)
        count, announced = await uploads.open_totals(session, tenant_id)
        if count >= MOST_OPEN:
            raise TooMany(
                f"{count} uploads are under way. Complete some, or give them up.", "quota_uploads"
            )
        await require_room(session, tenant_id, wanted.size_bytes, under_way=announced)
        await uploads.insert(
            session,
            upload_id=upload_id,
            tenant_id=tenant_id,
            project_id=wanted.project_id,
            file_id=upload_id if wanted.project_id is None else None,
            name=wanted.name,
            method=wanted.method,
            object_key=f"uploads/{tenant_id}/{upload_id}/",
            size_bytes=wanted.size_bytes,
            part_size_bytes=part_bytes,
            sha256=wanted.sha256,
            md5=wanted.md5,
            ttl_s=settings.upload_ttl_s,
        )
    return await look(deps, tenant_id, upload_id)


def _part_bytes(wanted: UploadCreate) -> int:
    smallest = -(-wanted.size_bytes // MOST_PARTS)
    if wanted.part_size_bytes is None:
        return max(_PART_BYTES[wanted.method], -(-smallest // MIB) * MIB)
    if wanted.part_size_bytes < smallest:
        raise Invalid(
            f"That would be more than {MOST_PARTS} parts. Make parts of {smallest} bytes or more.",
            code="too_many_parts",
        )
    return wanted.part_size_bytes


async def look(deps: Deps, tenant_id: UUID, upload_id: UUID) -> Upload:
    """Describe an upload; raises NotFound."""
    return describe(await find(deps, tenant_id, upload_id))


async def find(deps: Deps, tenant_id: UUID, upload_id: UUID) -> UploadRow:
    """Read an upload of the tenant; raises NotFound."""
    row = await uploads.get(deps.db.session(), tenant_id, upload_id)
    if row is None:
        raise NotFound("upload", upload_id)
    return row


def require_open(row: UploadRow) -> None:
    """Raise Conflict (`upload_over`) when an upload takes nothing any more."""
    state = "expired" if row.is_over and row.state == "open" else row.state
    if state != "open":
        raise Conflict(f"Upload {row.id} {_OVER[state]}. Begin a new one.", "upload_over")


def require_part(row: UploadRow, number: int) -> None:
    """Raise Invalid (`no_such_part`) for a number that the upload does not have."""
    if not 1 <= number <= row.parts_total:
        raise Invalid(
            f"Upload {row.id} has the parts 1 to {row.parts_total}; there is no part {number}.",
            code="no_such_part",
        )


async def take_part(
    deps: Deps, row: UploadRow, number: int, content: AsyncIterator[bytes], sha256: str | None
) -> UploadPart:
    """Store one part, whole and durable before it is counted; the same bytes again are fine.

    Raises Invalid (`size_mismatch`, `hash_mismatch`), Conflict (`object_exists`) for other bytes
    than a part has already.
    """
    size = row.part_bytes(number)
    stored = await deps.objects.put(
        row.part_key(number), content, max_bytes=size, sha256=sha256, size_bytes=size
    )
    part = PartRow(number, stored.size_bytes, stored.sha256)
    await uploads.note_part(deps.db.session(), row, part, deps.settings.upload_ttl_s)
    return UploadPart(number=number, size_bytes=stored.size_bytes, sha256=stored.sha256)


def addresses(deps: Deps, row: UploadRow, asked: UploadAddressesAsk) -> UploadAddresses:
    """Sign a PUT for each part asked for; raises Invalid (`no_such_part`, `not_presigned`)."""
    if row.method != "presigned":
        raise Invalid(
            f"Upload {row.id} is resumable: PUT its parts to /v1/uploads/{row.id}/parts/N.",
            code="not_presigned",
        )
    data: list[UploadAddress] = []
    ttl_s = deps.settings.url_ttl_s
    for part in asked.parts:
        require_part(row, part.number)
        size = row.part_bytes(part.number)
        signed = deps.objects.sign_put(
            row.part_key(part.number),
            ttl_s,
            sha256=part.sha256,
            size_bytes=size,
            content_type="application/octet-stream",
        )
        data.append(
            UploadAddress(
                number=part.number, size_bytes=size, url=signed.url, headers=signed.headers
            )
        )
    return UploadAddresses(data=tuple(data), expires_in_s=int(ttl_s))


async def abort(deps: Deps, tenant_id: UUID, upload_id: UUID) -> Upload:
    """Give an upload up; one that is over stays as it is. Raises NotFound."""
    row = await find(deps, tenant_id, upload_id)
    await uploads.end(deps.db.session(), row, "aborted")
    return await look(deps, tenant_id, upload_id)


def describe(row: UploadRow) -> Upload:
    """Describe an upload as its tenant sees it."""
    refusal = None
    if row.refusal_code is not None:
        message = row.refusal_message or ""
        refusal = FieldProblem(code=row.refusal_code, place=row.name, message=message)
    return Upload(
        id=row.id,
        state=row.state,
        method=row.method,
        project_id=row.project_id,
        file_id=row.file_id,
        name=row.name,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        part_size_bytes=row.part_size_bytes,
        parts_total=row.parts_total,
        parts_received=write(row.parts),
        received_bytes=row.received_bytes,
        refusal=refusal,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
