"""Scan a project's template from its file alone, and keep the result."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import ValidationError

from orchestrator.deps import Deps
from orchestrator.errors import Conflict, FarmError, Invalid, NotFound
from orchestrator.sandbox import scan_child_command
from orchestrator.sandbox.limited import ProgramLimits, run_limited
from orchestrator.store.audit import note_person
from orchestrator.store.content.projects import BundleKind
from orchestrator.usecases.projects.look import bundle_of, find_project
from orchestrator.usecases.scans.keep import keep_scan
from orchestrator.wire.bind import Mode
from orchestrator.wire.scan import MAX_SCAN_BYTES, ScanResult

GIB = 2**30
_LIMITS = ProgramLimits(memory_bytes=3 * GIB, cpu_s=120, file_bytes=GIB // 4, timeout_s=180)


async def quick_scan(
    deps: Deps, tenant_id: UUID, project_id: UUID, mode: Mode | None
) -> ScanResult:
    """Scan and keep what was found; the mode asked for, else the project's, else detected.

    Raises NotFound, Conflict (`no_bundle`, `bundle_missing`, `bundle_replaced`), Invalid
    (`bad_aep`, `scan_limit`, `scan_too_large`).
    """
    project = await find_project(deps, tenant_id, project_id)
    bundle = bundle_of(project)
    folder = deps.settings.data_dir / "incoming" / secrets.token_hex(8)
    try:
        await asyncio.to_thread(folder.mkdir, 0o700, True)
        async with deps.heavy_turn(tenant_id), deps.objects.local_path(bundle.object_key) as path:
            asked = mode or project.own_mode
            found = await scan_file(path, bundle.kind, bundle.aep_path, asked, folder / "scan.json")
    except NotFound as error:
        raise Conflict(
            "The project's bundle is not in the storage any more. Upload it again, or restore "
            "the objects from a backup.",
            "bundle_missing",
        ) from error
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)
    async with deps.db.transaction() as session:
        kept = await keep_scan(session, tenant_id, project_id, bundle.md5, found, "quick")
        if kept:
            await note_person(session, "project.scan", ("project", project_id), tenant_id)
    if not kept:
        raise Conflict(
            "The template was replaced while it was scanned. Scan it again.", "bundle_replaced"
        )
    return found


async def scan_file(
    path: Path,
    kind: BundleKind | Literal["alone"],
    aep_path: str,
    mode: Mode | None,
    target: Path,
) -> ScanResult:
    """Scan a bundle in a limited child, by way of `target`: the file is a stranger's.

    Of an aep that is `alone` the result says what footage it lacks.

    Raises Invalid (`bad_aep`, `scan_limit`, `scan_too_large`).
    """
    command = scan_child_command(sys.executable, path, kind, aep_path, mode, target)
    ended = await run_limited(command, _LIMITS)
    if ended.timed_out or ended.code < 0:
        raise Invalid(
            "Reading the project took more memory or time than it may. Make the project smaller.",
            code="scan_limit",
        )
    if ended.code != 0:
        tail = ended.errors[-2000:].decode("utf-8", "replace")
        raise FarmError("scan_failed", 500, f"The scanner broke: {tail}")
    answer = json.loads(ended.output)
    if not answer["ok"] and "message" not in answer:
        raise Invalid(too_large(answer["size_bytes"]), code="scan_too_large")
    if not answer["ok"]:
        sentence = str(answer["message"])
        raise Invalid(sentence[:1].upper() + sentence[1:].rstrip(".") + ".", code="bad_aep")
    try:
        return ScanResult.model_validate_json(await asyncio.to_thread(target.read_bytes))
    except ValidationError as error:
        raise FarmError("scan_failed", 500, "The scanner wrote what is no scan.") from error


def too_large(size_bytes: int) -> str:
    """Say what is wrong with a project whose scan is too long to be kept."""
    return (
        f"What the project offers takes {size_bytes} bytes, more than {MAX_SCAN_BYTES}. "
        "Remove comps, fields or texts that nobody orders."
    )
