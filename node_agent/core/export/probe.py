"""What a finished file holds, read from what ffmpeg says while it decodes it to its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from node_agent.core.export.command import tagged
from node_agent.core.export.film import RATE_HZ, Film

SOUND_SLACK_S = 0.03
SHOWN_S = 0.011
"""Lengths are printed in hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Hold what ffmpeg says of a file after decoding every frame and every sample.

    `audio_s` is the sound's own length, `alpha` None where the format does not tell.
    """

    frames: int
    width: int
    height: int
    fps: float
    has_audio: bool
    duration_s: float
    audio_s: float = 0.0
    alpha: bool | None = None
    bt709: bool = False


def probe(ffmpeg: Sequence[str], path: Path) -> list[str]:
    """Write the arguments that decode a file to its end and count."""
    return [
        *ffmpeg, "-hide_banner", "-nostdin", "-xerror", "-protocol_whitelist", "file",
        "-i", f"file:{path}", "-map", "0:v:0", "-map", "0:a:0?", "-fps_mode", "passthrough",
        "-c:a", "pcm_s16le", "-ar", str(RATE_HZ), "-ac", "2",
        "-f", "null", "-progress", "pipe:1", "-",
    ]  # fmt: skip


_FRAMES = re.compile(r"^frame=\s*(\d+)", re.MULTILINE)
_VIDEO = re.compile(r"Stream #0:\d+.*?Video:.*")
_SIZE = re.compile(r", (\d{1,5})x(\d{1,5})\b")
_PIXELS = re.compile(r"Video: [^,]*(?:\([^)]*\)[^,]*)*, (\w+)(?:\(([^)]*)\))?")
_FPS = re.compile(r"([\d.]+k?) fps\b")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d)\.(\d\d)")
_DECODED = re.compile(r"\baudio:\s*(\d+)\s*Ki?B")
_BYTES_PER_S = RATE_HZ * 4


def read_probe(text: str) -> Probe | None:
    """Read what `probe` printed; None when there is no video in it."""
    counted = _FRAMES.findall(text)
    video = _VIDEO.search(text)
    size = _SIZE.search(video[0]) if video is not None else None
    if video is None or size is None or not counted:
        return None
    fps = _FPS.search(video[0])
    lasts = _DURATION.search(text)
    seconds = 0.0
    if lasts is not None:
        hours, minutes, whole, hundredths = (int(part) for part in lasts.groups())
        seconds = hours * 3600 + minutes * 60 + whole + hundredths / 100
    pixels = _PIXELS.search(video[0])
    decoded = _DECODED.findall(text)
    clear = re.search(r"^\s*alpha_mode\s*:\s*1\s*$", text, re.MULTILINE | re.IGNORECASE)
    return Probe(
        frames=int(counted[-1]),
        width=int(size[1]),
        height=int(size[2]),
        fps=float(fps[1].rstrip("k")) if fps else 0.0,
        has_audio=re.search(r"Stream #0:\d+.*?Audio:", text) is not None,
        duration_s=seconds,
        audio_s=int(decoded[-1]) * 1024 / _BYTES_PER_S if decoded else 0.0,
        alpha=clear is not None or (pixels is not None and pixels[1].startswith("yuva")),
        bt709=pixels is not None and "bt709" in (pixels[2] or ""),
    )


def read_progress(text: str) -> int | None:
    """Read the newest frame count of `-progress`."""
    counted = _FRAMES.findall(text)
    return int(counted[-1]) if counted else None


def wrong(probe: Probe, film: Film) -> str | None:
    """Say how a finished file differs from what was ordered; None when it does not."""
    frame_s = film.fps.den / film.fps.num
    gif = film.output.container == "gif"
    ordered = f"{film.width}x{film.height} pixels"
    if probe.frames != film.count:
        return f"{probe.frames} frames, not {film.count}"
    if (probe.width, probe.height) != (film.width, film.height):
        return f"{probe.width}x{probe.height} pixels, not {ordered}"
    if not gif and film.count > 1 and abs(probe.fps - 1 / frame_s) > 0.02:
        return f"{probe.fps} frames a second, not {film.fps.num}/{film.fps.den}"
    if abs(probe.duration_s - film.seconds) > frame_s + SHOWN_S:
        return f"a length of {probe.duration_s} s, not {film.seconds:.2f} s"
    if probe.has_audio != bool(film.heard):
        return "no sound" if film.heard else "a sound that nobody ordered"
    if film.heard and abs(probe.audio_s - film.seconds) > frame_s + SOUND_SLACK_S:
        return f"a sound of {probe.audio_s:.2f} s, not {film.seconds:.2f} s"
    if not gif and probe.alpha is not None and probe.alpha != film.output.alpha:
        return "no transparency" if film.output.alpha else "a transparency that nobody ordered"
    if tagged(film) and not probe.bt709:
        return "no word that its colours are BT.709"
    return None
