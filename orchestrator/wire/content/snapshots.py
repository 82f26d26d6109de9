"""Pictures of scenes: one frame of a scene with given values, kept by all that can change it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from orchestrator.wire.base import (
    Count,
    EngineKind,
    Key,
    Message,
    Name,
    Page,
    Seconds,
    Sha256,
    Side,
    SizeBytes,
    Text,
    Time,
)
from orchestrator.wire.bind import BindControl, BindSpec
from orchestrator.wire.renders import OrderColor, OrderValue

MAX_SCENES = 200
SnapshotState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class SnapshotScene(Message):
    """Ask for one picture: the scene, its values, and where in it; without `at_s` its middle."""

    key: Key
    at_s: Seconds | None = None
    values: Annotated[tuple[OrderValue, ...], Field(max_length=1000)] = ()


class SnapshotOrder(Message):
    """POST /v1/scene-snapshots/{project_id}: a picture of each scene named, or of every scene.

    What is not given is the template's own, also where an order would have to give it. A picture
    is as large as its comp, or smaller: neither side is longer than `max_side` pixels.
    """

    scenes: Annotated[tuple[SnapshotScene, ...], Field(max_length=MAX_SCENES)] = ()
    colors: Annotated[tuple[OrderColor, ...], Field(max_length=500)] = ()
    controls: Annotated[tuple[BindControl, ...], Field(max_length=500)] = ()
    comp: Name | None = None
    max_side: Annotated[int, Field(ge=16, le=4096)] = 640
    engine: EngineKind = "aftereffects"

    @model_validator(mode="after")
    def _scenes_once(self) -> SnapshotOrder:
        if len({scene.key for scene in self.scenes}) < len(self.scenes):
            raise ValueError("each scene once; send another call for the same scene's other values")
        return self


class SnapshotSpec(Message):
    """Draw the pictures that `bind.stills` names, neither side longer than `max_side` pixels."""

    kind: Literal["snapshot"] = "snapshot"
    bind: BindSpec
    max_side: Side


class SnapshotFailure(Message):
    """Say why there is no picture, and what to do."""

    code: Text
    message: Text


class Snapshot(Message):
    """Describe one picture of a scene.

    `url` is its address, the same for as long as nothing that can change the picture changes;
    what lies there never changes either. A `plain` one shows the template with no values given.
    `waits_for` says why nobody draws it yet. One that failed is drawn again when it is asked for
    again `asked_again_s` seconds after its end, or later.
    """

    id: UUID
    project_id: UUID
    scene: Text
    comp: Text
    frame: Count
    plain: bool
    max_side: Count
    engine: EngineKind
    state: SnapshotState
    key: Sha256
    url: Text | None = None
    width: Count | None = None
    height: Count | None = None
    size_bytes: SizeBytes | None = None
    sha256: Sha256 | None = None
    failure: SnapshotFailure | None = None
    asked_again_s: Seconds | None = None
    waits_for: Text | None = None
    created_at: Time
    finished_at: Time | None = None


class SnapshotList(Message):
    """Be the pictures that one call asked for, in its order, all on one page."""

    data: tuple[Snapshot, ...]
    meta: Page = Page()


class SnapshotPage(Message):
    """Be one page of a project's pictures, newest first."""

    data: tuple[Snapshot, ...]
    meta: Page
