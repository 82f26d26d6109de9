"""Pictures of scenes: bind.jsx renders single frames inside its own launch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.support.bind_job import BindJob, add_text, new_project, scene, value
from tests.support.scenes import FIELD_Y, flexible


def coloured(project: Any, final: Any) -> None:
    """Add two scenes, red then blue, each two seconds of the final comp."""
    for number, color in ((1, [1.0, 0.0, 0.0]), (2, [0.0, 0.0, 1.0])):
        comp = project.root_folder.add_comp(f"Scene {number}", 320, 180, 1.0, 2.0, 25.0)
        add_text(comp, f"frl_c{number}t1", "x")
        comp.add_solid(color, "ground", 320, 180)
        layer = final.add(comp)
        layer.start_time = 2.0 * (number - 1)


def middle(path: Path) -> tuple[int, ...]:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    return tuple(int(part) for part in pixels[pixels.shape[0] // 2 + 40, 20 + pixels.shape[1] // 2])


def test_every_picture_is_made_by_the_scripts_own_launch(tmp_path: Path) -> None:
    project, final = new_project()
    coloured(project, final)
    job = BindJob(tmp_path)
    job.prepare(project)
    stills = [{"comp": "frfinal", "frame": 25}, {"comp": "frfinal", "frame": 75},
              {"comp": "Scene 2", "frame": 0}]  # fmt: skip
    result = job.run({"scenes": [scene("c1", value("t1", "new"))], "stills": stills})
    assert result.ok, result.errors
    assert not result.warnings
    first, second, third = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in (first, second, third)] == [
        "s0000_00025.png", "s0001_00075.png", "s0002_00000.png",
    ]  # fmt: skip
    assert (middle(first)[0] > 200, middle(second)[2] > 200) == (True, True)
    with Image.open(third) as image:
        assert image.size == (320, 180)
    assert len(job.bound().render_queue.items) == 3


def test_a_picture_of_a_comp_that_is_not_there_is_refused(tmp_path: Path) -> None:
    project, _ = new_project()
    job = BindJob(tmp_path)
    job.prepare(project)
    result = job.run({"stills": [{"comp": "nowhere", "frame": 0}]})
    assert [issue.code for issue in result.errors] == ["comp_missing"]
    assert list((tmp_path / "frames").iterdir()) == []


def test_in_mode_flexible_a_scene_is_shot_as_it_stands_with_its_values(tmp_path: Path) -> None:
    job = BindJob(tmp_path / "job")
    job.prepare(flexible(job.folder))
    Image.new("RGB", (80, 80), (250, 0, 250)).save(job.folder / "media" / "pink.png")
    pink = value("pic", "media/pink.png", "media")
    result = job.run(
        {
            "mode": "flexible",
            "comp": "flatrender",
            "scenes": [scene("frc_red", pink) | {"start_s": 0.0}],
            "stills": [{"comp": "frc_red", "frame": 10}, {"comp": "frc_blue", "frame": 10}],
        }
    )
    assert result.ok, result.errors
    red, blue = (np.asarray(Image.open(path).convert("RGB"))
                 for path in sorted((job.folder / "frames").iterdir()))  # fmt: skip
    assert tuple(red[FIELD_Y, 20]) == (250, 0, 250)
    assert tuple(blue[FIELD_Y, 20]) != (250, 0, 250)
    names = [comp.name for comp in job.bound().compositions]
    assert len(names) == len(set(names)), "nothing is copied for a picture"


def test_in_mode_free_any_comp_is_shot(tmp_path: Path) -> None:
    project, final = new_project()
    inner = project.root_folder.add_comp("Inner", 320, 180, 1.0, 2.0, 25.0)
    inner.add_solid([0.0, 1.0, 0.0], "ground", 320, 180)
    final.add(inner)
    job = BindJob(tmp_path)
    job.prepare(project)
    result = job.run({"mode": "free", "stills": [{"comp": "Inner", "frame": 49}]})
    assert result.ok, result.errors
    (path,) = (tmp_path / "frames").iterdir()
    assert middle(path)[1] > 200
