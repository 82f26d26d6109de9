"""What a video was made of, by whom, and how it compares with the one that it repeats."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from orchestrator.wire.base import (
    Count,
    EngineKind,
    Fps,
    Md5,
    Message,
    RelativePath,
    Sha256,
    SizeBytes,
    Text,
    Time,
)
from orchestrator.wire.frames import FrameRanges


class ManifestBundle(Message):
    """Name the template's bundle by what it holds."""

    md5: Md5
    sha256: Sha256
    size_bytes: SizeBytes
    aep_path: RelativePath


class ManifestFile(Message):
    """Be one file of the client's or one font: its place in the job folder, and what it holds."""

    path: RelativePath
    sha256: Sha256
    size_bytes: SizeBytes


class ManifestOutput(Message):
    """Be one published result by what it holds; `encoder` is what wrote it, where that is told."""

    kind: Text
    content_type: Text
    size_bytes: SizeBytes
    sha256: Sha256
    encoder: Text | None = None


class ManifestAttempt(Message):
    """Be one attempt at one of the job's tasks; `node_id` tells nodes apart, no more."""

    task_id: int
    kind: Text
    attempt: Count
    outcome: Text | None
    failure_code: Text | None = None
    frames: FrameRanges | None = None
    frames_done: Count | None = None
    node_id: UUID
    platform: Text
    agent_version: Text | None = None
    engine_version: Text | None = None
    granted_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None


class EngineClassView(Message):
    """Say which engine made the frames: a repeat asks for the same."""

    engine: EngineKind
    engine_major: Count | None = None
    engine_build: Text | None = None
    platform: Text | None = None
    gpu: bool | None = None


class Comparison(Message):
    """Compare the frames with those of the render that this one repeats.

    `different` lists the first frames that are not the same, byte for byte; at most 100.
    """

    job_id: UUID
    same: bool
    frames: Count
    frames_different: Count
    different: FrameRanges = ""


class Manifest(Message):
    """Say everything that a render's video was made of, written when it was done.

    `frame_hashes` are the SHA-256 of its frames in their order, empty when the node told only
    `frames_sha256`: the hash of those, in hex, one on each line. `files` are what values name,
    and fonts. A `comparison` comes with a render that repeats another.
    """

    version: Literal[1] = 1
    job_id: UUID
    project_id: UUID
    again_of: UUID | None = None
    convention_version: Count
    bundle: ManifestBundle
    engine: EngineClassView
    order: dict[str, object]
    files: tuple[ManifestFile, ...] = ()
    comp: Text
    frames: FrameRanges
    width: Count
    height: Count
    fps: Fps
    outputs: tuple[ManifestOutput, ...] = ()
    attempts: tuple[ManifestAttempt, ...] = ()
    frames_sha256: Sha256 | None = None
    frame_hashes: tuple[Sha256, ...] = ()
    comparison: Comparison | None = None
    created_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None
    written_at: Time
