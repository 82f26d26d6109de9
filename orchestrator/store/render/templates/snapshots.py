"""Write and read pictures of scenes, kept by a hash of everything that can change them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.store.pool import Session
from orchestrator.wire.base import EngineKind

State = Literal["queued", "running", "ready", "failed", "cancelled", "left"]
"""`left` is one whose task is no more: nobody will make it unless it is asked for again."""


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """Be one picture, or one to come; `ended_s` seconds have passed since its end."""

    id: UUID
    project_id: UUID
    scene_key: str
    comp: str
    frame: int
    plain: bool
    max_side: int
    engine: EngineKind
    state: State
    cache_key: str
    object_key: str | None
    sha256: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    failure_code: str | None
    failure_message: str | None
    created_at: datetime
    finished_at: datetime | None
    task_id: int | None
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """Be one picture that a task is to make; `place` is its number there."""

    id: UUID
    scene_key: str
    frame: int
    cache_key: str
    comp: str
    place: int


@dataclass(frozen=True, slots=True)
class Making:
    """Hold what the pictures of one task have in common."""

    tenant_id: UUID
    project_id: UUID
    task_id: int
    bundle_id: int
    engine: EngineKind
    max_side: int
    plain: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Be a picture that a task still has to make."""

    tenant_id: UUID
    cache_key: str
    place: int
    max_side: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Be a picture that was made and lies in storage."""

    place: int
    object_key: str
    sha256: str
    size_bytes: int
    width: int
    height: int


async def find(session: Session, tenant_id: UUID, keys: Collection[str]) -> dict[str, SnapshotRow]:
    """Give a tenant's pictures by their keys."""
    rows = await session.fetch("snapshot_find", tenant_id, list(keys))
    return {row["cache_key"]: SnapshotRow(**row) for row in rows}


async def get(session: Session, tenant_id: UUID, snapshot_id: UUID) -> SnapshotRow | None:
    """Give one picture of a tenant."""
    row = await session.fetchrow("snapshot_get", tenant_id, snapshot_id)
    return SnapshotRow(**row) if row else None


async def page(
    session: Session,
    tenant_id: UUID,
    project_id: UUID,
    place: tuple[datetime, UUID] | None,
    limit: int,
    *,
    shown: bool,
) -> list[SnapshotRow]:
    """Give a project's pictures, newest first; with `shown` only those that its scenes show."""
    at, last = place or (None, None)
    rows = await session.fetch("snapshot_page", tenant_id, project_id, at, last, limit, shown)
    return [SnapshotRow(**row) for row in rows]


async def put(session: Session, making: Making, new: Sequence[NewSnapshot]) -> None:
    """Write pictures that a task is to make; those that came to a bad end begin anew."""
    await session.execute(
        "snapshot_put",
        making.tenant_id,
        making.project_id,
        making.task_id,
        making.bundle_id,
        making.engine,
        making.max_side,
        making.plain,
        [one.id for one in new],
        [one.scene_key for one in new],
        [one.frame for one in new],
        [one.cache_key for one in new],
        [one.comp for one in new],
        [one.place for one in new],
    )


async def unfinished(session: Session, tenant_id: UUID, count_to: int) -> int:
    """Count a tenant's tasks that still make pictures, up to `count_to`."""
    return int(await session.fetchval("snapshot_unfinished", tenant_id, count_to))


async def touch(session: Session, tenant_id: UUID, keys: Collection[str]) -> None:
    """Note that pictures are looked at."""
    await session.execute("snapshot_touch", tenant_id, list(keys))


async def of_task(session: Session, task_id: int) -> list[Wanted]:
    """Give what a task still has to make."""
    return [Wanted(**row) for row in await session.fetch("snapshot_of_task", task_id)]


async def ready(session: Session, task_id: int, made: Sequence[Picture]) -> None:
    """Note what a task made, once, and let the scenes show it."""
    rows = await session.fetch(
        "snapshot_ready",
        task_id,
        [one.place for one in made],
        [one.object_key for one in made],
        [one.sha256 for one in made],
        [one.size_bytes for one in made],
        [one.width for one in made],
        [one.height for one in made],
    )
    if rows:
        await show(session, rows[0]["tenant_id"], [row["cache_key"] for row in rows])


async def show(session: Session, tenant_id: UUID, keys: Collection[str]) -> None:
    """Let scenes show those of these pictures that have no values."""
    await session.execute("snapshot_show", tenant_id, list(keys))


async def end(
    session: Session, task_id: int, state: str, failure: tuple[str, str] | None = None
) -> int:
    """End what a task did not make; `failure` is code and sentence. Give how many ended."""
    code, message = failure or (None, None)
    return len(await session.fetch("snapshot_end", task_id, state, code, message))


async def picture_key(
    session: Session, tenant_id: UUID, project_id: UUID, cache_key: str
) -> str | None:
    """Give where a picture of a tenant's project is stored."""
    key = await session.fetchval("snapshot_picture", tenant_id, project_id, cache_key)
    return None if key is None else str(key)


async def lose(session: Session, tenant_id: UUID, cache_key: str, why: tuple[str, str]) -> None:
    """Note that a picture is not in the storage any more; `why` is code and sentence."""
    await session.execute("snapshot_lost", tenant_id, cache_key, *why)
