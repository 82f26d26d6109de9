"""What a viewer hears of an export: levels, places, lengths, fades and peaks, measured."""

from __future__ import annotations

import math
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from node_agent.core.export.film import Film, Sound
from orchestrator.wire.base import Fps
from tests.support.exports import (
    RATE_HZ,
    ffmpeg_of,
    film_in,
    level_db,
    make,
    samples_of,
    tone,
    write_wav,
)

HEARD = [{"quality": "draft"}, {"codec": "h265", "quality": "draft"}, {"container": "mov"},
         {"container": "webm", "quality": "draft"}]  # fmt: skip


def grey(_: int) -> np.ndarray:
    return np.full((16, 16, 3), 90, np.uint8)


def clicks(*seconds: float, length_s: float = 3.0) -> np.ndarray:
    """Give a sound of short pulses at these times."""
    made = np.zeros((round(length_s * RATE_HZ), 2))
    for at in seconds:
        begin = round(at * RATE_HZ)
        made[begin : begin + 48] = 0.5
    return made


async def heard(folder: Path, film: Film) -> np.ndarray:
    await make(folder, film)
    return samples_of(film.target)


@pytest.mark.parametrize("output", HEARD)
async def test_each_track_is_heard_at_its_volume(tmp_path: Path, output: dict[str, Any]) -> None:
    told = {440.0: 1.0, 1000.0: 0.5, 2500.0: 0.25, 6000.0: 0.8}
    sounds = tuple(
        Sound(write_wav(tmp_path / f"{hz:.0f}.wav", tone(hz, 3, 0.2)), volume)
        for hz, volume in told.items()
    )
    film = film_in(tmp_path, grey, count=50, sounds=sounds, **output)
    samples = (await heard(tmp_path, film))[RATE_HZ // 2 : -RATE_HZ // 2]
    for hz, volume in told.items():
        assert level_db(samples, hz) == pytest.approx(20 * math.log10(0.2 * volume), abs=0.5)


@pytest.mark.parametrize("fps", [Fps(num=24000, den=1001), Fps(num=60)])
@pytest.mark.parametrize("output", HEARD)
async def test_the_sound_begins_with_the_picture_and_lasts_as_long(
    tmp_path: Path, output: dict[str, Any], fps: Fps
) -> None:
    track = Sound(write_wav(tmp_path / "click.wav", clicks(0.3, 0.7)), 1.0)
    count = fps.num // fps.den
    film = film_in(tmp_path, grey, count=count, fps=fps, sounds=(track,), **output)
    samples = np.abs((await heard(tmp_path, film)).mean(axis=1))
    for at in (0.3, 0.7):
        window = samples[round((at - 0.1) * RATE_HZ) : round((at + 0.1) * RATE_HZ)]
        first = int(np.argmax(window > 0.2)) / RATE_HZ - 0.1
        assert abs(first) < 0.002
    assert len(samples) / RATE_HZ == pytest.approx(film.seconds, abs=1 / 120)


async def test_a_part_of_the_comp_hears_its_own_part_of_the_tracks(tmp_path: Path) -> None:
    track = Sound(write_wav(tmp_path / "click.wav", clicks(1.5)), 1.0)
    film = film_in(tmp_path, grey, first=25, count=25, sounds=(track,), container="mov")
    samples = await heard(tmp_path, film)
    assert int(np.argmax(samples[:, 0] > 0.2)) == pytest.approx(RATE_HZ // 2, abs=48)


async def test_a_mono_track_is_as_loud_as_a_stereo_one(tmp_path: Path) -> None:
    both = tone(1000, 2, 0.2)
    mono = Sound(write_wav(tmp_path / "mono.wav", both[:, 0]), 1.0)
    film = film_in(tmp_path, grey, count=25, sounds=(mono,), container="mov")
    samples = await heard(tmp_path, film)
    assert level_db(samples, 1000) == pytest.approx(20 * math.log10(0.2), abs=0.1)


async def test_music_goes_on_to_the_end_and_fades_out_there(tmp_path: Path) -> None:
    music = write_wav(tmp_path / "m.wav", tone(500, 0.5, 0.4))
    film = film_in(
        tmp_path, grey, count=75, container="mov",
        sounds=(Sound(music, 1.0, loop=True, fade_out_s=1.0),),
    )  # fmt: skip
    samples = await heard(tmp_path, film)

    def at(second: float) -> float:
        return level_db(samples[round(second * RATE_HZ) :][: RATE_HZ // 10], 500)

    whole = 20 * math.log10(0.4)
    assert [at(second) for second in (0.1, 0.8, 1.4)] == pytest.approx([whole] * 3, abs=0.3)
    assert at(2.45) == pytest.approx(whole - 6, abs=0.5)
    assert at(2.9) < whole - 20
    once = replace(film, sounds=(Sound(music, 1.0, fade_in_s=0.2),))
    samples = await heard(tmp_path, once)
    assert at(0.0) < whole - 10
    assert at(0.3) == pytest.approx(whole, abs=0.3)
    assert np.abs(samples[round(0.55 * RATE_HZ) :]).max() < 0.001


@pytest.mark.parametrize("output", HEARD)
async def test_a_sum_that_is_too_loud_is_limited_and_never_clips(
    tmp_path: Path, output: dict[str, Any]
) -> None:
    sounds = tuple(
        Sound(write_wav(tmp_path / f"{hz}.wav", tone(hz, 2, 0.9)), 2.0) for hz in (220, 523, 1320)
    )
    film = film_in(tmp_path, grey, count=40, sounds=sounds, **output)
    assert np.abs(await heard(tmp_path, film)).max() < 0.95
    exact = output.get("container") == "mov"
    assert true_peak_db(film.target) <= (-0.9 if exact else -0.5)


async def test_a_loudness_that_is_asked_for_is_reached(tmp_path: Path) -> None:
    sounds = (Sound(write_wav(tmp_path / "a.wav", tone(997, 4, 0.05)), 1.0),)
    film = film_in(tmp_path, grey, count=100, sounds=sounds, container="mov")
    told = await ffmpeg_of(tmp_path).loudness(film, timeout_s=60)
    assert told is not None
    # EBU Tech 3341: 997 Hz in both channels at -23 dBFS is -23 LUFS.
    assert told == pytest.approx(20 * math.log10(0.05), abs=0.2)
    await make(tmp_path, replace(film, gain_db=-16 - told))
    assert measured(film.target, r"I:\s+(-[\d.]+) LUFS") == pytest.approx(-16, abs=0.3)
    silent = replace(film, sounds=(Sound(write_wav(tmp_path / "0.wav", np.zeros(9999)), 1.0),))
    assert await ffmpeg_of(tmp_path).loudness(silent, timeout_s=60) is None


def true_peak_db(path: Path) -> float:
    return measured(path, r"Peak:\s+(-?[\d.]+) dBFS")


def measured(path: Path, pattern: str) -> float:
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-i", str(path), "-map", "0:a:0",
               "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]  # fmt: skip
    told = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return float(re.findall(pattern, told.stderr.decode())[-1])
