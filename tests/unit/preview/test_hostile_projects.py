"""A project made to hurt costs bounded time and memory and never breaks the engine."""

from typing import Any

import numpy as np
import py_aep
import pytest
from PIL import Image

from node_agent.preview.draw.footage.files import FootageFinder
from node_agent.preview.draw.footage.pictures import Pictures
from node_agent.preview.draw.project import ProjectUnreadable, open_project, reachable
from node_agent.preview.draw.values import as_colour, as_number, as_point
from tests.support.films import (
    RED,
    draw,
    fill,
    film,
    ink,
    pixel,
    project_of,
    rectangle,
    shape_group,
    solid,
    stage,
    transform,
)


def test_a_comp_that_shows_itself_twice_is_drawn_to_a_bounded_depth() -> None:
    comp = film()
    other = project_of(comp).root_folder.add_comp("other", 50, 50, 1.0, 2.0, 25.0)
    for _ in range(2):
        comp.add(other)
        other.add_solid(RED, "s", 10, 10)
    for layer in other.layers:
        layer._ldta.source_id = other.id
    shown = stage(comp)
    assert shown.frame(comp, 0.0).shape == (100, 200, 4)
    counted = shown.counts.as_dict()
    assert "comps nested too deep" in counted or "more layers than the preview draws" in counted
    assert {c.name for c in reachable(comp)} == {"main", "other"}


def test_layers_that_are_each_others_parents_are_drawn() -> None:
    comp = film()
    first, second = solid(comp, RED, 10, 10), solid(comp, RED, 10, 10)
    first._parent_id, second._parent_id = second.id, first.id
    assert draw(comp).shape == (100, 200, 4)


def test_repeaters_within_repeaters_stop_at_a_limit() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 10, 10)
    fill(contents, RED)
    for _ in range(4):
        repeater = contents.add_property("ADBE Vector Filter - Repeater")
        repeater.property("ADBE Vector Repeater Copies").value = 200
    shown = stage(comp)
    shown.frame(comp, 0.0)
    assert "more shapes than the preview draws" in shown.counts.as_dict()


@pytest.mark.parametrize("number", [1e300, -1e300])
def test_numbers_beyond_reason_draw_nothing_and_break_nothing(number: float) -> None:
    comp = film()
    layer = solid(comp, RED, 10, 10)
    transform(layer, "Position").expression = f"[{number!r}, {number!r}]"
    transform(layer, "Scale").expression = "[1e308, -1e308]"
    assert not draw(comp).any()


@pytest.mark.parametrize("value", [None, "words", [], [None], float("nan"), float("inf"), {}])
def test_values_of_any_kind_become_finite_numbers(value: Any) -> None:
    assert as_number(value, 3.0) == 3.0
    assert as_point(value, (1.0, 2.0)) in {(1.0, 2.0), (2.0, 2.0)}
    assert len(as_colour(value)) == 4


def test_a_layer_that_cannot_be_read_is_counted_and_the_others_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    comp = film()
    solid(comp, RED, 40, 20)
    broken = solid(comp, RED, 200, 100)

    def read(layer: object) -> bool:
        if layer is broken:
            raise AttributeError("as py-aep does")
        return False

    monkeypatch.setattr(py_aep.AVLayer, "null_layer", property(read))
    shown = stage(comp)
    assert ink(shown.frame(comp, 0.0)) == (80, 40, 119, 59)
    assert shown.counts.as_dict() == {"unreadable layer (AttributeError)": 1}


def test_a_picture_that_claims_to_be_huge_is_not_decoded(tmp_path: Any) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)
    assert Pictures().pixels(path) is None


def test_footage_paths_never_leave_the_root(tmp_path: Any) -> None:
    root = tmp_path / "job"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"x")
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    finder = FootageFinder(root / "sub", root)
    stored = ("../../secret.png", str(tmp_path / "secret.png"), "link.png", "//host/share/a.png")
    assert [finder.find(path) for path in (*stored, "\\\\host\\a.png", "a\x00b.png", "")] == [
        None
    ] * 7


def test_footage_is_found_by_its_longest_matching_tail(tmp_path: Any) -> None:
    for folder in ("a/one", "b/two"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "Photo.PNG").write_bytes(b"x")
    finder = FootageFinder(tmp_path / "a", tmp_path)
    assert finder.find("C:\\Users\\me\\two\\photo.png") == tmp_path / "b" / "two" / "Photo.PNG"


def test_a_project_that_is_a_folder_or_missing_is_told(tmp_path: Any) -> None:
    for path in (tmp_path, tmp_path / "none.aep"):
        with pytest.raises(ProjectUnreadable, match="does not exist"):
            open_project(path)


def test_frames_do_not_depend_on_what_was_drawn_before() -> None:
    comp = film()
    layer = solid(comp, RED, 10, 10)
    transform(layer, "Position").expression = "[time * 100, 50]"
    shown = stage(comp)
    forwards = [shown.frame(comp, t / 10) for t in range(5)]
    backwards = [shown.frame(comp, t / 10) for t in reversed(range(5))][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forwards, backwards, strict=True))
    assert pixel(forwards[2], 20, 50)[3] == 255
