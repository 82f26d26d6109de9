"""Trace an uploaded picture to SVG in a limited child, and keep it."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from orchestrator.core.importing.rows import Row
from orchestrator.core.importing.svg import BadTrace, mapped, picture
from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Invalid, NotFound, Unavailable
from orchestrator.sandbox import trace_child_path
from orchestrator.sandbox.limited import ProgramLimits, run_limited
from orchestrator.store.audit import note_caller
from orchestrator.store.content import previews, rows
from orchestrator.store.file_mgr import files
from orchestrator.usecases.previews.look import colors_of, describe
from orchestrator.usecases.projects.look import find_project
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.content.previews import SvgPreview, SvgPreviewCreate

MAX_SIDE = 640
MAX_TRACE_BYTES = 900_000
MIB = 2**20
_LIMITS = ProgramLimits(memory_bytes=2048 * MIB, cpu_s=60, file_bytes=4 * MIB, timeout_s=90)


async def trace_picture(
    deps: Deps, tenant_id: UUID, project_id: UUID, preview_id: UUID, wanted: SvgPreviewCreate
) -> SvgPreview:
    """Trace and keep; the same picture of the same scene again is traced anew under its id.

    Raises NotFound (project), Invalid (`bad_preview`, `too_detailed`, `bad_image`,
    `empty_picture`), Unavailable (`tracer_missing`).
    """
    await find_project(deps, tenant_id, project_id)
    session = deps.db.session()
    known = await rows.read_all(session, tenant_id, project_id)
    file = await files.file_get(session, tenant_id, wanted.file_id)
    wrong = list(_problems(wanted, known, None if file is None else file.kind))
    if wrong or file is None:
        raise Invalid(
            f"{wrong[0].message[:1].upper()}{wrong[0].message[1:]}.", wrong, "bad_preview"
        )
    traced = await _traced(deps, tenant_id, file.object_key, wanted.colors)
    if not traced["fills"]:
        raise Invalid(
            "Every point of the picture is transparent. Send one that shows something.",
            code="empty_picture",
        )
    try:
        svg = picture(traced["width"], traced["height"], traced["paths"])
    except BadTrace as error:
        raise FarmError(
            "trace_failed", 500, f"The tracer wrote what is no picture: {error}."
        ) from error
    async with deps.db.transaction() as session:
        kept = await previews.put(
            session,
            tenant_id,
            project_id,
            preview_id,
            scene_key=wanted.scene_key,
            source_file_id=file.id,
            source_sha256=file.sha256,
            svg=svg,
            fills=mapped(traced["fills"], colors_of(known, wanted.scene_key)),
        )
        if kept is None:
            raise NotFound("project", project_id)
        await note_caller(session, "svg.trace", ("project", project_id), tenant_id)
    return describe(kept)


def _problems(wanted: SvgPreviewCreate, known: list[Row], kind: str | None) -> list[FieldProblem]:
    found = []
    if kind != "image":
        what = "is a sound" if kind == "audio" else "is not there"
        message = f"the picture {wanted.file_id} {what}; send a PNG or JPEG to /v1/files first"
        found.append(FieldProblem(code="unknown_file", place="file_id", message=message))
    scenes = [row.key for row in known if row.kind == "scene" and not row.deleted]
    if wanted.scene_key is not None and wanted.scene_key not in scenes:
        listed = ", ".join(scenes[:30]) or "none"
        message = f"there is no scene {wanted.scene_key!r}; the project has: {listed}"
        found.append(FieldProblem(code="unknown_scene", place="scene_key", message=message))
    return found


async def _traced(deps: Deps, tenant_id: UUID, object_key: str, colors: int) -> Any:
    """Trace in a limited child: the picture is a stranger's."""
    folder = deps.settings.data_dir / "incoming" / secrets.token_hex(8)
    target = folder / "trace.json"
    try:
        await asyncio.to_thread(folder.mkdir, 0o700, True)
        async with deps.heavy_turn(tenant_id), deps.objects.local_path(object_key) as path:
            await _run(path, target, colors)
        return json.loads(await asyncio.to_thread(target.read_text, "ascii"))
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


async def _run(source: Path, target: Path, colors: int) -> None:
    numbers = (str(colors), str(MAX_SIDE), str(MAX_TRACE_BYTES))
    script = str(trace_child_path())
    ended = await run_limited(
        (sys.executable, "-I", "-B", script, str(source), str(target), *numbers), _LIMITS
    )
    refused = None if ended.code != 0 else json.loads(ended.output).get("refused")
    if refused == "no_tracer":
        raise Unavailable(
            "The server cannot trace pictures. Install the extra [trace].", "tracer_missing"
        )
    if refused == "too_detailed":
        raise Invalid(
            "The picture has too many details to be traced. Send one with flat areas, or ask for "
            "fewer colours.",
            code="too_detailed",
        )
    if ended.code != 0 or refused is not None:
        raise Invalid(
            "The picture cannot be traced. Open it, save it anew as PNG or JPEG, and send that.",
            code="bad_image",
        )
