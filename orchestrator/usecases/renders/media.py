"""Find the files that an order names, and say where they will lie in the job folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from orchestrator.core.media import Seen
from orchestrator.core.templates.lookup import Lookup
from orchestrator.core.templates.spec import files_of
from orchestrator.store.file_mgr import files
from orchestrator.store.file_mgr.files import FileRow
from orchestrator.store.pool import Database
from orchestrator.usecases.tasks.plan import MediaInput
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.renders import FileRef, RenderOrder
from orchestrator.wire.scan import ScanResult

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "audio/wav": "wav"}
_NEEDED = {"media": ("image", "video"), "audio": ("audio",)}


@dataclass(frozen=True, slots=True)
class Media:
    """Hold an order's files: paths by file id, inputs for the tasks, what is wrong with them."""

    paths: dict[UUID, str]
    seen: dict[UUID, Seen]
    inputs: tuple[MediaInput, ...]
    problems: tuple[FieldProblem, ...]


async def media_of(db: Database, tenant_id: UUID, order: RenderOrder, scan: ScanResult) -> Media:
    """Look up the files of an order; a file of another tenant is one that does not exist."""
    wanted = files_of(order)
    rows = await files.file_many(db.session(), tenant_id, list(wanted)) if wanted else {}
    inputs = tuple(
        MediaInput(_path(row), row.object_key, row.sha256, row.size_bytes)
        for row in (rows[one] for one in wanted if one in rows)
    )
    paths = {file_id: _path(row) for file_id, row in rows.items()}
    seen = {
        one: Seen(paths[one], row.media_type, row.width or 0, row.height or 0)
        for one, row in rows.items()
        if row.kind in {"image", "video"}
    }
    return Media(paths, seen, inputs, tuple(_problems(order, scan, rows)))


def _path(row: FileRow) -> str:
    # Nodes make a QuickTime file of every video, whatever it was.
    ending = "mov" if row.kind == "video" else _ENDINGS.get(row.media_type, "bin")
    return f"media/{row.id}.{ending}"


def _problems(
    order: RenderOrder, scan: ScanResult, rows: dict[UUID, FileRow]
) -> Iterator[FieldProblem]:
    """Name files that do not exist or are of another kind than their field."""
    for place, file_id, kinds in _uses(order, scan):
        row = rows.get(file_id)
        if row is None:
            yield FieldProblem(
                code="unknown_file",
                place=place,
                message=f"there is no file {file_id}; send it to /v1/files first",
            )
        elif kinds and row.kind not in kinds:
            yield FieldProblem(
                code="wrong_file_kind",
                place=place,
                message=f"{row.name!r} is a file of kind {row.kind}; {' or '.join(kinds)} is"
                " needed here",
            )


def _uses(order: RenderOrder, scan: ScanResult) -> Iterator[tuple[str, UUID, tuple[str, ...]]]:
    """Give (place, file, kinds that will do) of every use; none when the field is not known."""
    lookup = Lookup(scan)
    for number, scene in enumerate(order.scenes):
        known = lookup.scene(scene.key)
        for index, value in enumerate(scene.values):
            if not isinstance(value.value, FileRef):
                continue
            element = lookup.element(known.key, value.key) if known is not None else None
            kinds = _NEEDED.get(element.kind, ()) if element is not None else ()
            yield f"scenes[{number}].values[{index}].value", value.value.file_id, kinds
    tracks = ("music", order.audio.music), ("sfx", order.audio.sfx)
    for name, track in (*tracks, ("voiceover", order.audio.voiceover)):
        if track is not None:
            yield f"audio.{name}.file_id", track.file_id, ("audio",)
