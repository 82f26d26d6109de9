"""Build templates of modes flexible and mockup whose pictures tell which scene shows what, when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import py_aep
from PIL import Image
from py_aep.models.properties.marker import MarkerValue

from tests.support.bind_job import add_text
from tests.support.films import stage, transform

WIDTH, HEIGHT, FPS = 320, 120, 25.0
SPEED = 50
"""Pixels that the hand of a scene moves to the right in a second of the scene's own time."""
HAND_Y = 110
GREY = (128, 128, 128)
"""What the field shows before a client fills it."""
FIELD_Y = 20


def scene_comp(
    project: Any, name: str, seconds: float, colour: list[float], picture: Any = None
) -> Any:
    """Add a scene: a ground of its colour, a white hand that tells its time, a field `frl_pic`.

    The field shows `picture` and stands in a nested comp: 40 pixels square, left above.
    """
    comp = project.root_folder.add_comp(name, WIDTH, HEIGHT, 1.0, seconds, FPS)
    comp.add_solid(colour, "ground", WIDTH, HEIGHT)
    inner = project.root_folder.add_comp(f"{name} inner", WIDTH, HEIGHT, 1.0, seconds, FPS)
    if picture is not None:
        field = inner.add(picture)
        field.name = "frl_pic"
        transform(field, "Position").value = [20.0, 20.0, 0.0]
    comp.add(inner)
    hand = transform(comp.add_solid([1, 1, 1], "hand", 4, 20), "Position")
    hand.set_value_at_time(0.0, [10.0, float(HAND_Y), 0.0])
    hand.set_value_at_time(seconds, [10.0 + SPEED * seconds, float(HAND_Y), 0.0])
    return comp


def mark(comp: Any, layer: Any, **times_s: float) -> None:
    """Put markers onto a layer, `fr_in=0.4`, at times of its own."""
    marks = layer.property("ADBE Marker")
    for comment, time_s in times_s.items():
        marks.set_value_at_time(time_s, MarkerValue(comment))
    # The library leaves the base of 24 frames there; After Effects writes the comp's own.
    marks._tdb4._time_base = int(marks.keyframes[0]._timebase)


def flexible(folder: Path) -> Any:
    """Make a template of two scenes, `frc_red` (2 s, ends of 0.4 s kept) and `frc_blue` (1 s).

    flatrender holds an example of a scene between the ground `back` and the text `frl_mark`. The
    picture of the fields is written into the folder.
    """
    project = py_aep.new().project
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 40), GREY).save(folder / "grey.png")
    picture = project.import_file(py_aep.ImportOptions(folder / "grey.png"))
    final = project.root_folder.add_comp("flatrender", WIDTH, HEIGHT, 1.0, 3.0, FPS)
    red = scene_comp(project, "frc_red", 2.0, [0.6, 0.0, 0.0], picture)
    mark(red, red.layers[-1], fr_in=0.4, fr_out=1.6)
    blue = scene_comp(project, "frc_blue", 1.0, [0.0, 0.0, 0.6], picture)
    text = add_text(blue, "frd_overlap_s", "0.2")
    text.enabled = False
    final.add_solid([0.0, 0.3, 0.0], "back", WIDTH, HEIGHT)
    final.add(blue)
    add_text(final, "frl_mark", "x")
    return project


def hand_of(frame: np.ndarray) -> float | None:
    """Give the time in seconds that a scene's hand tells in a picture (h, w, 3 or 4), or None."""
    row = np.asarray(frame)[HAND_Y - 5 : HAND_Y + 5, :, :3].min(axis=(0, 2))
    columns = np.flatnonzero(row > 150)
    return None if len(columns) == 0 else (float(columns.mean()) + 0.5 - 10.0) / SPEED


def drawn(project: Any, frame: int, folder: Path) -> np.ndarray:
    """Draw a frame of flatrender from a bound project that lies in a folder; gives RGBA."""
    comp = next(item for item in project.compositions if item.name == "flatrender")
    return stage(comp, folder).frame(comp, frame / FPS)
