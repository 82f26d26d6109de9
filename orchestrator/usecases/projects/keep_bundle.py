"""Keep an uploaded bundle: guard it, hash it, store it once, point the project at it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from orchestrator.bundle import BadBundle, Manifest
from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Invalid, NotFound
from orchestrator.sandbox import inspect_bundle
from orchestrator.store.content import projects
from orchestrator.store.content.projects import BundleRow
from orchestrator.usecases.projects.look import describe, find_project
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.resources import Project

BLOCK = 1 << 20


async def keep_bundle(
    deps: Deps, tenant_id: UUID, project_id: UUID, received: Path, sha256: str
) -> Project:
    """Keep a received .aep or .zip; a running job goes on with the bundle that it began with.

    Raises NotFound, and Invalid with the guard's code and the entry it is about.
    """
    await find_project(deps, tenant_id, project_id)
    try:
        async with deps.heavy_turn():
            manifest = await inspect_bundle(received)
    except BadBundle as bad:
        raise _refused(bad) from bad
    except OSError as error:
        raise FarmError("storage_failed", 500, f"The upload cannot be read: {error}") from error
    md5 = await asyncio.to_thread(_md5, received)
    bundle = await _store(deps, project_id, received, manifest, md5, sha256)
    session = deps.db.session()
    if not await projects.project_set_bundle(session, tenant_id, project_id, bundle):
        raise NotFound("project", project_id)
    return describe(await find_project(deps, tenant_id, project_id))


async def _store(
    deps: Deps, project_id: UUID, received: Path, manifest: Manifest, md5: str, sha256: str
) -> BundleRow:
    """Store the bytes unless the same bytes are stored already, and note them."""
    known = await projects.bundle_find(deps.db.session(), md5, sha256)
    if known is not None and await deps.objects.stat(known.object_key) is not None:
        return known
    name = "bundle.zip" if manifest.kind == "zip" else "template.aep"
    stored = await deps.objects.put_file(f"templates/{project_id}/{md5}/{name}", received)
    return await projects.bundle_put(
        deps.db.session(),
        md5=md5,
        sha256=sha256,
        kind=manifest.kind,
        size_bytes=stored.size_bytes,
        object_key=stored.key,
        aep_path=manifest.aep_path,
        manifest=[asdict(entry) for entry in manifest.entries],
    )


def _refused(bad: BadBundle) -> Invalid:
    sentence = bad.message[:1].upper() + bad.message[1:].rstrip(".") + "."
    entry = (bad.entry or "").encode("utf-8", "replace").decode().replace("\x00", "?")
    place = FieldProblem(code=bad.code, place=entry[:300], message=sentence)
    about = f"{entry[:200]!r}: " if entry and entry not in bad.message else ""
    return Invalid(f"{about}{sentence}", [place], bad.code)


def _md5(path: Path) -> str:
    """Hash for the nodes' caches, which know bundles by md5; the proof is the SHA-256."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
