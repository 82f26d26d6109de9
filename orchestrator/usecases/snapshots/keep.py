"""Take what a snapshot task made: look at the pictures, keep them, end their rows."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import structlog

from orchestrator.deps import Deps
from orchestrator.store.pool import Session
from orchestrator.store.render.templates import snapshots
from orchestrator.store.render.templates.snapshots import Picture, Wanted
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.tasks import Output, ResultReport

log = structlog.get_logger("snapshots")
MAX_BYTES = 64 * 2**20
_HEAD = struct.Struct(">8sI4sII")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


async def pictures_of(
    deps: Deps, task_id: int, attempt: int, report: ResultReport
) -> tuple[Picture, ...] | Failure:
    """Keep the pictures of a result in their own places, or say why they are none.

    The outputs were looked at before: they lie in storage as announced. A node's word on a
    picture's size is compared with the picture's own head.
    """
    wanted = await snapshots.of_task(deps.db.session(), task_id)
    stills = {one.place or 0: one for one in report.outputs if one.kind == "still"}
    if sorted(stills) != [one.place for one in wanted]:
        message = f"{len(wanted)} pictures were ordered, {len(stills)} came. Ask again."
        return _refused("stills_missing", message)
    for one in wanted:
        wrong = await _wrong(deps, one, stills[one.place])
        if wrong is not None:
            return _refused("bad_still", f"Picture {one.place} {wrong}. Ask again.")
    return tuple([await _keep(deps, one, stills, task_id, attempt) for one in wanted])


async def _wrong(deps: Deps, wanted: Wanted, still: Output) -> str | None:
    """Say what is wrong with a picture that a node made; it must be a PNG of its own size."""
    if not 0 < still.size_bytes <= MAX_BYTES:
        return f"has {still.size_bytes} bytes; at most {MAX_BYTES} are kept"
    head = b""
    async for block in deps.objects.open(still.key, 0, min(_HEAD.size, still.size_bytes)):
        head += block
    if len(head) < _HEAD.size:
        return "is no PNG"
    signature, length, kind, width, height = _HEAD.unpack(head)
    if (signature, length, kind) != (_SIGNATURE, 13, b"IHDR"):
        return "is no PNG"
    if (width, height) != (still.width, still.height) or width * height == 0:
        return f"has {width}x{height} pixels, not {still.width}x{still.height} as was told"
    if max(width, height) > wanted.max_side:
        return f"has {width}x{height} pixels; no side may be longer than {wanted.max_side}"
    return None


async def _keep(
    deps: Deps, wanted: Wanted, stills: Mapping[int, Output], task_id: int, attempt: int
) -> Picture:
    """Copy a picture to where no janitor of tasks looks; the place contains the attempt."""
    still = stills[wanted.place]
    key = f"snapshots/{wanted.tenant_id}/{wanted.cache_key}/{task_id}-{attempt}.png"
    await deps.objects.put(
        key,
        deps.objects.open(still.key, 0, still.size_bytes),
        max_bytes=still.size_bytes,
        sha256=still.sha256,
        size_bytes=still.size_bytes,
    )
    return Picture(
        place=wanted.place,
        object_key=key,
        sha256=still.sha256,
        size_bytes=still.size_bytes,
        width=still.width or 0,
        height=still.height or 0,
    )


async def finish_snapshots(session: Session, task_id: int, made: Sequence[Picture]) -> None:
    """End a snapshot task well: its pictures are there from now on."""
    await snapshots.ready(session, task_id, made)
    log.info("snapshots_made", task=task_id, pictures=len(made))


async def give_up_snapshots(session: Session, task_id: int, failure: Failure) -> None:
    """End the pictures of a task that nobody will try again."""
    ended = await snapshots.end(session, task_id, "failed", (failure.code, failure.message))
    log.warning("snapshots_failed", task=task_id, pictures=ended, code=failure.code)


def _refused(code: str, message: str) -> Failure:
    return Failure(failure_class=FailureClass.UNKNOWN, code=code, message=message)
