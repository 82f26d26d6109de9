"""The building blocks of the demo template: shapes, texts, motion, shared colours."""

from __future__ import annotations

from typing import Any

import py_aep

from node_agent.preview.dom.faces import text as script_text

FONT_BOLD = "Vazirmatn-Bold"
FONT_REGULAR = "Vazirmatn-Regular"
Point = tuple[float, float]
Rgb = tuple[float, float, float]


def shared_color(key: str) -> str:
    """Write the expression that carries a colour of frshare to a fill."""
    return (
        f'var c = comp("frshare").layer("{key}").text.sourceText.value.split(",");\n'
        "[parseFloat(c[0]) / 255, parseFloat(c[1]) / 255, parseFloat(c[2]) / 255, 1]"
    )


def child(group: Any, match_name: str) -> Any:
    """Give the child of a group by its match name."""
    return next(item for item in group.properties if item.match_name == match_name)


def transform(layer: Any, name: str) -> Any:
    """Give a property of a layer's transform, such as `Position`."""
    return child(layer.transform, f"ADBE {name}")


def place(layer: Any, at: Point) -> None:
    """Put a layer's anchor at a point of the comp."""
    transform(layer, "Position").value = [at[0], at[1], 0.0]


def move(prop: Any, keys: list[tuple[float, list[float]]], influence: float = 80.0) -> None:
    """Set keyframes (seconds, value) that ease in and out; 0 is straight."""
    for time_s, value in keys:
        prop.set_value_at_time(time_s, value[0] if len(value) == 1 else value)
    for key in prop.keyframes if influence else ():
        count = len(key.in_temporal_ease)
        key.in_temporal_ease = [py_aep.KeyframeEase(0.0, influence) for _ in range(count)]
        key.out_temporal_ease = [py_aep.KeyframeEase(0.0, influence) for _ in range(count)]


def rise(layer: Any, at: Point, start_s: float, by: float = 46.0) -> None:
    """Let a layer rise into its place while it fades in."""
    move(
        transform(layer, "Position"),
        [(start_s, [at[0], at[1] + by, 0.0]), (start_s + 0.6, [at[0], at[1], 0.0])],
    )
    move(transform(layer, "Opacity"), [(start_s, [0.0]), (start_s + 0.45, [100.0])], 40.0)


def grow(layer: Any, start_s: float, end_s: float, across_only: bool = False) -> None:
    """Let a layer grow from nothing to its size."""
    small = [0.0, 100.0 if across_only else 0.0, 100.0]
    move(transform(layer, "Scale"), [(start_s, small), (end_s, [100.0, 100.0, 100.0])])


def shape(comp: Any, name: str, at: Point, color: str | Rgb, opacity: float = 100.0) -> Any:
    """Add a shape layer with one empty group and its paint; give (layer, the group's contents)."""
    layer = comp.add_shape()
    layer.name = name
    place(layer, at)
    group = child(layer, "ADBE Root Vectors Group").add_property("ADBE Vector Group")
    contents = child(group, "ADBE Vectors Group")
    layer_paint = (color, opacity)
    return layer, contents, layer_paint


def fill(contents: Any, paint: tuple[str | Rgb, float]) -> None:
    """Fill what is in a group, with a fixed colour or one of frshare."""
    added = contents.add_property("ADBE Vector Graphic - Fill")
    _paint(child(added, "ADBE Vector Fill Color"), paint[0])
    child(added, "ADBE Vector Fill Opacity").value = paint[1]


def stroke(contents: Any, paint: tuple[str | Rgb, float], width: float) -> None:
    """Stroke what is in a group, with a fixed colour or one of frshare."""
    added = contents.add_property("ADBE Vector Graphic - Stroke")
    _paint(child(added, "ADBE Vector Stroke Color"), paint[0])
    child(added, "ADBE Vector Stroke Opacity").value = paint[1]
    child(added, "ADBE Vector Stroke Width").value = width


def _paint(prop: Any, color: str | Rgb) -> None:
    if isinstance(color, str):
        prop.expression = shared_color(color)
    else:
        prop.value = [*color, 1.0]


def rectangle(
    comp: Any, name: str, at: Point, size: Point, color: str | Rgb, opacity: float = 100.0,
    radius: float = 0.0,
) -> Any:  # fmt: skip
    """Add a filled rectangle, centred on a point."""
    layer, contents, paint = shape(comp, name, at, color, opacity)
    added = contents.add_property("ADBE Vector Shape - Rect")
    child(added, "ADBE Vector Rect Size").value = [*size]
    child(added, "ADBE Vector Rect Roundness").value = radius
    fill(contents, paint)
    return layer


def circle(
    comp: Any, name: str, at: Point, across: float, color: str | Rgb, opacity: float = 100.0,
    line: float = 0.0,
) -> Any:  # fmt: skip
    """Add a circle, filled, or drawn as a ring when `line` is its width."""
    layer, contents, paint = shape(comp, name, at, color, opacity)
    added = contents.add_property("ADBE Vector Shape - Ellipse")
    child(added, "ADBE Vector Ellipse Size").value = [across, across]
    if line:
        stroke(contents, paint, line)
    else:
        fill(contents, paint)
    return layer


def words(
    comp: Any, name: str, default: str, size: float, color: Rgb, font: str = FONT_BOLD,
    tracking: int = 0, leading: float | None = None,
) -> Any:  # fmt: skip
    """Add a centred text layer with the universal composer, so that Persian is joined."""
    layer = comp.add_text(default)
    layer.name = name
    document = child(layer.text, "ADBE Text Document").value
    document.font = font
    document.font_size = size
    document.fill_color = [*color]
    document.justification = py_aep.ParagraphJustification.CENTER_JUSTIFY
    document.tracking = tracking
    if leading is not None:
        document.auto_leading = False
        document.leading = leading
    script_text.set_universal(document, script_text.UNIVERSAL)
    return layer
