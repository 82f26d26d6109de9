"""The bind spec: what bind.jsx reads as data, and the result file that it writes last.

In mode free a scene is a comp, its key the comp's name, and a value's key is `layer` or
`layer/property`; the address `comp/layer[/property]` is the two joined by a slash.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from orchestrator.wire.base import (
    Color,
    Count,
    Fps,
    Key,
    Message,
    Name,
    Seconds,
    Text,
)
from orchestrator.wire.media.safe import MediaRule
from orchestrator.wire.media.sound import BindAudio

Mode = Literal["fix", "flexible", "mockup", "music_visualizer", "free"]
FieldKind = Literal[
    "text", "textarea", "media", "audio", "checkbox", "dropdown", "fill", "color", "number"
]

ASSEMBLED_MODES: Final[frozenset[Mode]] = frozenset({"flexible", "mockup"})
"""Modes whose video is put together of the scenes that an order names, in its sequence."""
FILE_KINDS: Final[frozenset[FieldKind]] = frozenset({"media", "audio"})
"""Fields whose value is a client's file."""

MediaFit = Literal["contain", "cover", "stretch", "none"]


class BindValue(Message):
    """Hold one value of one field; `value` of a media field is a path inside the job folder.

    `fit` says how a picture fills the frame that it replaces, always centred: `contain` (as when it
    is left out) shows all of it, `cover` fills the frame and cuts off the rest, `stretch` distorts,
    `none` keeps its size and cuts off the rest.
    """

    key: Key
    kind: FieldKind
    value: Annotated[Text, Field(max_length=20_000)]
    font: Name | None = None
    size: Annotated[float, Field(gt=0, le=10_000)] | None = None
    justify: Literal["left", "center", "right", "full"] | None = None
    direction: Literal["rtl", "ltr"] | None = None
    fit: MediaFit | None = None


class BindScene(Message):
    """Group values by scene, because scenes share keys such as `title`.

    In modes flexible and mockup a scene that has a start is one use of it, laid out from `start_s`
    on for `duration_s`; of its own length the protected ends stay as they are and the middle is
    stretched. One without a start holds what all scenes share.
    """

    key: Key
    order: Count = 0
    start_s: Seconds | None = None
    duration_s: Seconds | None = None
    protected_in_s: Seconds = 0.0
    protected_out_s: Seconds = 0.0
    values: tuple[BindValue, ...] = ()


class BindColor(Message):
    """Set one shared colour; bind writes it in the notation of the default it replaces."""

    key: Key
    value: Color


class BindControl(Message):
    """Set one shared control (an integer 0-3 in `frshare`)."""

    key: Key
    value: Annotated[int, Field(ge=0, le=3)]


class BindStill(Message):
    """Ask for one picture: a frame of a comp, from its first on."""

    comp: Name
    frame: Count


class BindSpec(Message):
    """Say everything that bind writes into the copy of the project (Bind spec v1).

    With `stills` nothing is assembled and no video queued: these pictures are rendered.
    `duration_s` is what the comp shall last, where that is not the template's own length.
    """

    version: Literal[1] = 1
    mode: Mode
    comp: Name
    duration_s: Seconds | None = None
    fps: Fps | None = None
    width: Count | None = None
    height: Count | None = None
    scenes: tuple[BindScene, ...] = ()
    colors: tuple[BindColor, ...] = ()
    controls: tuple[BindControl, ...] = ()
    audio: BindAudio = BindAudio()
    media: Annotated[tuple[MediaRule, ...], Field(max_length=2000)] = ()
    stills: Annotated[tuple[BindStill, ...], Field(max_length=200)] = ()


class BindRun(Message):
    """Tell the script where things are on this node; paths are absolute, for this machine only.

    Without `sound_module` the template's own sound is not rendered: nobody is to hear it.
    """

    project: Text
    bound: Text
    result: Text
    job_folder: Text
    output_module: Name
    sound_module: Name | None = None


class BindFile(Message):
    """Be the one file `bind_spec.json` that lies beside the script."""

    run: BindRun
    spec: BindSpec


class BindIssue(Message):
    """Name one thing that bind could not set, with its place."""

    code: Name
    message: Text
    scene: Text | None = None
    key: Text | None = None
    layer: Text | None = None
    comp: Text | None = None
    property: Text | None = None


class BindApplied(Message):
    """Tell one value that was written, and where."""

    scene: Text | None = None
    key: Text
    layer: Text
    comp: Text


class BindResult(Message):
    """Be the result file of bind.jsx, written last: its presence is the only sign of completion.

    `sound` is the path of the template's own sound where one was rendered, in `sound_s` seconds.
    """

    ok: bool
    errors: tuple[BindIssue, ...] = ()
    warnings: tuple[BindIssue, ...] = ()
    applied: tuple[BindApplied, ...] = ()
    final_comp: Text | None = None
    width: Count | None = None
    height: Count | None = None
    fps: float | None = None
    duration_s: float | None = None
    frames: Count | None = None
    has_audio: bool = False
    output_module: Text | None = None
    sound: Text | None = None
    sound_s: float | None = None
    ae_version: Text | None = None
    fonts: tuple[Text, ...] = ()
