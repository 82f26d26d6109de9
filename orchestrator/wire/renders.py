"""What clients order and what they are told of it: render orders, renders, events, exports."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from orchestrator.wire.base import (
    Color,
    Count,
    EngineKind,
    Fps,
    Key,
    Message,
    Name,
    Page,
    Seconds,
    Sha256,
    SizeBytes,
    TaskKind,
    Text,
    Time,
)
from orchestrator.wire.bind import BindControl, MediaFit
from orchestrator.wire.failures import Failure
from orchestrator.wire.frames import FrameRanges
from orchestrator.wire.media.output import OutputSpec
from orchestrator.wire.media.sound import OrderAudio

JobState = Literal[
    "queued", "preparing", "rendering", "validating", "exporting", "done", "failed", "cancelled"
]
TaskState = Literal[
    "blocked", "queued", "leased", "running", "succeeded", "failed", "cancelled", "quarantined"
]
Plan = Literal["single", "split"]
NEXT_OFFSET = "Next-Offset"
"""Header of a piece of an attempt's log: the byte at which the next piece begins."""


class FileRef(Message):
    """Point at a file sent before by `POST /v1/files`."""

    file_id: UUID


class OrderValue(Message):
    """Give one field its value: text, number, switch, colour, or a file for media.

    A dropdown takes the number of a choice, from 1 on, or its word. `font` to `direction` are for
    texts; `fit` says how a picture fills the frame that it replaces.
    """

    key: Key
    value: Annotated[Text, Field(max_length=20_000)] | int | float | bool | FileRef
    font: Name | None = None
    size: Annotated[float, Field(gt=0, le=10_000)] | None = None
    justify: Literal["left", "center", "right", "full"] | None = None
    direction: Literal["rtl", "ltr"] | None = None
    fit: MediaFit | None = None


class OrderScene(Message):
    """Give the values of one scene; in mode free a scene is a comp.

    `order` and `duration_s` are for modes flexible and mockup: when it plays, and for how long.
    """

    key: Key
    order: Count | None = None
    duration_s: Seconds | None = None
    values: Annotated[tuple[OrderValue, ...], Field(max_length=1000)] = ()


class OrderColor(Message):
    """Give one shared colour its value."""

    key: Key
    value: Color


class RenderOrder(Message):
    """Order one render of a project: the values that differ from the template's defaults.

    In modes flexible and mockup the scenes play as they are listed, each use with values of its
    own. `duration_s` is the length of the video in mode music_visualizer.
    """

    project_id: UUID
    scenes: Annotated[tuple[OrderScene, ...], Field(max_length=500)] = ()
    colors: Annotated[tuple[OrderColor, ...], Field(max_length=500)] = ()
    controls: Annotated[tuple[BindControl, ...], Field(max_length=500)] = ()
    audio: OrderAudio = OrderAudio()
    output: OutputSpec = OutputSpec()
    engine: EngineKind = "aftereffects"
    plan: Plan | None = None
    comp: Name | None = None
    frames: FrameRanges | None = None
    duration_s: Seconds | None = None
    priority: Annotated[int, Field(ge=0, le=100)] = 50
    deadline_at: Time | None = None

    @model_validator(mode="after")
    def _one_range(self) -> RenderOrder:
        if self.frames is not None and (not self.frames or "," in self.frames):
            raise ValueError("frames must be one range such as 0-11")
        return self


class RepairOrder(Message):
    """Ask for frames of a finished split render to be rendered again."""

    frames: Annotated[FrameRanges, Field(min_length=1)]


class RenderChange(Message):
    """PATCH /v1/renders/{id}: what is given changes; a deadline of null takes it away.

    A priority above the tenant's own limit becomes that limit, as in an order.
    """

    priority: Annotated[int, Field(ge=0, le=100)] | None = None
    deadline_at: Time | None = None


