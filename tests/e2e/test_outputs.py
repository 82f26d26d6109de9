"""Formats, sounds and clients' videos through the whole farm, from the command line."""

from __future__ import annotations

import math
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import py_aep
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.support.exports import level_db, pixels_of, samples_of, tone, write_wav
from tests.support.films import RED, solid
from tests.support.videos import read_video
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo"
SOURCE = ("--bundle", DEMO / "template.zip")


def sounding(folder: Path) -> Path:
    """Make a bundle of two seconds: red from 0.5 s on, its sound a tone with a click at 0.25 s."""
    project = py_aep.new().project
    final = project.root_folder.add_comp("frfinal", 64, 36, 1.0, 2.0, 25.0)
    solid(final, RED, 64, 36).in_point = 0.5
    own = tone(440, 2, 0.2)
    own[12_000:12_048] = 0.8
    final.add(project.import_file(py_aep.ImportOptions(write_wav(folder / "own.wav", own))))
    project.save(folder / "sounding.aep")
    with zipfile.ZipFile(folder / "sounding.zip", "w") as made:
        for name in ("sounding.aep", "own.wav"):
            made.write(folder / name, name)
    return folder / "sounding.zip"


def test_every_track_is_heard_at_its_volume_and_in_its_place(
    whole: WholeFarm, tmp_path: Path
) -> None:
    clicks = np.zeros((72_000, 2))
    clicks[36_000:36_048] = 0.8
    write_wav(tmp_path / "m.wav", tone(1500, 0.75, 0.2))
    write_wav(tmp_path / "v.wav", tone(4000, 2, 0.2))
    write_wav(tmp_path / "s.wav", clicks)
    words = ("template=0.6", "music=m.wav@0.5", "voiceover=v.wav@0.25", "sfx=s.wav")
    ran = whole.render("--bundle", sounding(tmp_path), "--out", "a.mp4",
                       *(one for word in words for one in ("--audio", word)),
                       cwd=tmp_path)  # fmt: skip
    assert ran.code == 0, ran.err
    samples = samples_of(tmp_path / "a.mp4")
    assert len(samples) == pytest.approx(96_000, abs=48_000 / 25)
    steady = samples[48_000:70_000]
    for hz, volume in ((440, 0.6), (1500, 0.5), (4000, 0.25)):
        assert level_db(steady, hz) == pytest.approx(20 * math.log10(0.2 * volume), abs=0.5)
    for at in (0.25, 0.75):
        begin = round((at - 0.05) * 48_000)
        place = begin + int(np.argmax(np.abs(samples[begin : begin + 4800, 0])))
        assert place / 48_000 == pytest.approx(at, abs=0.003)


def test_a_movie_is_of_the_format_and_the_rate_that_were_ordered(
    whole: WholeFarm, tmp_path: Path
) -> None:
    words = ("--output", "fps=12", "--output", "alpha=yes", "--frames", "0-11", "--out", "a.mov")
    ran = whole.render("--bundle", sounding(tmp_path), "--output", "aspect=1:1",
                       "--output", "fit=pad", *words, cwd=tmp_path)  # fmt: skip
    assert ran.code == 0, ran.err
    told = {key: ran.json[key] for key in ("frames", "fps", "width", "height", "duration_s")}
    assert told == {"frames": 12, "fps": 12, "width": 64, "height": 64, "duration_s": 1}
    frames = pixels_of(tmp_path / "a.mov", (64, 64), alpha=True)
    assert [int(frame[32, 32, 3]) for frame in frames] == [0] * 6 + [255] * 6
    assert not frames[:, 4, 32, 3].any()
    assert frames[-1, 32, 32, :3] == pytest.approx((255, 0, 0), abs=3)
    assert len(samples_of(tmp_path / "a.mov")) == 48_000


def test_a_clients_video_plays_in_its_place(whole: WholeFarm, tmp_path: Path) -> None:
    draw = "color=0x10C81E:s=400x400:d=3:r=50,format=yuv420p"
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", draw,
               str(tmp_path / "green.webm")]  # fmt: skip
    subprocess.run(command, check=True, timeout=60)
    ran = whole.render(*SOURCE, "--frames", "90-91", "--set", "c2.m1=green.webm", "--plan", "split",
                       "--out", "a.mp4", cwd=tmp_path)  # fmt: skip
    assert ran.code == 0, ran.err
    frame = read_video(tmp_path / "a.mp4").frames[0].astype(int)
    assert np.abs(frame[360, 384] - (0x10, 0xC8, 0x1E)).max() <= 10


def test_what_no_format_carries_is_refused_before_it_is_queued(
    whole: WholeFarm, tmp_path: Path
) -> None:
    ran = whole.render(*SOURCE, "--output", "alpha=true", "--out", "a.mp4", cwd=tmp_path)
    assert ran.code == 2
    assert "carries no transparency" in ran.err
