"""What a lease grants and what an attempt reports: inputs, specs by kind, progress, results."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from orchestrator.wire.agent import EngineMajor, Token, Usual
from orchestrator.wire.base import (
    Count,
    EngineKind,
    Fps,
    Md5,
    Message,
    Name,
    RelativePath,
    Seconds,
    Sha256,
    SizeBytes,
    Text,
)
from orchestrator.wire.bind import BindSpec
from orchestrator.wire.content.snapshots import SnapshotSpec
from orchestrator.wire.failures import Failure
from orchestrator.wire.frames import FrameRanges
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.safe import MediaRule
from orchestrator.wire.media.sound import BindAudio
from orchestrator.wire.renders import StageProgress

FrameNumber = Annotated[int, Field(ge=0, le=9_999_999)]


class BundleRef(Message):
    """Point at a template's bundle; `is_bundle` tells a zip from a single .aep."""

    md5: Md5
    sha256: Sha256
    size_bytes: SizeBytes
    is_bundle: bool
    aep_path: RelativePath
    url: Text


class InputFile(Message):
    """Point at one file to lay into the job folder; `url` may be relative to the API's address."""

    path: RelativePath
    url: Text
    sha256: Sha256
    size_bytes: SizeBytes


class RenderSpec(Message):
    """Do a whole job on one node: bind, frames, verify, export."""

    kind: Literal["render"] = "render"
    bind: BindSpec
    frames: FrameRanges
    fps: Fps
    width: Count
    height: Count
    output: OutputSpec


class BindTaskSpec(Message):
    """Write the values into a copy of the project; upload it and the template's own sound."""

    kind: Literal["bind"] = "bind"
    bind: BindSpec
    alpha: bool = False


class FramesSpec(Message):
    """Render frames of a bound project (input `bound.aep`) with the client's media beside it.

    `module` names the output module that bind left in the project; None is this farm's own.
    `check` are frames that are rendered and hashed as well and never uploaded: good neighbours of
    a repair.
    """

    kind: Literal["frames"] = "frames"
    comp: Name
    frames: FrameRanges
    check: FrameRanges = ""
    width: Count
    height: Count
    fps: Fps
    alpha: bool = False
    module: Name | None = None
    media: Annotated[tuple[MediaRule, ...], Field(max_length=2000)] = ()


class ExportSpec(Message):
    """Encode frames (inputs `frames/NNNNN.png`, `sound.wav`, `media/...`) to the video."""

    kind: Literal["export"] = "export"
    frames: FrameRanges
    fps: Fps
    width: Count
    height: Count
    output: OutputSpec
    audio: BindAudio
    has_sound: bool


class ScanSpec(Message):
    """Read the template inside the engine and upload what it sees as `facts.json`."""

    kind: Literal["scan"] = "scan"


TaskSpec = Annotated[
    RenderSpec | BindTaskSpec | FramesSpec | ExportSpec | ScanSpec | SnapshotSpec,
    Field(discriminator="kind"),
]


class Grant(Message):
    """Lease one attempt of a task: who holds the token may report, for `lease_ttl_s` at a time.

    `engine_major` asks for that version of the engine and no other: a project that one version
    has saved may not open in another. `usual` lets the node find a hang of the engine sooner.
    """

    task_id: int
    attempt: Annotated[int, Field(ge=1)]
    token: Token
    lease_ttl_s: Seconds
    job_id: UUID | None
    project_id: UUID | None
    engine: EngineKind
    engine_major: EngineMajor | None = None
    bundle: BundleRef | None
    inputs: tuple[InputFile, ...] = ()
    spec: TaskSpec
    usual: Usual | None = None


class ClaimAnswer(Message):
    """Give 0..n grants; the same request id is answered with the same grants."""

    grants: tuple[Grant, ...] = ()


class ProgressReport(Message):
    """POST .../progress: tell the stages' counts; `running` is implied by the first one."""

    token: Token
    stages: Annotated[tuple[StageProgress, ...], Field(max_length=10)]
    preview_key: Annotated[Text, Field(max_length=500)] | None = None
    preview_frame: FrameNumber | None = None


class LogChunk(Message):
    """POST .../log: append the attempt's log at a byte offset; a gap answers the offset to send."""

    token: Token
    offset: SizeBytes
    text: Annotated[Text, Field(max_length=200_000)]


