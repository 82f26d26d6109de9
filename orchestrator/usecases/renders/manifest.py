"""Write down what a render was made of when it is done, and tell it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from orchestrator.core.frames.compare import HASH_BYTES, compare
from orchestrator.core.scheduling.classes import Requirements, alike, from_document, major_of
from orchestrator.deps import Deps
from orchestrator.errors import Conflict, NotFound
from orchestrator.store.pool import Session
from orchestrator.store.ranges import from_sql
from orchestrator.store.render import nodes, tasks
from orchestrator.store.render.moves import LockedJob
from orchestrator.store.render.plans import manifests
from orchestrator.store.render.plans.manifests import ManifestRow
from orchestrator.store.render.queue import Lease
from orchestrator.wire.agent import Capabilities
from orchestrator.wire.base import Fps
from orchestrator.wire.convention import CONVENTION_VERSION
from orchestrator.wire.frames import write
from orchestrator.wire.media.manifest import Comparison, Manifest

_CLASS = ("engine", "engine_major", "engine_build", "platform", "gpu")
LAST = ("render", "export")
"""Kinds of tasks whose end is the end of their job."""


async def write_manifest(
    session: Session,
    lease: Lease,
    job: LockedJob,
    engine_version: str | None,
    frame_hashes: bytes | None,
) -> None:
    """Write a done job's manifest, in the transaction that ends its last task."""
    wanted = await _engine_class(session, lease, job.id, engine_version)
    document = wanted.document()
    await manifests.write(
        session,
        job.tenant_id,
        job.id,
        frame_hashes=frame_hashes,
        convention_version=CONVENTION_VERSION,
        engine={name: document[name] for name in _CLASS if name in document},
    )


async def _engine_class(
    session: Session, lease: Lease, job_id: UUID, engine_version: str | None
) -> Requirements:
    """Give the engine class that made the frames: that of the chunks, or of this very node."""
    loose = from_document(await tasks.class_document(session, lease.class_id))
    if lease.kind == "export":
        for one in await tasks.of_job(session, job_id):
            row = await tasks.get(session, one.id) if one.kind == "frames" else None
            if row is not None:
                return from_document(await tasks.class_document(session, row["class_id"]))
    node = await nodes.get(session, lease.node_id)
    if node is None or not node.capabilities:
        return loose
    able = Capabilities.model_validate(node.capabilities, strict=False)
    return alike(loose, able, node.platform, major_of(engine_version))


async def get_manifest(deps: Deps, tenant_id: UUID, job_id: UUID) -> Manifest:
    """Tell what a render was made of, compared with the one that it repeats.

    Raises NotFound, Conflict (`no_manifest`) for one that is not done or is older than manifests.
    """
    session = deps.db.session()
    row = await manifests.get(session, tenant_id, job_id)
    if row is None:
        raise NotFound("render", job_id)
    kept = manifest_of(row)
    comparison = None
    if row.again_of is not None and row.frame_hashes is not None:
        before = await manifests.hashes(session, tenant_id, row.again_of)
        if before is not None:
            comparison = _compared(row, row.again_of, before, row.frame_hashes)
    return _described(row, kept, comparison)


def manifest_of(row: ManifestRow) -> Mapping[str, Any]:
    """Give the kept part of a manifest; raises Conflict (`no_manifest`)."""
    if row.manifest is not None:
        return row.manifest
    if row.state == "done":
        raise Conflict(
            f"Render {row.job_id} was done before manifests were kept. Order it again for one.",
            "no_manifest",
        )
    raise Conflict(
        f"Render {row.job_id} is {row.state}; its manifest is written when it is done.",
        "no_manifest",
    )


def _compared(row: ManifestRow, other: UUID, before: bytes, now: bytes) -> Comparison:
    found = compare(before, now, row.frame_first)
    return Comparison(
        job_id=other,
        same=found.different == 0,
        frames=found.frames,
        frames_different=found.different,
        different=found.first,
    )


def _described(
    row: ManifestRow, kept: Mapping[str, Any], comparison: Comparison | None
) -> Manifest:
    raw = row.frame_hashes or b""
    hashes = tuple(raw[at : at + HASH_BYTES].hex() for at in range(0, len(raw), HASH_BYTES))
    whole = hashlib.sha256("".join(f"{one}\n" for one in hashes).encode()).hexdigest()
    last = row.frame_first + row.frames_total - 1
    told = {
        "job_id": row.job_id,
        "project_id": row.project_id,
        "again_of": row.again_of,
        "convention_version": kept["convention_version"],
        "bundle": kept["bundle"],
        "engine": kept["engine"],
        "order": row.request,
        "files": [
            {name: one[name] for name in ("path", "sha256", "size_bytes")}
            for one in sorted(row.inputs or (), key=lambda one: str(one["path"]))
        ],
        "comp": row.comp,
        "frames": write(((row.frame_first, last),)),
        "width": row.width,
        "height": row.height,
        "fps": Fps(num=row.fps_num, den=row.fps_den),
        "outputs": kept["outputs"],
        "attempts": [_attempt(one) for one in kept["attempts"]],
        "frames_sha256": whole if hashes else kept["frames_sha256"],
        "frame_hashes": hashes,
        "comparison": comparison,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "written_at": row.written_at,
    }
    try:
        return Manifest.model_validate(told, strict=False)
    except ValidationError as error:
        raise Conflict(
            f"The manifest of render {row.job_id} was written by another version and cannot be "
            "read.",
            "no_manifest",
        ) from error


def _attempt(kept: dict[str, Any]) -> dict[str, Any]:
    frames = kept["frames"]
    return {**kept, "frames": None if frames is None else write(from_sql(frames))}
