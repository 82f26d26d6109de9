"""The preview draws layers where, when and how After Effects would."""

from pathlib import Path

import numpy as np
import py_aep
import pytest
from PIL import Image

from tests.support.films import (
    BLUE,
    GREEN,
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


def test_a_solid_stands_in_the_middle_and_nothing_is_drawn_beside_it() -> None:
    comp = film()
    solid(comp, RED, 40, 20)
    pixels = draw(comp)
    assert ink(pixels) == (80, 40, 119, 59)
    assert pixel(pixels, 100, 50) == (255, 0, 0, 255)
    assert pixel(pixels, 10, 10) == (0, 0, 0, 0)


def test_a_layer_moves_turns_and_grows_about_its_anchor() -> None:
    comp = film()
    layer = solid(comp, RED, 40, 20)
    transform(layer, "Position").value = [60, 50, 0]
    transform(layer, "Rotate Z").value = 90
    transform(layer, "Scale").value = [50, 200, 100]
    assert ink(draw(comp)) == (40, 40, 79, 59)
    transform(layer, "Rotate Z").value = 0
    assert ink(draw(comp)) == (50, 30, 69, 69)


def test_a_child_follows_its_parent() -> None:
    comp = film()
    child = solid(comp, GREEN, 10, 10, "child")
    parent = comp.add_null()
    child.parent = parent
    transform(parent, "Position").value = [150, 50, 0]
    assert ink(draw(comp)) == (145, 45, 154, 54)


def test_opacity_of_half_leaves_half() -> None:
    comp = film()
    transform(solid(comp, RED, 40, 20), "Opacity").value = 50
    assert pixel(draw(comp), 100, 50) == (255, 0, 0, 128)


def test_a_layer_is_seen_from_its_in_point_until_just_before_its_out_point() -> None:
    comp = film()
    layer = solid(comp, RED, 40, 20)
    layer.in_point, layer.out_point = 0.4, 0.8
    shown = stage(comp)
    seen = [bool(shown.frame(comp, frame / 25)[50, 100, 3]) for frame in (9, 10, 19, 20)]
    assert seen == [False, True, True, False]


def test_keyframes_move_a_layer_over_time() -> None:
    comp = film()
    layer = solid(comp, RED, 10, 10)
    transform(layer, "Opacity").set_values_at_times([0.0, 1.0], [0, 100])
    shown = stage(comp)
    amounts = [int(shown.frame(comp, t)[50, 100, 3]) for t in (0.0, 0.5, 1.0)]
    assert amounts == [0, 128, 255]


def test_layers_above_cover_layers_below_and_hidden_ones_do_not() -> None:
    comp = film()
    solid(comp, RED, 40, 40)
    solid(comp, GREEN, 40, 40)
    solid(comp, BLUE, 40, 40).enabled = False
    assert pixel(draw(comp), 100, 50) == (0, 255, 0, 255)


def test_only_soloed_layers_are_drawn_when_there_are_any() -> None:
    comp = film()
    solid(comp, RED, 40, 40).solo = True
    solid(comp, GREEN, 40, 40)
    assert pixel(draw(comp), 100, 50) == (255, 0, 0, 255)


def test_a_nested_comp_is_clipped_to_its_frame_and_runs_on_its_own_time() -> None:
    comp = film()
    inner = project_of(comp).root_folder.add_comp("inner", 50, 50, 1.0, 2.0, 25.0)
    layer = solid(inner, RED, 400, 400)
    layer.in_point = 1.0
    outer = comp.add(inner)
    outer.start_time = 0.2
    shown = stage(comp)
    assert not shown.frame(comp, 1.1).any()
    assert ink(shown.frame(comp, 1.24)) == (75, 25, 124, 74)


def test_a_track_matte_cuts_its_layer_and_is_not_drawn_itself() -> None:
    comp = film()
    below = solid(comp, RED, 100, 100)
    matte = solid(comp, GREEN, 20, 20, "matte")
    below.set_track_matte(matte, py_aep.TrackMatteType.ALPHA)
    matte.enabled = False
    pixels = draw(comp)
    assert ink(pixels) == (90, 40, 109, 59)
    assert pixel(pixels, 100, 50) == (255, 0, 0, 255)


def test_an_inverted_matte_cuts_a_hole() -> None:
    comp = film()
    below = solid(comp, RED, 100, 100)
    matte = solid(comp, GREEN, 20, 20, "matte")
    below.set_track_matte(matte, py_aep.TrackMatteType.ALPHA_INVERTED)
    matte.enabled = False
    pixels = draw(comp)
    assert pixel(pixels, 100, 50)[3] == 0
    assert pixel(pixels, 60, 50) == (255, 0, 0, 255)


def test_a_mask_shows_only_its_inside() -> None:
    comp = film()
    layer = solid(comp, RED, 100, 100)
    mask = layer.property("ADBE Mask Parade").add_property("ADBE Mask Atom")
    corners = [[10.0, 10.0], [30.0, 10.0], [30.0, 40.0], [10.0, 40.0]]
    flat = [[0.0, 0.0]] * 4
    mask.property("ADBE Mask Shape").value = py_aep.Shape(
        vertices=corners, in_tangents=flat, out_tangents=flat, closed=True
    )
    assert ink(draw(comp)) == (60, 10, 79, 39)


def test_a_blend_mode_mixes_with_what_is_below() -> None:
    comp = film()
    solid(comp, [1.0, 1.0, 0.0], 100, 100)
    solid(comp, [0.0, 1.0, 1.0], 100, 100).blending_mode = py_aep.BlendingMode.MULTIPLY
    assert pixel(draw(comp), 100, 50) == (0, 255, 0, 255)


def test_a_blend_mode_the_engine_lacks_is_counted_and_drawn_plainly() -> None:
    comp = film()
    solid(comp, RED, 40, 20).blending_mode = py_aep.BlendingMode.HARD_MIX
    shown = stage(comp)
    assert pixel(shown.frame(comp, 0.0), 100, 50) == (255, 0, 0, 255)
    assert shown.counts.as_dict() == {"blend mode hard_mix": 1}


def test_a_shape_group_fills_its_rectangle() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 30)
    fill(contents, BLUE)
    pixels = draw(comp)
    assert ink(pixels) == (70, 35, 129, 64)
    assert pixel(pixels, 100, 50) == (0, 0, 255, 255)


