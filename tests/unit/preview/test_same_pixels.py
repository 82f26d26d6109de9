"""A frame has the same pixels in every run, order, process and chunk."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import py_aep
import pytest

from tests.support.films import (
    BLUE,
    GREEN,
    RED,
    fill,
    film,
    project_of,
    rectangle,
    shape_group,
    solid,
    stage,
    text,
    transform,
)

FRAMES = 12
_CHILD = """
import hashlib, sys
from pathlib import Path
from node_agent.preview.aerender.stage import Stage
from node_agent.preview.config import PreviewPlaces
from node_agent.preview.draw.project import find_comp, open_project
path = Path(sys.argv[1])
project, _ = open_project(path)
comp = find_comp(project, "main")
stage = Stage(project, path, PreviewPlaces(root=path.parent))
for number in sys.argv[2:]:
    print(hashlib.sha256(stage.frame(comp, int(number) / 25).tobytes()).hexdigest())
"""


def busy() -> Any:
    """Make a comp where still and moving layers, mattes, masks, text and expressions meet."""
    comp = film()
    ground = solid(comp, BLUE, 200, 100)
    transform(ground, "Opacity").expression = "70 + 20 * Math.sin(time * 5) + random(5)"
    _, contents = shape_group(comp)
    rectangle(contents, 60, 30)
    merge = contents.add_property("ADBE Vector Filter - Merge")
    merge.property("ADBE Vector Merge Type").value = 5
    fill(contents, RED)
    inner = project_of(comp).root_folder.add_comp("inner", 120, 80, 1.0, 2.0, 25.0)
    layer, contents = shape_group(inner, "turning")
    rectangle(contents, 50, 20)
    fill(contents, GREEN)
    transform(layer, "Rotate Z").set_values_at_times([0.0, 1.0], [0, 180])
    nested = comp.add(inner)
    matte = solid(comp, [1.0, 1.0, 1.0], 60, 60, "matte")
    matte.enabled = False
    nested.set_track_matte(matte, py_aep.TrackMatteType.ALPHA)
    words = text(comp, "سلام 12", rtl=True, font_size=30)
    words.blending_mode = py_aep.BlendingMode.SCREEN
    transform(words, "Position").set_values_at_times([0.0, 1.0], [[20, 50, 0], [90, 60, 0]])
    return comp


def digest(pixels: Any) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def test_frames_have_the_same_pixels_in_any_order_and_in_a_fresh_engine() -> None:
    comp = busy()
    shown = stage(comp)
    forwards = [digest(shown.frame(comp, n / 25)) for n in range(FRAMES)]
    assert len(set(forwards)) == FRAMES
    other = stage(comp)
    order = list(range(FRAMES)) * 2
    random.Random(3).shuffle(order)
    assert [digest(other.frame(comp, n / 25)) for n in order] == [forwards[n] for n in order]


def test_frames_have_the_same_pixels_in_other_processes_and_chunks(tmp_path: Path) -> None:
    comp = busy()
    path = tmp_path / "project.aep"
    project_of(comp).save(path)
    chunks = (range(8), range(8, FRAMES), reversed(range(FRAMES)))
    found: dict[str, set[str]] = {}
    for chunk in chunks:
        numbers = [str(number) for number in chunk]
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(path), *numbers],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        for number, line in zip(numbers, done.stdout.split(), strict=True):
            found.setdefault(number, set()).add(line)
    assert len(found) == FRAMES
    assert {number: len(hashes) for number, hashes in found.items()} == dict.fromkeys(found, 1)


@pytest.mark.parametrize("moving", [False, True])
def test_what_is_kept_between_frames_does_not_hide_what_moves(moving: bool) -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 30)
    paint = fill(contents, RED)
    colour = paint.property("ADBE Vector Fill Color")
    if moving:
        colour.set_values_at_times([0.0, 0.4], [[1, 0, 0, 1], [0, 0, 1, 1]])
    shown = stage(comp)
    seen = {tuple(shown.frame(comp, n / 25)[50, 100]) for n in range(5)}
    assert len(seen) == (5 if moving else 1)
