"""Formats, sounds and clients' videos through the whole farm, from the command line."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.support.exports import level_db, pixels_of, samples_of, tone, write_wav
from tests.support.videos import read_video
from tests.support.whole_farm import WholeFarm

DEMO = Path(__file__).parents[2] / "demo"
SOURCE = ("--bundle", DEMO / "template.zip")
SMALL = ("--output", "size=320x", "--output", "quality=draft")


def test_a_movie_is_of_the_format_the_rate_and_the_music_that_were_ordered(
    whole: WholeFarm, tmp_path: Path
) -> None:
    write_wav(tmp_path / "m.wav", tone(1500, 0.7, 0.5))
    words = ("--audio", "music=m.wav@0.5", "--audio", "template=0", "--output", "fps=12")
    ran = whole.render(*SOURCE, *SMALL, *words, "--output", "alpha=yes", "--frames", "0-11",
                       "--out", "a.mov", cwd=tmp_path)  # fmt: skip
    assert ran.code == 0, ran.err
    told = {key: ran.json[key] for key in ("frames", "fps", "width", "height", "duration_s")}
    assert told == {"frames": 12, "fps": 12, "width": 320, "height": 180, "duration_s": 1}
    assert pixels_of(tmp_path / "a.mov", (320, 180), alpha=True).shape[0] == 12
    samples = samples_of(tmp_path / "a.mov")
    assert len(samples) == 48_000
    assert level_db(samples[:24000], 1500) == pytest.approx(-12.04, abs=0.5)


def test_another_rate_shows_the_same_moments(whole: WholeFarm, tmp_path: Path) -> None:
    words = (*SOURCE, *SMALL, "--output", "format=png")
    own = whole.render(*words, "--frames", "30-30", "--out", "own.zip", cwd=tmp_path)
    assert own.code == 0, own.err
    half = whole.render(*words, "--frames", "15-15", "--output", f"fps={own.json['fps']:g}/2",
                        "--out", "half.zip", cwd=tmp_path)  # fmt: skip
    assert half.code == 0, half.err
    with zipfile.ZipFile(tmp_path / "own.zip") as one, zipfile.ZipFile(
        tmp_path / "half.zip"
    ) as other:  # fmt: skip
        assert one.read("frame_00030.png") == other.read("frame_00015.png")


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
