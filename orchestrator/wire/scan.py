"""ScanResult v1: what a template offers to be filled, as quick and full scans both say it.

Read it back with `model_validate_json`: the models are strict, and JSON has no tuples.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.wire.base import Color, Count, FieldProblem, Fps, Message, Text
from orchestrator.wire.bind import FieldKind, Mode

MAX_SCAN_BYTES = 16 * 2**20
"""A longer ScanResult is none: orders and imports read it whole. 10,000 fields take 4 MB."""
Length = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ScanComp(Message):
    """Describe one comp of the project; a comp with zeros can not be rendered."""

    name: Text
    layers: Count = 0
    width: Count
    height: Count
    fps: Fps
    duration_s: Length
    frames: Count


class Box(Message):
    """Give the size of a field on its layer, in pixels of the comp."""

    width: Length
    height: Length


class ScanElement(Message):
    """Describe one field; `comp` and `layer` say where it is, `key` is what orders call it.

    `options` are the words of a dropdown, first to last; an order gives their number, from 1 on.
    """

    key: Text
    kind: FieldKind
    layer: Text
    comp: Text
    property: Text | None = None
    default: Text | None = None
    required: bool = False
    direction: Literal["rtl", "ltr"] | None = None
    composer: Literal["latin", "universal"] | None = None
    digit_set: Count | None = None
    font: Text | None = None
    font_size: Length | None = None
    justify: Literal["left", "center", "right", "full"] | None = None
    box: Box | None = None
    options: tuple[Text, ...] = ()


class ScanScene(Message):
    """Group the fields of one scene; in mode free a scene is a comp, its key the comp's name.

    A `shared` one (frshare, all) holds what every scene shares and is no part of the sequence.
    Only the middle of a scene stretches: the protected parts at its two ends keep their length.
    `seen_from_s` and `seen_to_s` tell when its fields are seen in the final comp, in modes whose
    scenes are parts of it.
    """

    key: Text
    title: Text
    comp: Text | None = None
    shared: bool = False
    duration_s: Length | None = None
    order: Count = 0
    min_s: Length | None = None
    max_s: Length | None = None
    overlap_s: Length | None = None
    protected_in_s: Length | None = None
    protected_out_s: Length | None = None
    seen_from_s: Length | None = None
    seen_to_s: Length | None = None
    elements: tuple[ScanElement, ...] = ()


class ScanColor(Message):
    """Describe one shared colour and its default."""

    key: Text
    value: Color


class ScanControl(Message):
    """Describe one shared control and its default."""

    key: Text
    value: Annotated[int, Field(ge=0, le=3)]


class ScanFootage(Message):
    """Describe one file the project uses, as the designer's machine named it.

    `missing` is None when nobody could look: a quick scan of a bare project has no folder.
    """

    name: Text
    path: Text
    kind: Literal["file", "sequence", "placeholder", "unknown"]
    width: Count
    height: Count
    missing: bool | None = None


class ColorSpace(Message):
    """Describe the project's colour settings."""

    working_space: Text | None = None
    bit_depth: Literal[8, 16, 32] = 8
    linear: bool = False


class ScanProblem(FieldProblem):
    """Name one thing a designer should mend; an error keeps the template from being ordered.

    Errors of expressions and file servers keep it from After Effects only: the preview engine
    calls no server and evaluates expressions in a cage.
    """

    level: Literal["error", "warning"] = "warning"


class ExpressionError(Message):
    """Name one enabled expression that After Effects cannot evaluate."""

    comp: Text
    layer: Text
    property: Text
    message: Text


class ExpressionResult(Message):
    """Tell what an enabled expression gives at the comp's start, cut to 200 characters."""

    comp: Text
    layer: Text
    property: Text
    result: Text


class FullFacts(Message):
    """Hold what only After Effects knows; a quick scan has none of it.

    What is missing is missing on the node that scanned. `fonts_unproved` are fonts that an After
    Effects before 24, which keeps no list of missing ones, found no file for. A scan that ran out
    of time for expressions is not `complete`.
    """

    engine_version: Text
    fonts_missing: tuple[Text, ...] = ()
    fonts_unproved: tuple[Text, ...] = ()
    footage_missing: tuple[Text, ...] = ()
    effects_missing: tuple[Text, ...] = ()
    expressions_checked: Count = 0
    expression_errors: tuple[ExpressionError, ...] = ()
    expression_results: tuple[ExpressionResult, ...] = ()
    complete: bool = True


class ScanResult(Message):
    """Hold everything a scan found out about one template."""

    version: Literal[1] = 1
    convention_version: Count = 1
    mode: Mode
    mode_detected: Mode
    mode_reason: Text
    ae_version: Text
    comps: tuple[ScanComp, ...] = ()
    final_comp: Text | None = None
    final_choices: tuple[Text, ...] = ()
    scenes: tuple[ScanScene, ...] = ()
    shared_colors: tuple[ScanColor, ...] = ()
    controls: tuple[ScanControl, ...] = ()
    fonts: tuple[Text, ...] = ()
    effects: tuple[Text, ...] = ()
    footage: tuple[ScanFootage, ...] = ()
    color: ColorSpace = ColorSpace()
    unclassified: tuple[Text, ...] = ()
    problems: tuple[ScanProblem, ...] = ()
    full: FullFacts | None = None
