"""ffmpeg's command lines: the video, its sound of exactly the frames' length, and its probe.

Size rule: H.264 with 4:2:0 needs even sides, so an odd side loses its last row or column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestrator.wire.base import Fps

RATE_HZ = 48_000
Quality = Literal["draft", "standard", "high"]
_QUALITY: dict[Quality, tuple[str, int]] = {
    "draft": ("ultrafast", 26),
    "standard": ("veryfast", 19),
    "high": ("medium", 16),
}


@dataclass(frozen=True, slots=True)
class Sound:
    """Name one sound track; `volume` 1 is as it is."""

    path: Path
    volume: float


@dataclass(frozen=True, slots=True)
class Film:
    """Describe one encode: numbered frames from `first` on, `count` of them.

    `pattern` is relative to the output's folder, where ffmpeg runs: a percent sign in a folder's
    name would be taken for a part of it.
    """

    pattern: Path
    first: int
    count: int
    fps: Fps
    width: int
    height: int
    quality: Quality
    output: Path
    sounds: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """Hold what ffmpeg says of a file after decoding every frame."""

    frames: int
    width: int
    height: int
    fps: float
    has_audio: bool
    duration_s: float


def even(side: int) -> int:
    """Round a side down to an even number, at least 2."""
    return max(2, side - side % 2)


def samples(count: int, fps: Fps) -> int:
    """Give the sound samples that last exactly as long as the frames, rounded to the nearest."""
    exact, rest = divmod(count * fps.den * RATE_HZ, fps.num)
    return exact + (2 * rest >= fps.num)


def encode(ffmpeg: Sequence[str], film: Film) -> list[str]:
    """Write the encode's arguments: BT.709 converted and tagged, index in front."""
    preset, crf = _QUALITY[film.quality]
    heard = [sound for sound in film.sounds if sound.volume > 0]
    inputs = [text for sound in heard for text in (*_format(sound.path), "-i", str(sound.path))]
    graph, audio = picture(film), []
    if heard:
        graph = f"{graph};{mix(film, heard)}"
        audio = ["-map", "[sound]", "-c:a", "aac", "-b:a", "192k", "-ar", str(RATE_HZ)]
    return [
        *ffmpeg, "-hide_banner", "-nostdin", "-y", "-loglevel", "warning", "-progress", "pipe:1",
        "-framerate", f"{film.fps.num}/{film.fps.den}",
        "-start_number", str(film.first), "-f", "image2", "-i", str(film.pattern),
        *inputs,
        "-filter_complex", graph,
        "-map", "[picture]", *audio,
        "-frames:v", str(film.count),
        "-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709",
        "-color_range", "tv", "-movflags", "+faststart", "-map_metadata", "-1",
        "-f", "mp4", str(film.output),
    ]  # fmt: skip


def _format(path: Path) -> tuple[str, ...]:
    """Name the format instead of guessing it: a playlist in disguise would read other files."""
    known = {".wav": "wav", ".aif": "aiff", ".aiff": "aiff"}
    named = known.get(path.suffix.lower())
    return ("-f", named) if named else ("-format_whitelist", "wav,aiff,mp3,flac,ogg,mov,aac")


def picture(film: Film) -> str:
    """Write the picture's filters: crop or scale to the even size, RGB to limited BT.709."""
    width, height = even(film.width), even(film.height)
    return (
        f"[0:v]crop='min(iw,iw-mod(iw,2))':'min(ih,ih-mod(ih,2))':0:0:exact=1,"
        f"scale={width}:{height}:flags=lanczos+accurate_rnd+full_chroma_int"
        ":in_range=pc:out_range=tv:out_color_matrix=bt709,format=yuv420p,"
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,"
        "setsar=1[picture]"
    )


def mix(film: Film, heard: Sequence[Sound]) -> str:
    """Write the sound's filters: cut to the frames' span, mixed at volumes, padded to its length.

    Tracks begin with the comp, so a span that begins later begins later in them too.
    """
    begin = samples(film.first, film.fps)
    length = samples(film.count, film.fps)
    parts = [
        f"[{number}:a:0]aresample={RATE_HZ},aformat=sample_fmts=fltp:channel_layouts=stereo,"
        f"atrim=start_sample={begin},asetpts=PTS-STARTPTS,volume={sound.volume:.6f}[t{number}]"
        for number, sound in enumerate(heard, 1)
    ]
    names = "".join(f"[t{number}]" for number in range(1, len(heard) + 1))
    joined = (
        f"{names}amix=inputs={len(heard)}:normalize=0:duration=longest,alimiter=level=0:limit=0.98,"
        if len(heard) > 1
        else names
    )
    tail = f"apad=whole_len={length},atrim=end_sample={length}[sound]"
    return ";".join([*parts, joined + tail])


def probe(ffmpeg: Sequence[str], path: Path) -> list[str]:
    """Write the arguments that decode a file to its end and count."""
    return [
        *ffmpeg, "-hide_banner", "-nostdin", "-xerror", "-i", str(path),
        "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", "-progress", "pipe:1", "-",
    ]  # fmt: skip


_FRAMES = re.compile(r"^frame=\s*(\d+)", re.MULTILINE)
_SIZE = re.compile(r"Stream #0:\d+.*?Video:.*?\b(\d{1,5})x(\d{1,5})\b")
_FPS = re.compile(r"([\d.]+k?) fps\b")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d)\.(\d\d)")


def read_probe(text: str) -> Probe | None:
    """Read what `probe` printed; None when there is no video in it."""
    counted = _FRAMES.findall(text)
    size = _SIZE.search(text)
    if size is None or not counted:
        return None
    fps = _FPS.search(text)
    lasts = _DURATION.search(text)
    seconds = 0.0
    if lasts is not None:
        hours, minutes, whole, hundredths = (int(part) for part in lasts.groups())
        seconds = hours * 3600 + minutes * 60 + whole + hundredths / 100
    return Probe(
        frames=int(counted[-1]),
        width=int(size[1]),
        height=int(size[2]),
        fps=float(fps[1].rstrip("k")) if fps else 0.0,
        has_audio=re.search(r"Stream #0:\d+.*?Audio:", text) is not None,
        duration_s=seconds,
    )


def read_progress(text: str) -> int | None:
    """Read the newest frame count of `-progress`."""
    counted = _FRAMES.findall(text)
    return int(counted[-1]) if counted else None
