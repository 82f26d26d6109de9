"""What one attempt tells the server while it works: progress, previews, log, uploads."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog
from pydantic import ValidationError

from node_agent.errors import Refused, RetryLater
from node_agent.report.client import Client
from node_agent.report.logs import AttemptLog
from node_agent.report.outbox import Outbox
from node_agent.report.pictures import small_jpeg
from orchestrator.wire.agent import LeaseRef
from orchestrator.wire.base import Empty, Message
from orchestrator.wire.renders import StageProgress
from orchestrator.wire.tasks import (
    Grant,
    ProgressReport,
    UploadAnswer,
    UploadFile,
    UploadRequest,
    UploadTarget,
)

Stage = Literal["bind", "frames", "verify", "export", "launch", "open", "read"]
SIDE_BY_SIDE = 4
"""Files of one call that are sent at a time."""
PASSING_S = 5
"""Patience with calls that the next one makes good."""
LOG = structlog.get_logger("attempt")


@dataclass(frozen=True, slots=True)
class Upload:
    """Name one file to upload."""

    name: str
    path: Path
    content_type: str
    picture_size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Say where an uploaded file went."""

    target: UploadTarget
    size_bytes: int
    sha256: str
    picture_size: tuple[int, int] | None = None


class AttemptReporter:
    """Speak for one attempt; what must not be lost goes through the outbox."""

    def __init__(
        self,
        client: Client,
        outbox: Outbox,
        grant: Grant,
        folder: Path,
        *,
        preview_every_s: float,
        pause_s: Callable[[], float],
        patience_s: float,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._grant = grant
        self._folder = folder
        self._preview_every_s = preview_every_s
        self._pause_s = pause_s
        self._patience_s = patience_s
        self._stages: dict[Stage, StageProgress] = {}
        self._told: tuple[StageProgress, ...] | None = None
        self._frame: tuple[int, Path] | None = None
        self._early: list[tuple[int, Path]] = []
        self._shown: int | None = None
        self._shown_at = time.monotonic()
        self._log = AttemptLog(folder / "attempt.log")
        self.ref = LeaseRef(task_id=grant.task_id, attempt=grant.attempt)

    def stage(self, stage: Stage, done: int, total: int) -> None:
        """Count one stage's work."""
        self._stages[stage] = StageProgress(stage=stage, done=min(done, total), total=total)

    def newest(self, frame: int, path: Path, *, matters: bool = False) -> None:
        """Name the frame that the next small preview shows; one that matters is shown anyway."""
        self._frame = (frame, path)
        if matters:
            self._early.append(self._frame)

    def log(self, lines: list[str]) -> None:
        """Append to the attempt's log."""
        self._log.add(lines)

    def put(self, call: str, body: Message) -> None:
        """Queue a report that must arrive."""
        self._outbox.put(self.ref, call, body)

    async def talk(self) -> None:
        """Send progress, previews and log for ever; cancel to stop. Raises LeaseLost.

        The server says how long to pause in between: it hears of many attempts.
        """
        while True:
            try:
                await self._tell_progress()
                await self._log.send(
                    self._client,
                    self._path("log"),
                    self._grant.token,
                    patience_s=PASSING_S,
                    rounds=4,
                )
            except (RetryLater, Refused, OSError) as error:
                LOG.debug("report passed over", task=self.ref.task_id, reason=str(error))
            await asyncio.sleep(self._pause_s())

    async def last_words(self, patience_s: float = 10) -> None:
        """Send what is left of progress and log before the result. Raises LeaseLost."""
        try:
            await self._tell_progress()
            while self._early:
                await self._tell_progress()
            await self._log.send(
                self._client, self._path("log"), self._grant.token, patience_s=patience_s
            )
        except (RetryLater, Refused, OSError) as error:
            LOG.warning("log not sent whole", task=self.ref.task_id, reason=str(error))

    async def upload(self, files: Sequence[Upload]) -> list[Uploaded]:
        """Upload files under keys of this attempt, in the order given.

        Raises RetryLater when the server stays away, LeaseLost, Refused.
        """
        announced = [await asyncio.to_thread(_announce, item) for item in files]
        answer = await self._client.call(
            self._path("uploads"),
            UploadRequest(token=self._grant.token, files=tuple(announced)),
            UploadAnswer,
            patience_s=self._patience_s,
        )
        triples = list(zip(files, announced, answer.uploads, strict=True))
        turns = asyncio.Semaphore(SIDE_BY_SIDE)

        async def send(item: Upload, target: UploadTarget) -> None:
            async with turns:
                await self._client.upload(target, item.path, patience_s=self._patience_s)

        sending = [asyncio.create_task(send(item, target)) for item, _, target in triples]
        try:
            await asyncio.gather(*sending)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        return [
            Uploaded(target, told.size_bytes, told.sha256, item.picture_size)
            for item, told, target in triples
        ]

    async def _tell_progress(self) -> None:
        stages = tuple(self._stages.values())
        preview = await self._preview()
        if stages == self._told and preview is None:
            return
        report = ProgressReport(
            token=self._grant.token,
            stages=stages,
            preview_key=preview[0] if preview else None,
            preview_frame=preview[1] if preview else None,
        )
        await self._client.call(self._path("progress"), report, Empty, patience_s=PASSING_S)
        self._told = stages

    async def _preview(self) -> tuple[str, int] | None:
        """Upload a small picture of a frame that matters, else of the newest every few seconds."""
        due = time.monotonic() - self._shown_at >= self._preview_every_s
        shown = self._early.pop(0) if self._early else self._frame if due else None
        if shown is None or shown[0] == self._shown:
            return None
        frame, source = shown
        target = self._folder / "preview.jpg"
        self._shown, self._shown_at = frame, time.monotonic()
        if not await asyncio.to_thread(small_jpeg, source, target):
            return None
        name = f"previews/{frame:07d}.jpg"
        try:
            (done,) = await self.upload([Upload(name, target, "image/jpeg")])
        except (RetryLater, Refused, ValidationError):
            return None
        return done.target.key, frame

    def _path(self, call: str) -> str:
        return f"/v1/agent/tasks/{self.ref.task_id}/attempts/{self.ref.attempt}/{call}"


def _announce(item: Upload) -> UploadFile:
    with item.path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return UploadFile(
        name=item.name,
        size_bytes=item.path.stat().st_size,
        sha256=sha256,
        content_type=item.content_type,
    )
