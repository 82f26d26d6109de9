"""Every mode that assembles or retimes, from the command line to the pixels and the sound."""

from __future__ import annotations

import wave
import zipfile
from pathlib import Path

import numpy as np
import py_aep
import pytest
from PIL import Image

from tests.e2e.test_pixels import rendered
from tests.support.films import text, transform
from tests.support.scenes import FPS, GREY, flexible, hand_of, scene_comp
from tests.support.videos import RATE_HZ, Video, colour_at
from tests.support.whole_farm import WholeFarm

NEAR = 8
RED, BLUE = (153, 0, 0), (0, 0, 153)


def template(folder: Path) -> Path:
    """Draw a template whose red scene also has a Persian title and a tone of 1000 Hz."""
    project = flexible(folder)
    red = next(comp for comp in project.compositions if comp.name == "frc_red")
    heard = py_aep.ImportOptions(tone(folder / "tone.wav", 1000, 2.0))
    red.add(project.import_file(heard))
    inner = next(comp for comp in project.compositions if comp.name == "frc_red inner")
    title = text(inner, "متن", rtl=True, font_size=40)
    title.name = "frl_title"
    transform(title, "Position").value = [300.0, 80.0, 0.0]
    document = title.text.property("ADBE Text Document").value
    document.justification = py_aep.ParagraphJustification.RIGHT_JUSTIFY
    project.save(folder / "صحنه.aep")
    path = folder / "template.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for name in ("صحنه.aep", "grey.png", "tone.wav"):
            bundle.write(folder / name, name)
    return path


def pieces(video: Video, frame: int) -> list[int]:
    """Measure the widths of the bright pieces of the title, from left to right."""
    bright = (video.frames[frame][40:98, 190:].min(axis=2).max(axis=0) > 100).astype(int)
    steps = np.flatnonzero(np.diff(bright, prepend=0, append=0))
    return [int(end - begin) for begin, end in steps.reshape(-1, 2)]


def test_ordered_scenes_play_with_their_own_lengths_values_and_overlap(
    whole: WholeFarm, tmp_path: Path
) -> None:
    for name, colour in (("pink", (250, 0, 250)), ("yellow", (250, 250, 0))):
        Image.new("RGB", (80, 80), colour).save(tmp_path / f"{name}.png")
    video = rendered(
        whole, tmp_path, "--bundle", template(tmp_path),
        "--scene", "frc_blue=2", "--scene", "frc_red=4", "--scene", "frc_red",
        "--set", "frc_red#1.pic=pink.png", "--set", "frc_red#2.pic=yellow.png",
        "--set", "frc_red#1.title=اسس", "--set", "frc_red#2.title=سس",
    )  # fmt: skip

    # The blue scene lasts 50 frames and the red one comes in over its last five.
    assert (video.size, len(video.frames)) == ((320, 120), 45 + 100 + 50)
    for frame, ground, field in (
        (0, BLUE, GREY), (44, BLUE, GREY), (45, RED, (250, 0, 250)),
        (144, RED, (250, 0, 250)), (145, RED, (250, 250, 0)), (194, RED, (250, 250, 0)),
    ):  # fmt: skip
        assert colour_at(video, frame, 0.7, 0.2) == pytest.approx(ground, abs=NEAR), frame
        assert colour_at(video, frame, 0.06, 0.16) == pytest.approx(field, abs=NEAR), frame
    # 0.4 s at each end of the red scene keep their speed; its middle is 3.2 s instead of 1.2 s.
    for at_s, own_s in ((0.2, 0.2), (0.4, 0.4), (2.0, 1.0), (3.6, 1.6), (3.8, 1.8)):
        assert hand_of(video.frames[45 + round(at_s * FPS)]) == pytest.approx(own_s, abs=0.05)
    assert hand_of(video.frames[145 + 30]) == pytest.approx(1.2, abs=0.05)
    # The sound is the scene's: at its own speed, and at 1.2 / 3.2 of it in the stretched middle.
    assert pitch(video, 2.4, 4.8) == pytest.approx(375, abs=3)
    assert pitch(video, 6.0, 7.6) == pytest.approx(1000, abs=3)
    two_seens, alef = pieces(video, 60)
    assert two_seens > 5 * alef
    (joined,) = pieces(video, 160)
    assert joined == pytest.approx(two_seens, abs=3)


def test_a_mockup_of_a_split_plan_plays_all_its_scenes_when_none_is_named(
    whole: WholeFarm, tmp_path: Path
) -> None:
    video = rendered(whole, tmp_path, "--bundle", template(tmp_path), "--mode", "mockup",
                     "--plan", "split")  # fmt: skip
    grounds = {0: BLUE, 19: BLUE, 20: RED, 69: RED}
    assert len(video.frames) == 70
    for frame, ground in grounds.items():
        assert colour_at(video, frame, 0.7, 0.2) == pytest.approx(ground, abs=NEAR), frame


def tone(path: Path, frequency: int, seconds: float) -> Path:
    """Write a sine."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.sin(2 * np.pi * frequency * times) * 9000).astype("<i2").tobytes())
    return path


def pitch(video: Video, begin_s: float = 0.0, end_s: float = 2.0) -> float:
    """Give the strongest frequency in hertz of a piece of a video's sound."""
    assert video.samples is not None
    piece = video.samples[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ), 0]
    heard = np.abs(np.fft.rfft(piece.astype(float)))
    return float(heard.argmax() * RATE_HZ / len(piece))


def test_a_music_visualizer_plays_the_clients_music_for_as_long_as_is_ordered(
    whole: WholeFarm, tmp_path: Path
) -> None:
    project = py_aep.new().project
    final = project.root_folder.add_comp("frfinal", 320, 120, 1.0, 1.0, FPS)
    final.add(scene_comp(project, "bars", 1.0, [0.6, 0.0, 0.0]))
    item = project.import_file(py_aep.ImportOptions(tone(tmp_path / "own.wav", 440, 1.0)))
    item.name = "frl_c1m1"
    final.add(item)
    project.save(tmp_path / "music.aep")
    tone(tmp_path / "song.wav", 1000, 5.0)

    video = rendered(
        whole, tmp_path, "--aep", tmp_path / "music.aep", "--mode", "music_visualizer",
        "--duration", "2", "--set", "c1.m1=song.wav",
    )  # fmt: skip

    assert len(video.frames) == 50
    assert video.audio_s == pytest.approx(2.0, abs=0.04)
    assert pitch(video) == pytest.approx(1000, abs=2)
    assert np.abs(video.samples[-RATE_HZ // 4 :]).max() > 4000  # type: ignore[index]
    assert colour_at(video, 49, 0.7, 0.2) == pytest.approx(RED, abs=NEAR)
