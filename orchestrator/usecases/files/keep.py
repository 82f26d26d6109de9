"""Keep a file that a client sent: tell its kind, make it safe, store it, note it."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Invalid, NotFound
from orchestrator.storage.base import Stored
from orchestrator.store.audit import note_person
from orchestrator.store.file_mgr import files
from orchestrator.store.file_mgr.files import FileRow
from orchestrator.store.pool import Session
from orchestrator.usecases.files.kinds import HEAD_BYTES, Kind, tell_kind
from orchestrator.usecases.files.media import (
    Safe,
    find_ffmpeg,
    look_at_video,
    make_audio_safe,
    make_image_safe,
)
from orchestrator.usecases.uploads.quotas import require_room, take
from orchestrator.wire.resources import FileInfo

TAKEN = (
    "Send a picture as PNG, JPEG, WebP, GIF, BMP or TIFF, a sound as WAV, MP3, M4A, AAC, FLAC, Ogg "
    "or AIFF, a video as MP4, MOV, WebM, MKV, AVI or MPEG."
)


@dataclass(frozen=True, slots=True)
class NewFile:
    """Be a file as it was sent, before it was made safe."""

    id: UUID
    tenant_id: UUID
    name: str
    kind: str
    size_bytes: int
    sha256: str


async def keep_file(
    deps: Deps, tenant_id: UUID, file_id: UUID, received: Path, *, name: str, sha256: str
) -> FileInfo:
    """Keep the received file under `file_id`; the same id again gives what it is.

    Raises Invalid: `not_media`, `media_unsupported`, and what media.py refuses, TooLarge
    (`quota_bytes`, `quota_file_bytes`) and TooMany (`quota_files`). The safe copy is made
    beside the received file, whose folder the caller deletes.
    """
    known = await files.file_get(deps.db.session(), tenant_id, file_id)
    if known is not None:
        return file_info(known)
    kind = await asyncio.to_thread(_kind, received)
    safe_path = received.with_name("safe")
    async with deps.heavy_turn(tenant_id):
        safe, told = await _make_safe(deps, kind, received, safe_path)
    size = (await asyncio.to_thread(safe_path.stat)).st_size
    await require_room(deps.db.session(), tenant_id, size, files=1)
    stored = await deps.objects.put_file(f"media/{tenant_id}/{file_id}", safe_path)
    size = (await asyncio.to_thread(received.stat)).st_size
    new = NewFile(file_id, tenant_id, name, told, size, sha256)
    try:
        async with deps.db.transaction() as session:
            row = await _note(session, new, stored, safe)
    except FarmError:
        # Over the quota: nobody would know of the object, nor count it.
        await deps.objects.delete(stored.key)
        raise
    return file_info(row) if row is not None else await get_file(deps, tenant_id, file_id)


async def _note(session: Session, new: NewFile, stored: Stored, safe: Safe) -> FileRow | None:
    row = await files.file_insert(
        session,
        file_id=new.id,
        tenant_id=new.tenant_id,
        name=new.name,
        kind=new.kind,
        media_type=safe.content_type,
        object_key=stored.key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        original_size_bytes=new.size_bytes,
        original_sha256=new.sha256,
        width=safe.width,
        height=safe.height,
        duration_s=safe.duration_s,
    )
    if row is not None:
        await take(session, new.tenant_id, stored.size_bytes, files=1)
        about = ("file", new.id)
        await note_person(session, "file.keep", about, new.tenant_id, name=new.name[:200])
    return row


async def get_file(deps: Deps, tenant_id: UUID, file_id: UUID) -> FileInfo:
    """Describe a file of the tenant; raises NotFound."""
    row = await files.file_get(deps.db.session(), tenant_id, file_id)
    if row is None:
        raise NotFound("file", file_id)
    return file_info(row)


def file_info(row: FileRow) -> FileInfo:
    """Describe a file as it was made safe."""
    return FileInfo(
        id=row.id,
        name=row.name,
        kind=row.kind,
        content_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        duration_s=row.duration_s,
        created_at=row.created_at,
    )


def _kind(path: Path) -> Kind:
    with path.open("rb") as source:
        kind = tell_kind(source.read(HEAD_BYTES))
    if kind is None:
        raise Invalid(
            f"The file is neither a picture nor a sound nor a video by its content. {TAKEN}",
            code="not_media",
        )
    if kind.kind == "other" or (kind.kind == "video" and not kind.demuxer):
        raise Invalid(f"The file is of the kind {kind.name}, which is not taken. {TAKEN}",
                      code="media_unsupported")  # fmt: skip
    return kind


async def _make_safe(deps: Deps, kind: Kind, received: Path, target: Path) -> tuple[Safe, str]:
    """Write the safe copy; give what it is and its kind: a video without a picture is a sound."""
    if kind.kind == "image":
        return await make_image_safe(received, target), "image"
    ffmpeg = await asyncio.to_thread(find_ffmpeg, deps.settings.ffmpeg)
    if kind.kind == "video":
        seen = await look_at_video(received, kind, ffmpeg)
        if seen is not None:
            await asyncio.to_thread(shutil.copyfile, received, target)
            return seen, "video"
    return await make_audio_safe(received, target, kind, ffmpeg), "audio"
