"""Keep an uploaded bundle: guard it, hash it, store it once, point the project at it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from orchestrator.bundle import BadBundle, Manifest
from orchestrator.deps import Deps
from orchestrator.errors import FarmError, Invalid, NotFound
from orchestrator.sandbox.bundles import inspect_bundle
from orchestrator.store.audit import note_caller
from orchestrator.store.content import projects
from orchestrator.store.content.projects import BundleRow
from orchestrator.store.pool import Session
from orchestrator.store.render.templates.fonts import set_bundle_names
from orchestrator.usecases.fonts.read import MAX_FONTS, read_bundled
from orchestrator.usecases.projects.footage import look_at_footage
from orchestrator.usecases.projects.look import describe, find_project
from orchestrator.usecases.uploads.quotas import require_room, take
from orchestrator.wire.base import FieldProblem
from orchestrator.wire.resources import Project

BLOCK = 1 << 20
FONT_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Be a bundle that is stored, and what is to be noted of it."""

    manifest: Manifest
    problems: list[FieldProblem]
    fonts: tuple[str, ...]
    object_key: str
    size_bytes: int
    md5: str
    sha256: str


async def keep_bundle(
    deps: Deps, tenant_id: UUID, project_id: UUID, received: Path, sha256: str
) -> Project:
    """Keep a received .aep or .zip; a running job goes on with the bundle that it began with.

    Raises NotFound, TooLarge and TooMany (quotas), and Invalid with the guard's code and the entry
    it is about, or `footage_network`. What is made meanwhile lies beside the received file, whose
    folder the caller deletes.
    """
    project = await find_project(deps, tenant_id, project_id)
    size = (await asyncio.to_thread(received.stat)).st_size
    files = 1 if project.bundle is None else 0
    await require_room(deps.db.session(), tenant_id, size, files=files)
    manifest = await _inspect(deps, tenant_id, received)
    md5 = await asyncio.to_thread(_md5, received)
    known = await projects.bundle_find(deps.db.session(), md5, sha256)
    is_there = known is not None and await deps.objects.stat(known.object_key) is not None
    if known is None or not is_there or not await _point(deps, tenant_id, project_id, known):
        async with deps.heavy_turn(tenant_id):
            target = received.with_name("scan.json")
            problems = await look_at_footage(received, manifest, target)
            fonts = await _fonts(received, manifest)
        key = await _key(deps, project_id, manifest, md5, sha256)
        stored = await deps.objects.put_file(key, received)
        kept = _Kept(manifest, problems, fonts, stored.key, stored.size_bytes, md5, sha256)
        await _point(deps, tenant_id, project_id, kept)
    return describe(await find_project(deps, tenant_id, project_id))


async def _key(deps: Deps, project_id: UUID, manifest: Manifest, md5: str, sha256: str) -> str:
    """Give a place that another upload never takes: who leased the former one still finds it.

    Nor does the janitor, who may be about to delete the former object of this very content.
    """
    name = "bundle.zip" if manifest.kind == "zip" else "template.aep"
    generation = await projects.bundle_generation(deps.db.session(), md5, sha256)
    folder = f"{md5}.{generation}" if generation else md5
    return f"templates/{project_id}/{folder}/{name}"


async def _inspect(deps: Deps, tenant_id: UUID, received: Path) -> Manifest:
    try:
        async with deps.heavy_turn(tenant_id):
            return await inspect_bundle(received)
    except BadBundle as bad:
        raise _refused(bad) from bad
    except OSError as error:
        raise FarmError("storage_failed", 500, f"The upload cannot be read: {error}") from error


async def _point(deps: Deps, tenant_id: UUID, project_id: UUID, kept: _Kept | BundleRow) -> bool:
    """Point the project at a stored bundle and count its bytes, all or nothing.

    False when the janitor has just taken that bundle.
    """
    async with deps.db.transaction() as session:
        is_there, before = await projects.project_hold_bundle(session, tenant_id, project_id)
        if not is_there:
            raise NotFound("project", project_id)
        bundle = kept if isinstance(kept, BundleRow) else await _note(session, kept)
        if bundle is kept and not await projects.bundle_use(session, bundle.bundle_id):
            return False
        await projects.project_set_bundle(session, tenant_id, project_id, bundle)
        more = bundle.size_bytes - (before or 0)
        await take(session, tenant_id, more, files=1 if before is None else 0)
        about = ("project", project_id)
        await note_caller(session, "project.upload", about, tenant_id, md5=bundle.md5)
    return True


async def _note(session: Session, kept: _Kept) -> BundleRow:
    row = await projects.bundle_put(
        session,
        md5=kept.md5,
        sha256=kept.sha256,
        kind=kept.manifest.kind,
        size_bytes=kept.size_bytes,
        object_key=kept.object_key,
        aep_path=kept.manifest.aep_path,
        manifest=[asdict(entry) for entry in kept.manifest.entries],
        fonts=_font_paths(kept.manifest),
        problems=[problem.model_dump() for problem in kept.problems],
    )
    await set_bundle_names(session, row.bundle_id, kept.fonts)
    return row


def _font_paths(manifest: Manifest) -> list[str]:
    """List the bundle's fonts, bounded: every look at the project carries them."""
    paths = (entry.path for entry in manifest.entries)
    return [path for path in paths if path.lower().endswith(FONT_ENDINGS)][:MAX_FONTS]


async def _fonts(received: Path, manifest: Manifest) -> tuple[str, ...]:
    """Give the names of the bundle's fonts; fonts that cannot be read keep no bundle out."""
    try:
        return await read_bundled(received, _font_paths(manifest))
    except Invalid:
        return ()


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
