"""Decode finished videos with ffmpeg, to measure what a viewer sees and hears."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

RATE_HZ = 48_000
LIMIT_S = 60


@dataclass(frozen=True, slots=True)
class Video:
    """Be a decoded video: frames (n, h, w, 3) as RGB, samples (n, 2) at 48 kHz or none."""

    frames: np.ndarray
    fps: Fraction
    samples: np.ndarray | None

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height in pixels."""
        return self.frames.shape[2], self.frames.shape[1]

    @property
    def audio_s(self) -> float:
        """Give the length of the sound in seconds; 0 without a track."""
        return 0.0 if self.samples is None else len(self.samples) / RATE_HZ


def read_video(path: Path) -> Video:
    """Decode a file whole: every frame, every sample."""
    told = _ffmpeg("-i", path, allowed=1).stderr.decode("utf-8", "replace")
    width, height = map(int, re.search(r"Video:.*?, (\d+)x(\d+)", told).groups())
    rate = re.search(r"([\d.]+) fps", told)
    assert rate is not None, told
    raw = _ffmpeg("-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo",
                  "-pix_fmt", "rgb24", "-").stdout  # fmt: skip
    frames = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    samples = None
    if "Audio:" in told:
        sound = _ffmpeg("-i", path, "-map", "0:a:0", "-f", "s16le", "-ac", "2", "-ar",
                        str(RATE_HZ), "-").stdout  # fmt: skip
        samples = np.frombuffer(sound, np.int16).reshape(-1, 2)
    return Video(frames, Fraction(rate[1]), samples)


def colour_at(video: Video, frame: int, x: float, y: float) -> tuple[int, ...]:
    """Give the RGB of a place; x and y are parts of the width and the height, 0 to 1."""
    width, height = video.size
    return tuple(int(c) for c in video.frames[frame, int(y * height), int(x * width)])


def _ffmpeg(*words: str | Path, allowed: int = 0) -> subprocess.CompletedProcess[bytes]:
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", *map(str, words)]
    ran = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False)
    assert ran.returncode <= allowed, ran.stderr.decode("utf-8", "replace")
    return ran
