"""When scenes of mode fix are seen in the final comp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.wire.scan import ScanScene
from tests.support.bind_job import add_text, new_project


def scenes_of(project: Any, folder: Path) -> dict[str, ScanScene]:
    path = folder / "template.aep"
    project.save(path)
    return {scene.key: scene for scene in scan_project(aep.read(path)).scenes}


def test_a_scene_that_is_a_comp_is_seen_where_its_layer_stands(tmp_path: Path) -> None:
    project, final = new_project()
    for number, start in ((1, 0.0), (2, 2.0)):
        comp = project.root_folder.add_comp(f"Scene {number}", 640, 360, 1.0, 2.0, 25.0)
        add_text(comp, f"frl_c{number}t1", "x")
        layer = final.add(comp)
        layer.start_time = start
    found = scenes_of(project, tmp_path)
    assert (found["c1"].seen_from_s, found["c1"].seen_to_s) == (0.0, 2.0)
    assert (found["c2"].seen_from_s, found["c2"].seen_to_s) == (2.0, 4.0)


def test_fields_in_the_final_comp_are_seen_from_their_first_to_their_last_moment(
    tmp_path: Path,
) -> None:
    project, final = new_project()
    for name, begin, end in (("frl_c1t1", 1.0, 2.0), ("frl_c1t2", 1.5, 3.5), ("frl_c2t1", 4, 6)):
        layer = add_text(final, name, "x")
        layer.in_point, layer.out_point = float(begin), float(end)
    found = scenes_of(project, tmp_path)
    assert (found["c1"].seen_from_s, found["c1"].seen_to_s) == (1.0, 3.5)
    assert found["c2"].seen_from_s == 4.0


@pytest.mark.parametrize("hidden", ["layer", "comp"])
def test_what_is_switched_off_or_not_in_the_final_comp_is_not_seen(
    tmp_path: Path, hidden: str
) -> None:
    project, final = new_project()
    scene = project.root_folder.add_comp("Scene 1", 640, 360, 1.0, 2.0, 25.0)
    add_text(scene, "frl_c1t1", "x").enabled = hidden != "layer"
    if hidden == "layer":
        final.add(scene)
    (found,) = scenes_of(project, tmp_path).values()
    assert found.seen_from_s is found.seen_to_s is None
