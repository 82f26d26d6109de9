"""Make small films with the real ffmpeg and decode them, to measure what an export does."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from node_agent.core.export.command import stills_of
from node_agent.core.export.film import Film, Sound
from node_agent.core.export.probe import Probe, wrong
from node_agent.engines.ffmpeg import FFmpeg
from node_agent.host import this_host
from node_agent.process import Spawner
from node_agent.runner.exporting.stills import pack_stills
from orchestrator.wire.base import Fps
from orchestrator.wire.media.output import OutputSpec

RATE_HZ = 48_000
Paint = Callable[[int], np.ndarray]


def ffmpeg_of(folder: Path) -> FFmpeg:
    """Give the real ffmpeg, contained as the agent contains it."""
    spawner = Spawner(this_host(), folder / "marks", f"film{os.getpid()}{id(folder)}")
    return FFmpeg(Path(get_ffmpeg_exe()), spawner)


def film_in(
    folder: Path, paint: Paint, *, count: int = 5, first: int = 0, fps: Fps | None = None,
    size: tuple[int, int] | None = None, sounds: tuple[Sound, ...] = (), ending: str = "png",
    gain_db: float = 0.0, **output: Any,
) -> Film:  # fmt: skip
    """Write frames `first` and on as the painter gives them, and describe the film of them."""
    frames, out = folder / "frames", folder / "out"
    frames.mkdir(parents=True, exist_ok=True)
    out.mkdir(exist_ok=True)
    for number in range(first, first + count):
        Image.fromarray(paint(number)).save(frames / f"{number:05d}.{ending}")
    high, wide = paint(first).shape[:2]
    spec = OutputSpec(**output)
    film = Film(
        pattern=Path(f"../frames/%05d.{ending}"), first=first, count=count,
        fps=fps or Fps(num=25), source=(wide, high), width=(size or (wide, high))[0],
        height=(size or (wide, high))[1], output=spec, target=out / f"video.{spec.format.ending}",
        sounds=sounds, premultiplied=ending == "tif", gain_db=gain_db,
    )  # fmt: skip
    if spec.container == "png":
        stills_of(film).mkdir(exist_ok=True)
    return film


async def make(folder: Path, film: Film) -> Probe:
    """Export the film as a node does; what the probe finds is what was ordered."""
    ffmpeg, seen = ffmpeg_of(folder), []
    await ffmpeg.export(film, timeout_s=120, on_frames=seen.append)
    if film.output.container == "png":
        made = sorted(stills_of(film).glob("*.png"))
        whole = [folder / "frames" / f"{film.first + at:05d}.png" for at in range(film.count)]
        probe = await asyncio.to_thread(pack_stills, film, made or whole)
    else:
        probe = await ffmpeg.probe(film.target)
        assert max(seen) == film.count
    assert wrong(probe, film) is None, (wrong(probe, film), probe)
    return probe


def pixels_of(path: Path, size: tuple[int, int], *, alpha: bool = False) -> np.ndarray:
    """Decode every frame: (n, h, w, 3 or 4), uint8."""
    vp9 = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" and alpha else []
    raw = _decoded(
        *vp9, "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough",
        "-vf", "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp",
        "-f", "rawvideo", "-pix_fmt", "rgba" if alpha else "rgb24", "-",
    )  # fmt: skip
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 4 if alpha else 3)


def samples_of(path: Path) -> np.ndarray:
    """Decode the sound: (n, 2), floats of full scale 1."""
    raw = _decoded("-i", path, "-map", "0:a:0", "-f", "f32le", "-ac", "2",
                   "-ar", str(RATE_HZ), "-")  # fmt: skip
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def _decoded(*words: str | Path) -> bytes:
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", *map(str, words)]
    return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout


def write_wav(path: Path, samples: np.ndarray) -> Path:
    """Write floats (n,) or (n, channels) as a 16-bit WAV at 48 kHz."""
    whole = (np.clip(samples, -1, 1) * 32767).round().astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setparams((1 if whole.ndim == 1 else whole.shape[1], 2, RATE_HZ, 0, "NONE", ""))
        out.writeframes(whole.tobytes())
    return path


def tone(hz: float, seconds: float, peak: float = 0.25) -> np.ndarray:
    """Give a sine as stereo floats."""
    wave_of = peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    return np.stack([wave_of, wave_of], axis=1)


def level_db(samples: np.ndarray, hz: float) -> float:
    """Give the level of one tone in a sound, in decibels of a full-scale sine."""
    mono = samples.mean(axis=1)
    turn = np.exp(-2j * np.pi * hz * np.arange(len(mono)) / RATE_HZ)
    return 20 * math.log10(max(1e-9, 2 * abs(np.dot(mono, turn)) / len(mono)))
