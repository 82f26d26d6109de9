"""Write and read projects and their bundles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from orchestrator.store.pool import Record, Session
from orchestrator.wire.bind import Mode

BundleKind = Literal["zip", "aep"]


@dataclass(frozen=True, slots=True)
class BundleRow:
    """Be one stored bundle; `files` counts its entries, `fonts` are paths of font files in it.

    `problems` is what the look at the project found at upload: code, place, message.
    """

    bundle_id: int
    md5: str
    sha256: str
    kind: BundleKind
    size_bytes: int
    object_key: str
    aep_path: str
    files: int
    fonts: list[str]
    problems: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """Be one project with the bundle it points at; the scan itself is read by `project_scan`.

    `own_mode` is the mode that the project was made with, `mode` that or the last scan's.
    """

    id: UUID
    tenant_id: UUID
    name: str
    state: Literal["draft", "published", "archived"]
    template_id: UUID | None
    aspect: str
    mode: Mode | None
    own_mode: Mode | None
    convention_version: int
    width: int | None
    height: int | None
    fps_num: int | None
    fps_den: int | None
    bundle: BundleRow | None
    bundle_uploaded_at: datetime | None
    scan_bundle_md5: str | None
    scanned_at: datetime | None
    created_at: datetime


ScanMark = tuple[str, datetime]
"""Tells one scan of a project from another: the MD5 of its bundle, and when it was kept."""


@dataclass(frozen=True, slots=True)
class StoredScan:
    """Be a stored scan as JSON data; `scan` is None where the reader has it already."""

    mark: ScanMark
    scan: Any


_BUNDLE = BundleRow.__slots__


def _project(row: Record) -> ProjectRow:
    found = dict(row)
    bundle = {name: found.pop(name) for name in _BUNDLE}
    whole = None if bundle["bundle_id"] is None else BundleRow(**bundle)
    return ProjectRow(**found, bundle=whole)


async def project_insert(
    session: Session,
    *,
    project_id: UUID,
    tenant_id: UUID,
    name: str,
    aspect: str,
    mode: Mode | None,
) -> bool:
    """Write a new project; false when the id exists already."""
    args = (project_id, tenant_id, name, aspect, mode)
    return await session.execute("project_insert", *args) > 0


async def project_get(session: Session, tenant_id: UUID, project_id: UUID) -> ProjectRow | None:
    """Read one project of a tenant."""
    row = await session.fetchrow("project_get", tenant_id, project_id)
    return None if row is None else _project(row)


async def project_page(
    session: Session, tenant_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ProjectRow]:
    """Read projects, newest first, those before the given place."""
    at, last = before or (None, None)
    rows = await session.fetch("project_page", tenant_id, at, last, limit)
    return [_project(row) for row in rows]


async def project_hold_bundle(
    session: Session, tenant_id: UUID, project_id: UUID
) -> tuple[bool, int | None]:
    """Hold a project: (does it exist, the size of its bundle or None when it has none yet).

    Its bundle is about to be left: from now on its time counts.
    """
    row = await session.fetchrow("project_bundle_hold", tenant_id, project_id)
    if row is None:
        return False, None
    if row["bundle_md5"] is not None:
        await session.execute("bundle_leave", row["bundle_md5"], row["bundle_sha256"])
    return True, row["bundle_size_bytes"]


async def project_set_bundle(
    session: Session, tenant_id: UUID, project_id: UUID, bundle: BundleRow
) -> bool:
    """Point a project at another bundle and drop the scan of the former one."""
    args = (bundle.kind, bundle.md5, bundle.sha256, bundle.size_bytes, bundle.object_key)
    return await session.execute("project_set_bundle", tenant_id, project_id, *args) > 0


async def project_set_scan(
    session: Session,
    tenant_id: UUID,
    project_id: UUID,
    *,
    bundle_md5: str,
    scan: dict[str, Any],
    comp: str | None,
    size: tuple[int, int] | None,
    fps: tuple[int, int] | None,
    frames: int | None,
    engine: Literal["quick", "full"] = "quick",
) -> bool:
    """Keep a scan; false when the bundle was replaced since it was read."""
    width, height = size or (None, None)
    fps_num, fps_den = fps or (None, None)
    args = (bundle_md5, scan, comp, width, height, fps_num, fps_den, frames, engine)
    return await session.execute("project_set_scan", tenant_id, project_id, *args) > 0


async def project_scan(
    session: Session, tenant_id: UUID, project_id: UUID, known: ScanMark | None = None
) -> StoredScan | None:
    """Read the stored scan as JSON data, without it where it is `known`; None where none is."""
    args = (tenant_id, project_id, *(known or (None, None)))
    row = await session.fetchrow("project_scan_get", *args)
    return None if row is None else StoredScan((row["md5"], row["scanned_at"]), row["scan"])


async def bundle_find(session: Session, md5: str, sha256: str) -> BundleRow | None:
    """Find a bundle by its content, if it is there to stay."""
    row = await session.fetchrow("bundle_find", md5, sha256)
    return None if row is None else BundleRow(**dict(row))


async def bundle_generation(session: Session, md5: str, sha256: str) -> int:
    """Tell how often the object of this content was dropped; 0 for one that nobody knows."""
    return int(await session.fetchval("bundle_generation", md5, sha256) or 0)


async def bundle_use(session: Session, bundle_id: int) -> bool:
    """Keep a bundle from the janitor in this transaction; False when it has it already."""
    return await session.fetchval("bundle_use", bundle_id) is not None


async def bundle_put(
    session: Session,
    *,
    md5: str,
    sha256: str,
    kind: BundleKind,
    size_bytes: int,
    object_key: str,
    aep_path: str,
    manifest: list[dict[str, Any]],
    fonts: list[str],
    problems: list[dict[str, str]],
) -> BundleRow:
    """Note a stored bundle; one that is known points at the new object from now on."""
    args = (md5, sha256, kind, size_bytes, object_key, aep_path, manifest, fonts, problems)
    row = await session.fetchrow("bundle_put", *args)
    assert row is not None
    return BundleRow(**dict(row))
