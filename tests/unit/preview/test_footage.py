"""Videos, numbered pictures and placeholders show the frame of the layer's own time."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import py_aep
import pytest
from PIL import Image

from node_agent.preview.draw.footage.videos import Clip, Videos
from node_agent.preview.ffmpeg import ffmpeg
from tests.support.films import draw, film, pixel, project_of, stage

STEP = 6
"""How much brighter each frame of a test's video is than the one before."""


def video(path: Path, frames: int = 40, fps: int = 25, size: tuple[int, int] = (64, 48)) -> Path:
    """Write a video whose frame n is grey of level 10 + 6 n."""
    command = [ffmpeg(), "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"]
    command += ["-s", f"{size[0]}x{size[1]}", "-r", str(fps), "-i", "pipe:0", "-c:v", "libx264"]
    command += ["-g", "12", "-crf", "10", "-pix_fmt", "yuv420p", str(path)]
    pixels = b"".join(bytes([10 + STEP * n]) * (size[0] * size[1]) for n in range(frames))
    subprocess.run(command, input=pixels, check=True, timeout=60)
    return path


def imported(comp: Any, path: Path) -> Any:
    """Import a file and show it in the comp; gives the layer."""
    return comp.add(project_of(comp).import_file(py_aep.ImportOptions(path)))


def shown(pixels: np.ndarray) -> int:
    """Give the number of the video's frame that a picture of 200 x 100 shows in its middle."""
    return round((pixel(pixels, 100, 50)[0] - 10) / STEP)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a video of 40 frames, 25 a second."""
    return video(tmp_path_factory.mktemp("footage") / "clip.mp4")


def test_a_video_shows_the_frame_of_the_layers_time(clip: Path) -> None:
    comp = film()
    layer = imported(comp, clip)
    layer.start_time = 0.2
    engine = stage(comp, clip.parent)
    assert [shown(engine.frame(comp, n / 25)) for n in (5, 6, 20, 44)] == [0, 1, 15, 39]
    assert not engine.frame(comp, 4 / 25).any()
    assert engine.counts.as_dict() == {}
    engine.close()


def test_a_stretched_video_runs_slower_and_a_remapped_one_as_its_keys_say(clip: Path) -> None:
    comp = film()
    layer = imported(comp, clip)
    layer.stretch = 200
    engine = stage(comp, clip.parent)
    assert [shown(engine.frame(comp, n / 25)) for n in (0, 10, 21)] == [0, 5, 10]
    engine.close()
    other = film()
    layer = imported(other, clip)
    layer.time_remap_enabled = True
    remap = next(g for g in layer.properties if g.match_name == "ADBE Time Remapping")
    remap.set_values_at_times([0.0, 1.0], [1.0, 0.0])
    engine = stage(other, clip.parent)
    assert [shown(engine.frame(other, n / 25)) for n in (0, 10, 24)] == [25, 15, 1]
    engine.close()


def test_two_layers_show_a_video_at_two_times(clip: Path) -> None:
    comp = film()
    left, right = imported(comp, clip), imported(comp, clip)
    left.transform.property("ADBE Position").value = [50.0, 50.0, 0.0]
    right.transform.property("ADBE Position").value = [150.0, 50.0, 0.0]
    right.start_time = -0.4
    engine = stage(comp, clip.parent)
    for number in (0, 1, 2, 10):
        pixels = engine.frame(comp, number / 25)
        levels = [round((pixel(pixels, x, 50)[0] - 10) / STEP) for x in (50, 150)]
        assert levels == [number, number + 10]
    engine.close()


def test_frames_of_a_video_do_not_depend_on_the_order_they_are_asked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from node_agent.preview.draw.footage import videos

    monkeypatch.setattr(videos, "SEGMENT_S", 0.4)
    monkeypatch.setattr(videos, "MAX_CACHED_BYTES", 5 * 64 * 48 * 4)
    known = Clip(video(tmp_path / "clip.mkv"), 64, 48, 25.0)
    forwards = Videos()
    expected = [forwards.frame(known, n, "a") for n in range(40)]
    forwards.close()
    assert [round((int(p[24, 32, 0]) - 10) / STEP) for p in expected if p is not None] == list(
        range(40)
    )
    mixed = Videos()
    order = list(range(40))
    random.Random(5).shuffle(order)
    for number in order:
        found = mixed.frame(known, number, "a")
        assert np.array_equal(found, expected[number]), number
    mixed.close()


def test_a_playlist_named_as_a_video_reads_no_other_file(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(clip.read_bytes())
    for words in ("ffconcat version 1.0\nfile secret.mp4\n", "#EXTM3U\n#EXTINF:2,\nsecret.mp4\n"):
        playlist = tmp_path / "film.mp4"
        playlist.write_text(words)
        found = Videos()
        assert found.frame(Clip(playlist, 64, 48, 25.0), 0, "a") is None
        found.close()


def test_a_video_that_breaks_off_is_counted_and_the_rest_is_drawn(
    clip: Path, tmp_path: Path
) -> None:
    comp = film()
    comp.add_solid([0.0, 0.0, 1.0], "below", 200, 100)
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    imported(comp, tmp_path / "clip.mp4")
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes()[:500])
    engine = stage(comp, tmp_path)
    assert pixel(engine.frame(comp, 0.0), 100, 50) == (0, 0, 255, 255)
    assert engine.counts.as_dict() == {"video that cannot be decoded": 1}
    engine.close()


def test_numbered_pictures_run_at_the_rate_of_their_item(tmp_path: Path) -> None:
    for number in range(8, 12):
        Image.new("RGB", (40, 30), (number * 20, 0, 0)).save(tmp_path / f"still_{number:03d}.png")
    options = py_aep.ImportOptions(tmp_path / "still_008.png")
    options.sequence = True
    comp = film(fps=30.0)
    comp.add(project_of(comp).import_file(options))
    engine = stage(comp, tmp_path)
    reds = [pixel(engine.frame(comp, n / 30), 100, 50)[0] for n in range(4)]
    assert reds == [160, 180, 200, 220]


def test_a_placeholder_is_shown_as_bars() -> None:
    comp = film()
    comp.add(project_of(comp).import_placeholder("to come", 140, 60, 25.0, 2.0))
    pixels = draw(comp)
    assert len({pixel(pixels, x, 50)[:3] for x in range(40, 160, 20)}) > 3