class LogAnswer(Message):
    """Tell from which byte offset the server wants the log next."""

    offset: SizeBytes


class FrameResult(Message):
    """Name one finished and verified frame; `key` is its object when it was uploaded."""

    frame: FrameNumber
    sha256: Sha256
    size_bytes: SizeBytes
    key: Annotated[Text, Field(max_length=500)] | None = None


class CheckedFrame(Message):
    """Be the hash of a frame that was rendered only to be compared."""

    frame: FrameNumber
    sha256: Sha256


class FramesReport(Message):
    """POST .../frames: record finished frames in batches."""

    token: Token
    frames: Annotated[tuple[FrameResult, ...], Field(min_length=1, max_length=2000)]


class UploadFile(Message):
    """Announce one file to upload."""

    name: RelativePath
    size_bytes: SizeBytes
    sha256: Sha256
    content_type: Name


class UploadRequest(Message):
    """POST .../uploads: ask where to put files of this attempt; keys contain the attempt."""

    token: Token
    files: Annotated[tuple[UploadFile, ...], Field(min_length=1, max_length=500)]


class UploadPartTarget(Message):
    """Say where one part of a large file goes, and which bytes of the file it is."""

    url: Text
    first_byte: SizeBytes
    size_bytes: SizeBytes


class UploadTarget(Message):
    """Say where one file goes: an HTTP PUT with these headers; `url` may be relative.

    With `parts` each of them is PUT instead, and their ETags are POSTed to `complete_url` as S3's
    CompleteMultipartUpload, with `If-None-Match: *`.
    """

    name: RelativePath
    key: Text
    url: Text
    headers: dict[str, str] = {}
    parts: Annotated[tuple[UploadPartTarget, ...], Field(max_length=10_000)] = ()
    complete_url: Text | None = None


class UploadAnswer(Message):
    """Give the upload targets, in the order asked."""

    uploads: tuple[UploadTarget, ...]


class Output(Message):
    """Describe one uploaded result of an attempt; `module` is a bound project's output module.

    `hashes` are the SHA-256 of a whole job's frames, 32 bytes each, in the frames' order.
    `place` tells which of a snapshot task's pictures a `still` is, from 0; `encoder` what wrote a
    video and how.
    """

    kind: Literal["video", "poster", "thumbnail", "bound", "sound", "facts", "hashes", "still"]
    key: Annotated[Text, Field(max_length=500)]
    content_type: Name
    size_bytes: SizeBytes
    sha256: Sha256
    width: Count | None = None
    height: Count | None = None
    frames: Count | None = None
    fps: Fps | None = None
    duration_s: Seconds | None = None
    has_audio: bool | None = None
    module: Name | None = None
    place: Count | None = None
    encoder: Name | None = None


class ResultReport(Message):
    """POST .../result: end the attempt; the same token again is answered the same.

    `succeeded` needs no failure, `failed` needs one; `interrupted` costs the task nothing, unless
    `agent_died`: the process that held the lease ended at work, and its successor hands it back.
    """

    token: Token
    outcome: Literal["succeeded", "failed", "interrupted"]
    agent_died: bool = False
    failure: Failure | None = None
    outputs: Annotated[tuple[Output, ...], Field(max_length=200)] = ()
    frames_done: FrameRanges = ""
    frames_sha256: Sha256 | None = None
    checked: Annotated[tuple[CheckedFrame, ...], Field(max_length=100)] = ()
    timings_s: dict[Name, Seconds] = {}
    engine_version: Name | None = None
    unsupported: dict[Text, Count] = {}
    warnings: Annotated[tuple[Text, ...], Field(max_length=200)] = ()


class ResultAnswer(Message):
    """Acknowledge a result: what the server made of the task."""

    task_state: Literal["queued", "succeeded", "failed", "cancelled", "quarantined"]


class CrashReport(Message):
    """POST .../crash: tell how an engine process ended; the screenshot may show a dialog."""

    token: Token
    crash_class: Name
    exit_code: Annotated[int, Field(ge=-(2**31), lt=2**32)] | None = None
    frame: FrameNumber | None = None
    memory_bytes: SizeBytes | None = None
    screenshot_key: Annotated[Text, Field(max_length=500)] | None = None
    last_lines: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
