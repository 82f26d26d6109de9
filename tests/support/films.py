"""Build small projects with py-aep and draw them with the preview engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import py_aep

from node_agent.preview.aerender.stage import Stage
from node_agent.preview.config import PreviewPlaces
from node_agent.preview.dom.faces.text import UNIVERSAL, set_universal

RED, GREEN, BLUE = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]


def film(width: int = 200, height: int = 100, seconds: float = 2.0, fps: float = 25.0) -> Any:
    """Make an empty project and give its comp `main`; see project_of."""
    project = py_aep.new().project
    return project.root_folder.add_comp("main", width, height, 1.0, seconds, fps)


def project_of(comp: Any) -> Any:
    """Give the project a comp stands in."""
    return comp._project


def solid(comp: Any, colour: list[float], width: int, height: int, name: str = "solid") -> Any:
    """Add a solid in the middle of the comp, on top of what is there."""
    return comp.add_solid(colour, name, width, height)


def transform(layer: Any, name: str) -> Any:
    """Give a transform property by the last words of its match name, such as Opacity."""
    return layer.transform.property(f"ADBE {name}")


def shape_group(comp: Any, name: str = "shape") -> tuple[Any, Any]:
    """Add a shape layer with one group; give the layer and the group's contents."""
    layer = comp.add_shape()
    layer.name = name
    group = layer.property("ADBE Root Vectors Group").add_property("ADBE Vector Group")
    return layer, group.property("ADBE Vectors Group")


def rectangle(contents: Any, width: float, height: float) -> Any:
    """Add a rectangle path; give its group of properties."""
    path = contents.add_property("ADBE Vector Shape - Rect")
    path.property("ADBE Vector Rect Size").value = [width, height]
    return path


def fill(contents: Any, colour: list[float]) -> Any:
    """Add a fill; give its group of properties."""
    paint = contents.add_property("ADBE Vector Graphic - Fill")
    paint.property("ADBE Vector Fill Color").value = [*colour, 1.0]
    return paint


def text(comp: Any, words: str, *, universal: bool = True, rtl: bool = False, **looks: Any) -> Any:
    """Add a text layer; `looks` are attributes of its document, such as font_size."""
    layer = comp.add_text(words)
    document = source_text(layer).value
    document.font = looks.pop("font", "Vazirmatn-Regular")
    if universal:
        set_universal(document, UNIVERSAL)
    if rtl:
        document.direction = py_aep.ParagraphDirection.DIRECTION_RIGHT_TO_LEFT
    for name, value in looks.items():
        setattr(document, name, value)
    return layer


def source_text(layer: Any) -> Any:
    """Give a text layer's Source Text."""
    return layer.text.property("ADBE Text Document")


def stage(comp: Any, folder: Path | None = None) -> Stage:
    """Set the engine up for a comp's project as if it stood in `folder`."""
    path = (folder or Path(__file__).parent) / "project.aep"
    return Stage(project_of(comp), path, PreviewPlaces(root=path.parent))


def draw(comp: Any, time_s: float = 0.0, folder: Path | None = None) -> np.ndarray:
    """Draw one frame; gives straight RGBA pixels (h, w, 4)."""
    shown = stage(comp, folder)
    pixels = shown.frame(comp, time_s)
    shown.close()
    return pixels


def pixel(pixels: np.ndarray, x: int, y: int) -> tuple[int, ...]:
    """Give the channels of one pixel."""
    return tuple(int(c) for c in pixels[y, x])


def ink(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Give the box of visible pixels: left, top, right, bottom, both ends included."""
    rows, columns = np.nonzero(pixels[:, :, 3] > 128)
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@dataclass
class Leaf:
    """Stand for a py-aep property: py-aep cannot make these effects from nothing."""

    match_name: str
    value: Any
    keyframes: tuple[()] = ()
    expression: str = ""


@dataclass
class Group:
    """Stand for a py-aep group of properties."""

    match_name: str
    properties: list[Any] = field(default_factory=list)
    enabled: bool = True


def effect(name: str, **values: Any) -> Group:
    """Make an effect; `values` are named p1, p2 ... after their parameters."""
    leaves = [Leaf(f"{name}-{int(key[1:]):04d}", value) for key, value in values.items()]
    return Group(name, list(leaves))
