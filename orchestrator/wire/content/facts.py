"""ScanFacts v1: what After Effects sees in a template, as jsx/scan.jsx writes it down.

The shape is that of `orchestrator.aep.Project`, so that one decision serves both readers. Read it
with `model_validate_json`: the models are strict, and JSON has no tuples.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.wire.base import Count, FieldProblem, Message, Text

Number = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Byte = Annotated[int, Field(ge=0, le=255)]
Id = Annotated[int, Field(ge=0, le=2**53)]


class ScanRun(Message):
    """Be the file `scan_request.json` beside the script; paths are absolute, for this machine.

    Evaluating expressions stops after `evaluate_s`; the facts then say that they are incomplete.
    """

    project: Text
    result: Text
    progress: Text
    evaluate_s: Annotated[float, Field(ge=0, le=3600)] = 120.0


class FactBox(Message):
    """Give the size of a text box in pixels."""

    width: Number
    height: Number


class FactText(Message):
    """Describe the first text document of a layer as it is stored; line breaks are newlines."""

    text: Text
    font: Text | None
    fonts: tuple[Text, ...]
    font_size: Number
    justify: Literal["left", "right", "center", "full"] | None
    direction: Literal["ltr", "rtl"] | None
    composer: Literal["latin", "universal"] | None
    digit_set: Count | None
    box: FactBox | None


class FactControl(Message):
    """Give the value of a control effect: a colour is r, g, b, a in 0-255.

    `options` are the words of a dropdown, which After Effects tells from release 26 on.
    """

    name: Text
    kind: Literal["color", "fill", "number", "checkbox", "dropdown", "point", "layer"]
    values: tuple[Number, ...]
    keyframed: bool
    driven: bool
    options: tuple[Text, ...]


class FactEffect(Message):
    """Describe one effect; `missing` means that this After Effects does not have it."""

    match_name: Text
    name: Text
    enabled: bool
    missing: bool
    controls: tuple[FactControl, ...]


class FactExpression(Message):
    """Describe one expression, by match names, and what evaluating it at time 0 gave."""

    path: tuple[Text, ...]
    source: Text
    enabled: bool
    property: Text
    error: Text | None
    result: Text | None


class FactMarker(Message):
    """Describe one marker; of a layer's, `time_s` counts from the layer's start."""

    time_s: Number
    comment: Text


class FactLayer(Message):
    """Describe one layer; times are seconds of the comp, `stretch` is 1 for none."""

    id: Id
    name: Text
    own_name: Text
    kind: Literal["av", "light", "camera", "text", "shape", "model", "unknown"]
    source_id: Id
    parent_id: Id
    start_s: Number
    in_s: Number
    out_s: Number
    stretch: Number
    enabled: bool
    audio_enabled: bool
    guide: bool
    null: bool
    adjustment: bool
    solo: bool
    shy: bool
    three_d: bool
    time_remap: bool
    text: FactText | None
    effects: tuple[FactEffect, ...]
    expressions: tuple[FactExpression, ...]
    markers: tuple[FactMarker, ...]


class FactComp(Message):
    """Describe one comp; layers stand in panel order, topmost first."""

    id: Id
    name: Text
    width: Count
    height: Count
    frame_rate: Number
    pixel_aspect: Number
    duration_s: Number
    display_start_s: Number
    markers: tuple[FactMarker, ...]
    layers: tuple[FactLayer, ...]


class FactFootage(Message):
    """Describe one footage item; `missing` means that this machine has no file for it."""

    id: Id
    name: Text
    kind: Literal["file", "sequence", "solid", "placeholder", "unknown"]
    path: Text
    width: Count
    height: Count
    duration_s: Number
    color: tuple[Byte, Byte, Byte] | None
    missing: bool


class FactProject(Message):
    """Hold the items of a project in its own order."""

    bits_per_channel: Count
    working_space: Text | None
    linear_blending: bool
    footage: tuple[FactFootage, ...]
    comps: tuple[FactComp, ...]


class ScanFacts(Message):
    """Be the result file of scan.jsx, written last: its presence is the only sign of completion.

    `fonts_unproved` are fonts that a release without a list of missing ones gave no file for.
    """

    version: Literal[1]
    ok: bool
    errors: tuple[FieldProblem, ...] = ()
    engine_version: Text
    project: FactProject | None = None
    fonts_missing: tuple[Text, ...] = ()
    fonts_unproved: tuple[Text, ...] = ()
    expressions_checked: Count = 0
    complete: bool = False
