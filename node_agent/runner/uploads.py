"""Upload frames of a split job as they appear, so that a lost attempt loses only the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from node_agent.errors import Refused, RetryLater, broken
from node_agent.report.attempt import Upload
from node_agent.runner.context import Attempt
from node_agent.runner.verify import Frame, changed
from orchestrator.wire.failures import FailureClass
from orchestrator.wire.tasks import FrameResult, FramesReport

OnFrame = Callable[[Frame], None]
BATCH = 20


@asynccontextmanager
async def uploading(attempt: Attempt) -> AsyncIterator[OnFrame]:
    """Lend a function that takes frames; on leaving, every frame is uploaded and recorded.

    When the work inside fails, what was verified by then is still handed over. Raises TaskBroken
    when an upload does not go through, LeaseLost.
    """
    waiting: asyncio.Queue[Frame | None] = asyncio.Queue()
    sender = asyncio.create_task(_send(attempt, waiting))
    try:
        yield waiting.put_nowait
    finally:
        waiting.put_nowait(None)
        try:
            await sender
        finally:
            sender.cancel()


async def _send(attempt: Attempt, waiting: asyncio.Queue[Frame | None]) -> None:
    frame = await waiting.get()
    while frame is not None:
        batch = {frame.number: frame}
        while len(batch) < BATCH and not waiting.empty():
            more = waiting.get_nowait()
            if more is None:
                waiting.put_nowait(None)
                break
            batch[more.number] = more
        with attempt.timed("upload"):
            await _upload(attempt, list(batch.values()))
        frame = await waiting.get()


async def _upload(attempt: Attempt, frames: list[Frame]) -> None:
    """Upload a batch and record it; the hash in the name lets a frame be written again.

    A file that changed since it was verified is left out: who renders looks at the end once more.
    """
    spoilt = await asyncio.to_thread(changed, frames)
    frames = [frame for frame in frames if frame not in spoilt]
    if not frames:
        return
    files = [
        Upload(
            f"frames/{frame.number:05d}-{frame.sha256[:8]}{frame.path.suffix}",
            frame.path,
            "image/png" if frame.path.suffix.lower() == ".png" else "image/tiff",
        )
        for frame in frames
    ]
    try:
        done = await attempt.reporter.upload(files)
    except (Refused, RetryLater) as error:
        raise broken(
            FailureClass.TRANSIENT,
            "upload_failed",
            f"Frames cannot be uploaded: {error}",
            stage="frames",
        ) from error
    results = tuple(
        FrameResult(
            frame=frame.number,
            sha256=there.sha256,
            size_bytes=there.size_bytes,
            key=there.target.key,
        )
        for frame, there in zip(frames, done, strict=True)
    )
    attempt.reporter.put("frames", FramesReport(token=attempt.grant.token, frames=results))
