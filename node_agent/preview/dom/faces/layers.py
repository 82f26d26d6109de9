"""Layers: switches, times, sources, parents."""

from __future__ import annotations

from typing import Any, Final

from node_agent.preview.dom.face import Face, ScriptError, reads, writes
from node_agent.preview.dom.session import Session

_LAYER_WRITES = (
    "name", "enabled", "locked", "shy", "solo", "inPoint", "outPoint", "startTime", "stretch",
    "comment", "parent", "label",
)  # fmt: skip
_AV_WRITES = (
    "audioEnabled", "adjustmentLayer", "guideLayer", "threeDLayer", "blendingMode",
    "timeRemapEnabled", "collapseTransformation", "motionBlur",
)  # fmt: skip


def replace_source(_session: Session, layer: Any, item: Any, fix_expressions: bool = False) -> None:
    """Give the layer another source; raise ScriptError where the preview engine cannot."""
    if fix_expressions:
        raise ScriptError(
            "After Effects error: the preview engine cannot fix expressions in replaceSource; "
            "pass false"
        )
    try:
        layer.replace_source(item, fix_expressions=False)
    except ValueError as error:
        raise ScriptError(f"After Effects error: cannot replace the source: {error}") from error


def _source_rect(_session: Session, layer: Any, *arguments: Any) -> Any:
    if len(arguments) != 2:
        raise ScriptError("After Effects error: sourceRectAtTime needs a time and extents")
    return layer.source_rect_at_time(*arguments)


def _remove(_session: Session, layer: Any) -> None:
    layer.remove()


def _move_after(_session: Session, layer: Any, other: Any) -> None:
    layer.move_after(other)


def _move_before(_session: Session, layer: Any, other: Any) -> None:
    layer.move_before(other)


FACES: Final = (
    Face(
        "Layer",
        "PropertyGroup",
        get={
            # The library counts from 0, scripts from 1.
            "index": lambda _s, layer: layer.index + 1,
            **reads((*_LAYER_WRITES, "id", "containingComp", "hasVideo", "active", "nullLayer",
                     "isNameSet", "time")),
        },
        put=writes(_LAYER_WRITES),
        call={
            "remove": _remove,
            "duplicate": lambda _s, layer: layer.duplicate(),
            "moveAfter": _move_after,
            "moveBefore": _move_before,
            "moveToBeginning": lambda _s, layer: layer.move_to_beginning(),
            "moveToEnd": lambda _s, layer: layer.move_to_end(),
        },
    ),
    Face(
        "AVLayer",
        "Layer",
        get=reads((*_AV_WRITES, "source", "width", "height", "hasAudio", "audioActive",
                   "isNameFromSource", "hasTrackMatte", "isTrackMatte", "trackMatteType")),
        put=writes(_AV_WRITES),
        call={"replaceSource": replace_source, "sourceRectAtTime": _source_rect},
    ),
    Face("TextLayer", "AVLayer"),
    Face("ShapeLayer", "AVLayer"),
    Face("ThreeDModelLayer", "AVLayer"),
    Face("CameraLayer", "Layer"),
    Face("LightLayer", "Layer"),
)  # fmt: skip
