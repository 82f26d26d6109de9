"""Reads sound files into samples and writes WAV and AIFF."""

from __future__ import annotations

import math
import struct
import subprocess
import wave
from pathlib import Path
from typing import Final

import numpy as np

from node_agent.preview.aerender.plan import RenderProblem
from node_agent.preview.aerender.writers import draft_of
from node_agent.preview.ffmpeg import SOUND_FORMATS, NoFfmpegError, reading

RATE: Final = 48_000
MAX_SECONDS: Final = 3600
MAX_DECODED_BYTES: Final = MAX_SECONDS * RATE * 2 * 4
"""An hour of stereo. Silence in eight channels is small in a file and would be four times that."""
DECODE_WAIT_S: Final = 120.0
SUFFIXES: Final = frozenset(
    {".wav", ".mp3", ".m4a", ".aac", ".aif", ".aiff", ".ogg", ".flac", ".mp4", ".mov", ".wma"}
)


def read(path: Path) -> np.ndarray | None:
    """Give stereo float32 samples (n, 2) at 48 kHz; None when the file cannot be decoded."""
    try:
        command = [*reading(path, SOUND_FORMATS), "-map", "0:a:0"]
    except NoFfmpegError as error:
        raise RenderProblem(str(error), 9) from error
    command += ["-t", str(MAX_SECONDS), "-fs", str(MAX_DECODED_BYTES)]
    command += ["-ar", str(RATE), "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=DECODE_WAIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _stereo(done.stdout) if done.returncode == 0 else None


def _stereo(wav: bytes) -> np.ndarray | None:
    """Give the samples of a float WAV; mono sounds from both sides at its full level.

    ffmpeg's own way from mono to stereo is 3 dB quieter than After Effects', so it is not used.
    """
    form, data = wav.find(b"fmt "), wav.find(b"data")
    if form < 0 or data < form or len(wav) < data + 8:
        return None
    channels = int.from_bytes(wav[form + 10 : form + 12], "little")
    if not 1 <= channels <= 64 or len(wav) < data + 8 + 4 * channels:
        return None
    count = (len(wav) - data - 8) // (4 * channels)
    samples = np.frombuffer(wav, dtype="<f4", count=count * channels, offset=data + 8)
    frames = np.nan_to_num(samples.reshape(-1, channels)[:, :2])
    return np.asarray(frames if channels > 1 else np.repeat(frames, 2, axis=1))


def write(path: Path, samples: np.ndarray, kind: str) -> None:
    """Write stereo float samples as 16-bit `wav` or `aiff`. Raises RenderProblem."""
    whole = (np.clip(samples, -1.0, 1.0) * 32767.0).round().astype(np.int16)
    draft = draft_of(path)
    try:
        if kind == "wav":
            with wave.open(str(draft), "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(whole.astype("<i2").tobytes())
        else:
            draft.write_bytes(_aiff(whole))
        draft.replace(path)
    except OSError as error:
        raise RenderProblem(
            "After Effects error: Error in output for render queue item 1, output module 1. "
            f"Can not create a file in directory {path.parent}. ({error})",
            9,
        ) from error


def _aiff(samples: np.ndarray) -> bytes:
    sound = samples.astype(">i2").tobytes()
    common = struct.pack(">hIh", 2, len(samples), 16) + _extended(RATE)
    body = b"COMM" + struct.pack(">I", len(common)) + common
    body += b"SSND" + struct.pack(">III", len(sound) + 8, 0, 0) + sound
    return b"FORM" + struct.pack(">I", len(body) + 4) + b"AIFF" + body


def _extended(number: int) -> bytes:
    """Give a whole number as the 80-bit float that AIFF wants."""
    exponent = int(math.log2(number))
    return struct.pack(">HQ", 16383 + exponent, number << (63 - exponent))