class StageProgress(Message):
    """Count one stage's work: frames, or bytes, or steps; of a scan, seconds."""

    stage: Literal["bind", "frames", "verify", "export", "launch", "open", "read"]
    done: Count
    total: Count


class Export(Message):
    """Describe one published result; `url` is time-limited, relative to the API's address."""

    id: UUID
    kind: Literal["video", "poster", "thumbnail"]
    url: Text
    content_type: Text
    size_bytes: SizeBytes
    sha256: Sha256
    width: Count | None = None
    height: Count | None = None
    frames: Count | None = None
    fps: Fps | None = None
    duration_s: Seconds | None = None
    has_audio: bool | None = None


class Render(Message):
    """Describe a job as its client sees it."""

    id: UUID
    project_id: UUID
    state: JobState
    plan: Plan
    engine: EngineKind
    comp: Name
    frames: FrameRanges
    frames_total: Count
    width: Count
    height: Count
    fps: Fps
    priority: Count
    deadline_at: Time | None = None
    stages: tuple[StageProgress, ...] = ()
    failure: Failure | None = None
    warnings: tuple[Text, ...] = ()
    unsupported: dict[Text, Count] = {}
    exports: tuple[Export, ...] = ()
    created_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None
    eta_p50_s: Seconds | None = None
    """Until it is done, and not in lists: half of all such jobs need less than this from now."""
    eta_p90_s: Seconds | None = None
    """Nine of ten such jobs need less than this from now."""
    wait_s: Seconds | None = None
    """The part of `eta_p50_s` that passes before a node begins."""
    node_s: Seconds | None = None
    """Once it is done: how long nodes worked on it, attempts that failed left out."""
    cost_units: float | None = None
    """Once it is done: node-seconds by the weight that its engine had when it was ordered."""


class RenderPage(Message):
    """Be one page of renders, newest first."""

    data: tuple[Render, ...]
    meta: Page


class ExportList(Message):
    """Be the published results of one render, at most three, on one page."""

    data: tuple[Export, ...]
    meta: Page = Page()


class TaskView(Message):
    """Describe one task of a job for its client and for admins."""

    id: int
    kind: TaskKind
    state: TaskState
    attempt: Count
    frames: FrameRanges | None = None
    node_id: UUID | None = None
    node_name: Text | None = None
    failure: Failure | None = None
    queued_at: Time | None = None
    started_at: Time | None = None
    finished_at: Time | None = None


class TaskList(Message):
    """Be the tasks of one render, in the plan's order, all on one page."""

    data: tuple[TaskView, ...]
    meta: Page = Page()


class AttemptView(Message):
    """Describe one try of a task; its node is shown to operators only.

    `outcome` is null while it runs; `counted` tells whether a failure counts against the task.
    """

    task_id: int
    kind: TaskKind
    attempt: Count
    outcome: Literal["succeeded", "failed", "interrupted", "lost"] | None = None
    counted: bool = False
    failure: Failure | None = None
    warnings: tuple[Text, ...] = ()
    node_id: UUID | None = None
    node_name: Text | None = None
    engine_version: Text | None = None
    frames_done: Count | None = None
    timings_s: dict[Text, float] = {}
    log_bytes: Count = 0
    granted_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None


class AttemptPage(Message):
    """Be one page of a render's attempts: task by task, each from its first attempt on."""

    data: tuple[AttemptView, ...]
    meta: Page = Page()


class JobEvent(Message):
    """Be one event of a job's stream; `id` counts up and resumes the stream (Last-Event-ID).

    Events of tasks that ended in one stroke share an id; the stream names it with the last one.

    `data` of a preview holds `frame` and `url`, a time-limited address of a small JPEG; that of the
    newest progress also `eta_p50_s`, `eta_p90_s` and `wait_s`, where something can be foretold.
    """

    id: int
    job_id: UUID
    type: Literal["state", "progress", "preview", "task", "export"]
    at: Time
    data: dict[str, object]
