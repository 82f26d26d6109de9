"""bind.jsx puts a client's file where a placeholder stood: its frame, its times, its name."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path
from typing import Any

import py_aep
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from node_agent.preview.aerender.stage import Stage
from node_agent.preview.config import PreviewPlaces
from tests.support.bind_job import BindJob, add_text, layer_of, new_project, scene, value


@pytest.fixture
def job(tmp_path: Path) -> BindJob:
    made = BindJob(tmp_path / "job")
    made.prepare(None)
    return made


def picture(job: BindJob, name: str, width: int, height: int) -> str:
    Image.new("RGB", (width, height)).save(job.folder / name)
    return name


@pytest.fixture(scope="session")
def second_of_film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Lend a video of 64x36 that lasts one second."""
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    source = ("-f", "lavfi", "-i", "color=c=red:s=64x36:r=25:d=1")
    command = [get_ffmpeg_exe(), "-v", "error", *source, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path.read_bytes()


def film(job: BindJob, name: str, content: bytes) -> str:
    (job.folder / name).write_bytes(content)
    return name


def sound(job: BindJob, name: str) -> str:
    with wave.open(str(job.folder / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(b"\0\0" * 24000)
    return name


def transform(layer: Any, name: str) -> Any:
    return layer.transform.property(f"ADBE {name}")


def seen_box(layer: Any, width: float, height: float) -> list[float]:
    """Give left, top, right, bottom of a rectangle of the layer's middle, in its comp."""
    anchor, scale = transform(layer, "Anchor Point").value, transform(layer, "Scale").value
    place, source = transform(layer, "Position").value, layer.source
    left, top = (source.width - width) / 2, (source.height - height) / 2
    corners = ((left, top), (left + width, top + height))
    return [
        place[i] + (corner[i] - anchor[i]) * scale[i] / 100 for corner in corners for i in (0, 1)
    ]


# Fit, the file's size, what is seen of it, and where in the comp: the frame is 100,100 to 300,200.
FITS = (
    (None, (400, 400), None, [150, 100, 250, 200]),
    ("contain", (50, 100), None, [175, 100, 225, 200]),
    ("cover", (400, 400), (400, 200), [100, 100, 300, 200]),
    ("cover", (100, 50), None, [100, 100, 300, 200]),
    ("stretch", (30, 70), None, [100, 100, 300, 200]),
    ("none", (400, 40), (200, 40), [100, 130, 300, 170]),
    ("none", (20, 20), None, [190, 140, 210, 160]),
)


@pytest.mark.parametrize("anchor", [(100.0, 50.0), (0.0, 0.0), (30.0, 90.0)])
def test_a_picture_fills_the_old_frame_as_its_fit_says_wherever_the_anchor_is(
    job: BindJob, anchor: tuple[float, float]
) -> None:
    project, final = new_project()
    values = []
    for number, (fit, size, _, _) in enumerate(FITS, start=1):
        layer = final.add_solid([1, 0, 0], f"frl_c1m{number}", 200, 100)
        transform(layer, "Anchor Point").value = [*anchor, 0.0]
        transform(layer, "Position").value = [100 + anchor[0], 100 + anchor[1], 0.0]
        path = picture(job, f"p{number}.png", *size)
        values.append(value(f"m{number}", path, "media", fit=fit))
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", *values)]})

    assert result.ok, result.errors
    bound = job.bound()
    for number, (fit, size, seen, box) in enumerate(FITS, start=1):
        layer = layer_of(bound, "frfinal", f"frl_c1m{number}")
        assert seen_box(layer, *(seen or size)) == pytest.approx(box), (fit, size)
        masks = [mask.property("ADBE Mask Shape").value for mask in layer.masks.properties]
        assert len(masks) == (seen is not None), (fit, size)
        if seen is not None:
            xs, ys = zip(*masks[0].vertices, strict=True)
            cut = min(max(xs) - min(xs), size[0]), min(max(ys) - min(ys), size[1])
            assert cut == pytest.approx(seen)


def test_keyed_scales_keep_their_movement_and_driven_ones_their_stored_value(job: BindJob) -> None:
    project, final = new_project()
    moving = final.add_solid([1, 0, 0], "frl_c1m1", 200, 100)
    for time_s, size in ((0.0, 50.0), (1.0, 100.0)):
        transform(moving, "Scale").set_value_at_time(time_s, [size, size, 100.0])
    driven = final.add_solid([1, 0, 0], "frl_c1m2", 200, 100)
    transform(driven, "Scale").value = [80.0, 80.0, 100.0]
    transform(driven, "Scale").expression = "[value[0] * 3, value[1] * 3]"
    job.prepare(project)
    path = picture(job, "p.png", 400, 400)

    result = job.run({"scenes": [scene("c1", *(value(f"m{n}", path, "media") for n in (1, 2)))]})

    assert result.ok, result.errors
    bound = job.bound()
    keys = transform(layer_of(bound, "frfinal", "frl_c1m1"), "Scale").keyframes
    assert [(key.time, key.value[:2]) for key in keys] == [(0, [12.5, 12.5]), (1, [25, 25])]
    stored = transform(layer_of(bound, "frfinal", "frl_c1m2"), "Scale")
    assert stored.value[:2] == pytest.approx([20, 20])
    assert stored.expression == "[value[0] * 3, value[1] * 3]"


def test_masks_that_are_there_go_on_with_what_is_cut_off(job: BindJob) -> None:
    project, final = new_project()
    layer = final.add_solid([1, 0, 0], "frl_c1m1", 200, 100)
    layer.masks.add_property("ADBE Mask Atom")
    job.prepare(project)
    given = value("m1", picture(job, "p.png", 400, 400), "media", fit="cover")

    assert job.run({"scenes": [scene("c1", given)]}).ok

    masks = layer_of(job.bound(), "frfinal", "frl_c1m1").masks.properties
    assert [mask.mask_mode for mask in masks] == [py_aep.MaskMode.ADD, py_aep.MaskMode.INTERSECT]


def test_an_item_is_replaced_once_and_each_layer_that_shows_it_fits(job: BindJob) -> None:
    project, final = new_project()
    other = project.root_folder.add_comp("other", 640, 360, 1.0, 6.0, 25.0)
    old = job.folder / picture(job, "old.png", 200, 100)
    item = project.import_file(py_aep.ImportOptions(old))
    item.name = "frl_c1m1"
    for comp, name, size in ((final, "one", 100.0), (final, "two", 50.0), (other, "three", 10.0)):
        layer = comp.add(item)
        layer.name = name
        transform(layer, "Scale").value = [size, size, 100.0]
    job.prepare(project)
    given = value("m1", picture(job, "new.png", 400, 400), "media")

    result = job.run({"scenes": [scene("c1", given)]})

    assert result.ok, result.errors
    bound = job.bound()
    places = (("frfinal", "one", 25), ("frfinal", "two", 12.5), ("other", "three", 2.5))
    for comp, name, size in places:
        layer = layer_of(bound, comp, name)
        assert transform(layer, "Scale").value[:2] == pytest.approx([size, size]), name
    assert [Path(found.file).name for found in bound.footages if found.file] == ["new.png"]


def test_a_film_begins_again_as_often_as_the_longest_layer_needs_and_a_still_does_not(
    job: BindJob, second_of_film: bytes
) -> None:
    project, final = new_project()
    placeholder = project.import_placeholder("place", 64, 36, 25.0, 4.0)
    for name in ("frl_c1m1", "frl_c1m2", "frl_c1m3"):
        layer = final.add(placeholder)
        layer.name = name
        layer.start_time = 1.0
        layer.in_point, layer.out_point = 1.5, 3.6
    layer.out_point = 1.9
    job.prepare(project)
    values = (
        value("m1", film(job, "film.mp4", second_of_film), "media"),
        value("m2", picture(job, "still.png", 64, 36), "media"),
        value("m3", film(job, "film.mp4", second_of_film), "media"),
    )

    result = job.run({"scenes": [scene("c1", *values)]})

    assert result.ok, result.errors
    bound = job.bound()
    looped, still, once = (layer_of(bound, "frfinal", f"frl_c1m{n}") for n in (1, 2, 3))
    assert looped.source is once.source
    assert looped.source.main_source.loop == 3
    assert [(layer.in_point, layer.out_point) for layer in (looped, still, once)] == [
        (1.5, pytest.approx(3.6)), (1.5, pytest.approx(3.6)), (1.5, pytest.approx(1.9))
    ]  # fmt: skip


def test_an_item_that_took_a_film_plays_it_as_long_as_its_longest_layer(
    job: BindJob, second_of_film: bytes
) -> None:
    project, final = new_project()
    item = project.import_placeholder("frl_c1m1", 64, 36, 25.0, 6.0)
    for name, end_s in (("short", 0.5), ("long", 5.5)):
        layer = final.add(item)
        layer.name, layer.out_point = name, end_s
    job.prepare(project)
    given = value("m1", film(job, "film.mp4", second_of_film), "media")

    result = job.run({"scenes": [scene("c1", given)]})

    assert result.ok, result.errors
    layers = [layer_of(job.bound(), "frfinal", name) for name in ("short", "long")]
    assert [layer.source.main_source.loop for layer in layers] == [6, 6]
    assert [layer.out_point for layer in layers] == pytest.approx([0.5, 5.5])


def test_a_sound_is_heard_once_in_the_span_of_the_old_one(job: BindJob) -> None:
    project, final = new_project()
    old = project.import_file(py_aep.ImportOptions(job.folder / sound(job, "old.wav")))
    layer = final.add(old)
    layer.name, layer.out_point = "frl_music", 0.6
    job.prepare(project)

    result = job.run({"scenes": [scene("c1", value("music", sound(job, "new.wav"), "audio"))]})

    bound = layer_of(job.bound(), "frfinal", "frl_music")
    assert result.ok, result.errors
    assert result.has_audio
    assert Path(bound.source.file).name == "new.wav"
    assert (bound.source.main_source.loop, bound.out_point) == (1, pytest.approx(0.6))


def test_a_layer_named_by_its_source_keeps_the_name_that_expressions_use(job: BindJob) -> None:
    project, final = new_project()
    old = job.folder / picture(job, "old.png", 200, 100)
    final.add(project.import_file(py_aep.ImportOptions(old)))
    follower = add_text(final, "follower", "x")
    transform(follower, "Opacity").expression = 'thisComp.layer("old.png").transform.opacity'
    job.prepare(project)
    given = value("old.png", picture(job, "new.png", 10, 10), "media")

    result = job.run({"mode": "free", "scenes": [scene("frfinal", given)]})

    assert result.ok, result.errors
    assert Path(layer_of(job.bound(), "frfinal", "old.png").source.file).name == "new.png"


def test_only_the_layer_that_is_meant_changes_its_colour(job: BindJob) -> None:
    project, final = new_project()
    first = final.add_solid([1, 0, 0], "frd_floorcolor", 64, 36)
    first.duplicate().name = "frd_wallcolor"
    job.prepare(project)

    result = job.run({"colors": [{"key": "frd_wallcolor", "value": "#0000ff"}]})

    bound = job.bound()
    floor, wall = (layer_of(bound, "frfinal", f"frd_{name}color") for name in ("floor", "wall"))
    assert result.ok, result.errors
    assert list(floor.source.main_source.color)[:3] == pytest.approx([1, 0, 0])
    assert list(wall.source.main_source.color)[:3] == pytest.approx([0, 0, 1])
    assert [layer.name for layer in wall.containing_comp.layers if layer.source] == [
        "frd_wallcolor", "frd_floorcolor"
    ]  # fmt: skip


def drawn(job: BindJob, time_s: float = 0.0) -> Any:
    """Draw a frame of the bound project's final comp as the preview engine does."""
    project = job.bound()
    final = next(comp for comp in project.compositions if comp.name == "frfinal")
    path = job.folder / "bound.aep"
    stage = Stage(project, path, PreviewPlaces(root=path.parent))
    try:
        return stage.frame(final, time_s)
    finally:
        stage.close()


def test_what_cover_cuts_off_is_not_drawn_and_the_middle_is_in_the_middle(job: BindJob) -> None:
    project, final = new_project()
    layer = final.add_solid([1, 0, 0], "frl_c1m1", 200, 100)
    transform(layer, "Position").value = [200.0, 150.0, 0.0]
    tall = Image.new("RGB", (400, 400), (0, 0, 250))
    tall.paste((0, 250, 0), (0, 190, 400, 210))
    tall.save(job.folder / "tall.png")
    job.prepare(project)
    given = value("m1", "tall.png", "media", fit="cover")

    assert job.run({"scenes": [scene("c1", given)]}).ok

    pixels = drawn(job)
    assert [tuple(int(part) for part in pixels[y, x][:3]) for x, y in ((110, 150), (290, 110))] == [
        (0, 250, 0), (0, 0, 250)
    ]  # fmt: skip
    seen = pixels[:, :, 3] > 128
    assert (seen.any(axis=0).sum(), seen.any(axis=1).sum()) == (200, 100)


def test_a_still_in_the_place_of_a_remapped_film_has_no_time_to_remap(
    job: BindJob, second_of_film: bytes
) -> None:
    project, final = new_project()
    old = job.folder / film(job, "old.mp4", second_of_film)
    for name in ("frl_c1m1", "frl_c1m2", "shown"):
        item = project.import_file(py_aep.ImportOptions(old))
        layer = final.add(item)
        layer.name, layer.time_remap_enabled = name, True
    item.name = "frl_c1m3"
    job.prepare(project)
    values = (
        value("m1", picture(job, "still.png", 64, 36), "media"),
        value("m2", film(job, "new.mp4", second_of_film), "media"),
        value("m3", "still.png", "media"),
    )

    result = job.run({"scenes": [scene("c1", *values)]})

    assert result.ok, result.errors
    bound = job.bound()
    names = ("frl_c1m1", "frl_c1m2", "shown")
    remapped = [layer_of(bound, "frfinal", name).time_remap_enabled for name in names]
    assert remapped == [False, True, False]