def test_a_stroke_is_drawn_around_its_path() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 30)
    stroke = contents.add_property("ADBE Vector Graphic - Stroke")
    stroke.property("ADBE Vector Stroke Width").value = 10
    stroke.property("ADBE Vector Stroke Color").value = [0, 1, 0, 1]
    pixels = draw(comp)
    assert ink(pixels) == (65, 30, 134, 69)
    assert pixel(pixels, 100, 50)[3] == 0


def test_trim_paths_keep_the_asked_part_of_a_stroke() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 60)
    trim = contents.add_property("ADBE Vector Filter - Trim")
    trim.property("ADBE Vector Trim End").value = 25
    stroke = contents.add_property("ADBE Vector Graphic - Stroke")
    stroke.property("ADBE Vector Stroke Width").value = 4
    left, top, right, bottom = ink(draw(comp))
    # A rectangle starts at its top right corner and runs clockwise: the right side is kept.
    assert (left, right) == (128, 131)
    assert (top, bottom) == (20, 79)


def test_a_repeater_draws_its_copies_side_by_side() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 10, 10)
    fill(contents, RED)
    repeater = contents.add_property("ADBE Vector Filter - Repeater")
    repeater.property("ADBE Vector Repeater Copies").value = 3
    moved = repeater.property("ADBE Vector Repeater Transform")
    moved.property("ADBE Vector Repeater Position").value = [20, 0]
    pixels = draw(comp)
    assert [pixel(pixels, x, 50)[3] for x in (100, 110, 120, 130, 140)] == [255, 0, 255, 0, 255]


def test_a_picture_is_found_by_the_tail_of_its_path(tmp_path: Path) -> None:
    made_on, moved_to = tmp_path / "designer" / "art", tmp_path / "job" / "art"
    made_on.mkdir(parents=True)
    moved_to.mkdir(parents=True)
    Image.new("RGB", (30, 20), (10, 200, 30)).save(made_on / "photo.png")
    comp = film()
    item = project_of(comp).import_file(py_aep.ImportOptions(made_on / "photo.png"))
    comp.add(item)
    (made_on / "photo.png").rename(moved_to / "photo.png")
    pixels = draw(comp, folder=tmp_path / "job")
    assert ink(pixels) == (85, 40, 114, 59)
    assert pixel(pixels, 100, 50) == (10, 200, 30, 255)


def test_a_picture_outside_the_job_folder_is_missing_and_shown_as_bars(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    Image.new("RGB", (70, 20), (10, 200, 30)).save(tmp_path / "secret.png")
    comp = film()
    comp.add(project_of(comp).import_file(py_aep.ImportOptions(tmp_path / "secret.png")))
    shown = stage(comp, tmp_path / "job")
    colours = {pixel(shown.frame(comp, 0.0), x, 50)[:3] for x in range(70, 130, 10)}
    assert (10, 200, 30) not in colours
    assert len(colours) > 3
    assert list(shown.footage.missing.values()) == ["main/secret.png"]


@pytest.mark.parametrize("colour", [(255, 255, 255), (10, 20, 30)])
def test_flattening_lays_half_transparent_pixels_over_the_background(
    colour: tuple[int, int, int],
) -> None:
    from node_agent.preview.aerender.stage import flatten

    pixels = np.zeros((1, 2, 4), np.uint8)
    pixels[0, 0] = (255, 0, 0, 255)
    flat = flatten(pixels, colour)
    assert pixel(flat, 0, 0) == (255, 0, 0)
    assert pixel(flat, 1, 0) == colour


def test_round_corners_take_the_corner_away_and_leave_the_sides() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 60)
    corners = contents.add_property("ADBE Vector Filter - RC")
    corners.property("ADBE Vector RoundCorner Radius").value = 20
    fill(contents, RED)
    pixels = draw(comp)
    assert ink(pixels) == (70, 20, 129, 79)
    assert [pixel(pixels, x, y)[3] for x, y in ((71, 21), (128, 21), (71, 78), (128, 78))] == [
        0
    ] * 4
    assert pixel(pixels, 77, 27)[3] == 255


def test_merged_paths_fill_as_one() -> None:
    comp = film()
    _, contents = shape_group(comp)
    rectangle(contents, 60, 10)
    rectangle(contents, 10, 60)
    contents.add_property("ADBE Vector Filter - Merge")
    fill(contents, RED)
    shown = stage(comp)
    assert ink(shown.frame(comp, 0.0)) == (70, 20, 129, 79)
    assert shown.counts.as_dict() == {}
