"""Check what an attempt calls its success, before anything of it is believed."""

from __future__ import annotations

import hashlib

from orchestrator.errors import BadRequest
from orchestrator.storage.base import ObjectStore
from orchestrator.store.render.attempts import Attempt
from orchestrator.store.render.frames import FrameJob
from orchestrator.store.render.queue import Lease
from orchestrator.usecases.tasks.fence import Claimed, object_prefix
from orchestrator.wire.failures import Failure, FailureClass
from orchestrator.wire.frames import count, parse, write
from orchestrator.wire.tasks import Output, ResultReport

NEEDED = {"render": "video", "export": "video", "bind": "bound", "scan": "facts"}
"""The output without which a kind of task cannot have succeeded."""
PUBLISHED = ("video", "poster", "thumbnail")
HASH_BYTES = 32
HASHED_MAX = 2**21
"""Frames, nearly a day at 25 a second: what a stranger's result may make us read."""
MAX_REMARK = 1000
MAX_KINDS = 200


def remarks(report: ResultReport) -> tuple[list[str], dict[str, int]]:
    """Give a report's warnings and unsupported kinds at a length that lists of renders can carry.

    A result is never refused for them: it would be sent again for ever.
    """
    warnings = [text[:MAX_REMARK] for text in report.warnings]
    kinds = list(report.unsupported.items())[:MAX_KINDS]
    return warnings, {kind[:MAX_REMARK]: count for kind, count in kinds}


def _refused(code: str, message: str) -> Failure:
    return Failure(failure_class=FailureClass.UNKNOWN, code=code, message=message)


async def outputs_arrived(
    objects: ObjectStore, claim: Claimed, attempt: Attempt, report: ResultReport
) -> Failure | None:
    """Look whether every output lies in storage, in this attempt's own place, as announced."""
    prefix = object_prefix(attempt.job_id, claim)
    for output in report.outputs:
        if not output.key.startswith(prefix):
            return _refused(
                "foreign_output", f"The output {output.key} is not of this attempt ({prefix})."
            )
        try:
            stored = await objects.stat(output.key)
        except BadRequest:
            stored = None
        if stored is None:
            return _refused("output_missing", f"The output {output.key} was never uploaded.")
        if (stored.sha256, stored.size_bytes) != (output.sha256, output.size_bytes):
            return _refused(
                "output_differs", f"What lies at {output.key} is not what the result tells of."
            )
    return None


async def frame_hashes(objects: ObjectStore, report: ResultReport) -> bytes | Failure | None:
    """Give a whole job's frame hashes, 32 bytes each, hashed again as their node did.

    A node that sends none vouches by `frames_sha256` alone: one that began before it could.
    """
    one = next((output for output in report.outputs if output.kind == "hashes"), None)
    if one is None:
        return None
    frame_count = count(parse(report.frames_done))
    if one.size_bytes != HASH_BYTES * frame_count or frame_count > HASHED_MAX:
        return _refused(
            "hashes_differ",
            f"{frame_count} frames are done; {one.size_bytes} bytes of hashes came, not "
            f"{HASH_BYTES * frame_count}.",
        )
    found = bytearray()
    async for block in objects.open(one.key, 0, one.size_bytes):
        found += block
    manifest = hashlib.sha256()
    for place in range(0, len(found), HASH_BYTES):
        manifest.update(f"{found[place : place + HASH_BYTES].hex()}\n".encode())
    if manifest.hexdigest() != report.frames_sha256:
        return _refused(
            "hashes_differ", "The frames' hashes do not make the hash that the result tells."
        )
    return bytes(found)


def chunk(report: ResultReport, job: FrameJob) -> Failure | None:
    """Say why the success of a chunk of a split job is none."""
    empty = next(filter(None, map(_measures, report.outputs)), None)
    return empty or _frames("frames", report, job, 0)


def success(
    lease: Lease, report: ResultReport, job: FrameJob | None, recorded: int
) -> Failure | None:
    """Say why a success is none: an output is missing, or a frame, or one too many.

    `recorded` counts the frames that this very attempt recorded.
    """
    kind = lease.kind
    wanted = NEEDED.get(kind)
    found = [output for output in report.outputs if output.kind == wanted]
    if wanted is not None and len(found) != 1:
        return _refused("output_missing", f"A {kind} task needs one {wanted}; {len(found)} came.")
    empty = next(filter(None, map(_measures, report.outputs)), None)
    if empty is not None:
        return empty
    if kind in {"render", "frames"} and job is not None:
        return _frames(kind, report, job, recorded) or _video(found, job.frame_count)
    return _video(found, count(parse(lease.spec.get("frames", ""))))


def _frames(kind: str, report: ResultReport, job: FrameJob, recorded: int) -> Failure | None:
    """Compare the frames done with those ordered.

    Chunks of a split job may come from several attempts, but every frame is recorded. A whole
    job comes from one attempt, which records all its frames or vouches for them by one hash.
    """
    if kind == "frames":
        if not job.missing:
            return None
        return _refused(
            "frames_missing", f"Frames {write(job.missing)} were never recorded as finished."
        )
    if parse(report.frames_done) != job.frames:
        return _refused(
            "frames_missing",
            f"Frames {write(job.frames)} were ordered, {report.frames_done or 'none'} are done.",
        )
    if recorded not in {0, job.frame_count}:
        return _refused("frames_missing", f"{recorded} of {job.frame_count} frames were recorded.")
    if recorded == 0 and report.frames_sha256 is None:
        return _refused("frames_missing", "The result carries no hash of its frames.")
    return None


def _measures(output: Output) -> Failure | None:
    """Refuse an output of no bytes, no width, no frames: a publication must be something."""
    if output.kind not in PUBLISHED:
        return None
    measures = (output.width, output.height, output.frames)
    if output.size_bytes > 0 and all(one is None or one > 0 for one in measures):
        return None
    return _refused("output_empty", f"The {output.kind} is empty, or has no width or height.")


def _video(found: list[Output], frame_count: int) -> Failure | None:
    for video in (output for output in found if output.kind == "video"):
        facts = (video.width, video.height, video.fps, video.duration_s, video.has_audio)
        if video.frames is None or not all(fact is not None for fact in facts):
            return _refused("video_not_described", "The video came without its probed facts.")
        if video.frames != frame_count:
            return _refused(
                "wrong_frame_count",
                f"The video has {video.frames} frames; {frame_count} were ordered.",
            )
    return None
