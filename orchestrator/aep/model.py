"""What the reader finds in a project file: plain frozen records, nothing of After Effects."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

FootageKind = Literal["file", "sequence", "solid", "placeholder", "unknown"]
LayerKind = Literal["av", "light", "camera", "text", "shape", "model", "unknown"]
Justify = Literal["left", "right", "center", "full"]
ControlKind = Literal["color", "fill", "number", "checkbox", "dropdown", "point", "layer", "other"]


class BadAep(Exception):
    """Say why a file is not a project that can be read, in one sentence."""


@dataclass(frozen=True, slots=True)
class Version:
    """Name the After Effects that saved the file: CS4 is 9, CC 2019 is 16, 2026 is 26."""

    major: int
    minor: int
    build: int
    file_format: int

    def __str__(self) -> str:
        """Write it as After Effects does: 23.3x53."""
        return f"{self.major}.{self.minor}x{self.build}"


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker of a layer; `time_s` counts from the layer's own start."""

    time_s: float
    comment: str


@dataclass(frozen=True, slots=True)
class TextContent:
    """The first text document of a layer; line breaks are newlines, sizes are pixels."""

    text: str
    font: str | None
    font_size: float | None
    fill: tuple[int, int, int] | None
    justify: Justify | None
    direction: Literal["ltr", "rtl"] | None
    composer: Literal["latin", "universal"] | None
    digit_set: int | None
    box: tuple[float, float] | None
    fonts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One value of a control effect: a colour is (r, g, b, a) in 0-255, others (number, ...).

    A `driven` one follows an enabled expression, whatever is stored. `options` are the words of
    a dropdown, whose number counts from 1. A `fill` is the colour of a Fill effect.
    """

    name: str
    kind: ControlKind
    values: tuple[float, ...]
    keyframed: bool
    driven: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect by match name; `name` is what the designer called it, or empty."""

    match_name: str
    name: str
    enabled: bool
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression and the match names that lead to its property, outermost first."""

    path: tuple[str, ...]
    source: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a comp; `index` counts from 1 at the top, times are seconds of the comp."""

    index: int
    id: int
    name: str
    own_name: str
    kind: LayerKind
    source_id: int
    parent_id: int
    start_s: float
    in_s: float
    out_s: float
    stretch: float
    enabled: bool
    audio_enabled: bool
    guide: bool
    null: bool
    adjustment: bool
    solo: bool
    shy: bool
    three_d: bool
    text: TextContent | None = None
    effects: tuple[Effect, ...] = ()
    expressions: tuple[Expression, ...] = ()
    markers: tuple[Marker, ...] = ()
    time_remap: bool = False


@dataclass(frozen=True, slots=True)
class Comp:
    """One composition; layers stand in panel order, topmost first; markers count in its time."""

    id: int
    name: str
    folder_id: int
    width: int
    height: int
    fps: Fraction
    pixel_aspect: Fraction
    duration_s: float
    frames: int
    work_start_s: float
    work_end_s: float
    display_start_s: float
    background: tuple[int, int, int]
    layers: tuple[Layer, ...]
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True)
class Footage:
    """One footage item; `path` is as the designer's machine wrote it, empty when unknown.

    `missing` tells that the file was not there when the project was saved.
    """

    id: int
    name: str
    folder_id: int
    kind: FootageKind
    format: str
    path: str
    width: int
    height: int
    duration_s: float
    color: tuple[int, int, int] | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of the project panel; the root has id 0 and is not listed."""

    id: int
    name: str
    folder_id: int


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that a quick scan can know; each tuple keeps the order of the file."""

    version: Version
    bits_per_channel: int
    working_space: str | None
    linear_blending: bool
    folders: tuple[Folder, ...]
    footage: tuple[Footage, ...]
    comps: tuple[Comp, ...]

    def fonts(self) -> tuple[str, ...]:
        """List the PostScript names that text layers use, sorted, each once."""
        texts = (layer.text for comp in self.comps for layer in comp.layers)
        return tuple(sorted({font for text in texts if text for font in text.fonts}))

    def effects(self) -> tuple[str, ...]:
        """List the match names of the effects in use, sorted, each once."""
        layers = (layer for comp in self.comps for layer in comp.layers)
        return tuple(sorted({effect.match_name for layer in layers for effect in layer.effects}))
