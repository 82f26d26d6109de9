"""Upload what an export made and describe it as the result's outputs."""

from __future__ import annotations

import asyncio
from typing import Literal

from node_agent.core.export.film import Film
from node_agent.core.export.probe import Probe
from node_agent.errors import Refused, RetryLater, broken
from node_agent.report.attempt import Upload, Uploaded
from node_agent.runner.context import Attempt
from node_agent.runner.verify import pack
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import Output

BYTES = "application/octet-stream"


async def publish(
    attempt: Attempt,
    film: Film,
    probe: Probe,
    pictures: list[Upload],
    hashes: tuple[str, ...],
    encoder: str,
) -> tuple[Output, ...]:
    """Upload the video, its pictures and the frames' hashes; `encoder` is what wrote the video.

    Raises TaskBroken.
    """
    content_type = film.output.format.content_type
    files = [Upload(film.target.name, film.target, content_type), *pictures]
    if hashes:
        packed = film.target.parent / "frames.sha256"
        await asyncio.to_thread(pack, hashes, packed)
        files.append(Upload(packed.name, packed, BYTES))
    try:
        with attempt.timed("upload"):
            video, poster, thumbnail, *rest = await attempt.reporter.upload(files)
    except (Refused, RetryLater) as error:
        raise broken(
            FailureClass.TRANSIENT,
            "upload_failed",
            f"The video cannot be uploaded: {error}",
            stage="export",
        ) from error
    shown = _picture("poster", poster), _picture("thumbnail", thumbnail)
    return _video(film, probe, video, encoder), *shown, *(_hashes(one) for one in rest)


def _video(film: Film, probe: Probe, done: Uploaded, encoder: str) -> Output:
    return Output(
        kind="video",
        key=done.target.key,
        content_type=film.output.format.content_type,
        size_bytes=done.size_bytes,
        sha256=done.sha256,
        width=probe.width,
        height=probe.height,
        frames=probe.frames,
        fps=film.fps,
        duration_s=round(film.seconds, 6),
        has_audio=probe.has_audio,
        encoder=encoder,
    )


def _hashes(done: Uploaded) -> Output:
    return Output(
        kind="hashes",
        key=done.target.key,
        content_type=BYTES,
        size_bytes=done.size_bytes,
        sha256=done.sha256,
    )


def _picture(kind: Literal["poster", "thumbnail"], done: Uploaded) -> Output:
    size = done.picture_size
    return Output(
        kind=kind,
        key=done.target.key,
        content_type="image/jpeg",
        size_bytes=done.size_bytes,
        sha256=done.sha256,
        width=size[0] if size else None,
        height=size[1] if size else None,
    )
