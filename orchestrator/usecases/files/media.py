"""Make a picture or a sound safe for After Effects, in a limited child process.

A video is only looked at: which size and rate it needs is known where it is used, so the node makes
it safe (node_agent/runner/media), and a server would be busy for minutes.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from orchestrator.core.media import VIDEO_FORMS
from orchestrator.errors import FarmError, Invalid, Unavailable
from orchestrator.sandbox import image_child_path
from orchestrator.sandbox.limited import Ended, ProgramLimits, run_limited
from orchestrator.usecases.files.kinds import Kind
from orchestrator.wire.media.safe import VideoForm

MAX_PIXELS = 64_000_000
MAX_SIDE = 8192
MAX_SECONDS = 3600
GIB = 2**30
STEREO = "aformat=channel_layouts=mono|stereo,pan=stereo|FL=FL+FC|FR=FR+FC"
"""Mono is heard from both sides at its full level; ffmpeg's own way takes 3 dB off it."""
_VIDEO_TYPES = {form: content_type for content_type, form in VIDEO_FORMS.items()}
_STREAM = re.compile(r"Stream #0:\d+.*?: Video: .*")
_SIDES = re.compile(r", (\d{1,5})x(\d{1,5})\b")
_LASTS = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d\d)")
_IMAGE = ProgramLimits(memory_bytes=2 * GIB, cpu_s=60, file_bytes=GIB, timeout_s=90)
_AUDIO = ProgramLimits(memory_bytes=4 * GIB, cpu_s=120, file_bytes=2 * GIB, timeout_s=180)


@dataclass(frozen=True, slots=True)
class Safe:
    """Describe the safe copy."""

    content_type: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None


async def make_image_safe(source: Path, target: Path) -> Safe:
    """Write an upright sRGB PNG or JPEG; raises Invalid (`bad_image`, `too_many_pixels`)."""
    command = (sys.executable, "-I", "-B", str(image_child_path()), str(source), str(target))
    ended = await run_limited((*command, str(MAX_PIXELS), str(MAX_SIDE)), _IMAGE)
    if ended.code != 0:
        raise _over("picture", ended)
    answer = json.loads(ended.output)
    if answer.get("refused") == "too_many_pixels":
        raise _too_many_pixels("picture")
    if "refused" in answer:
        raise Invalid(
            "The picture is damaged and cannot be read. Open it, save it anew, and send that.",
            code="bad_image",
        )
    return Safe(answer["content_type"], answer["width"], answer["height"])


async def make_audio_safe(source: Path, target: Path, kind: Kind, ffmpeg: Path) -> Safe:
    """Write a 48 kHz stereo WAV without artwork; raises Invalid (`bad_audio`)."""
    command = (
        str(ffmpeg),
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-y"),
        *("-protocol_whitelist", "file,pipe", "-f", kind.demuxer, "-i", f"file:{source}"),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-fflags", "+bitexact"),
        *("-af", STEREO, "-ar", "48000", "-c:a", "pcm_s16le", "-t", str(MAX_SECONDS)),
        *("-f", "wav", f"file:{target}"),
    )
    ended = await run_limited(command, _AUDIO)
    if ended.timed_out or ended.code < 0:
        raise _over("sound", ended)
    seconds = _seconds(target) if ended.code == 0 else 0.0
    if seconds <= 0:
        raise Invalid(
            f"The {kind.name} file holds no sound that can be read. Save it anew as WAV or MP3.",
            code="bad_audio",
        )
    return Safe("audio/wav", duration_s=seconds)


async def look_at_video(source: Path, kind: Kind, ffmpeg: Path) -> Safe | None:
    """Decode a video's first frame and describe it, upright; None when it holds sound alone.

    Raises Invalid (`bad_video`, `too_many_pixels`, `video_too_long`, `media_limit`).
    """
    command = (
        str(ffmpeg),
        *("-nostdin", "-hide_banner", "-threads", "1", "-max_pixels", str(MAX_PIXELS)),
        *("-protocol_whitelist", "file,pipe", "-f", kind.demuxer, "-i", f"file:{source}"),
        *("-map", "0:v:0", "-frames:v", "1", "-f", "null", "-"),
    )
    ended = await run_limited(command, _AUDIO)
    if ended.timed_out or ended.code < 0:
        raise _over("video", ended)
    told = ended.errors.decode("utf-8", "replace")
    given, _, made = told.partition("Output #0")
    streams = [line for line in _STREAM.findall(given) if "(attached pic)" not in line]
    if not streams and "Audio:" in given:
        return None
    sides = _SIDES.findall(made) if ended.code == 0 else []
    if not sides:
        raise _no_video(kind, streams)
    width, height = (int(side) for side in sides[-1])
    if max(width, height) > MAX_SIDE:
        raise _too_many_pixels("video")
    lasts = _LASTS.search(given)
    seconds = None
    if lasts is not None:
        seconds = int(lasts[1]) * 3600 + int(lasts[2]) * 60 + float(lasts[3])
        if seconds > MAX_SECONDS:
            raise Invalid(
                f"The video lasts {seconds:.0f} s, more than {MAX_SECONDS}. Send a part of it.",
                code="video_too_long",
            )
    return Safe(_VIDEO_TYPES[cast("VideoForm", kind.demuxer)], width, height, seconds)


def _no_video(kind: Kind, streams: list[str]) -> Invalid:
    for across, down in _SIDES.findall(streams[0])[:1] if streams else []:
        if int(across) * int(down) > MAX_PIXELS:
            return _too_many_pixels("video")
    return Invalid(
        f"The {kind.name} file holds no video that can be read. Save it anew as MP4 (H.264).",
        code="bad_video",
    )


def _too_many_pixels(what: str) -> Invalid:
    return Invalid(
        f"The {what} has more than {MAX_PIXELS // 1_000_000} million pixels, or a side of more "
        f"than {MAX_SIDE}. Send it smaller.",
        code="too_many_pixels",
    )


def find_ffmpeg(setting: Path | None) -> Path:
    """Give ffmpeg: the setting's, else the wheel's; raises Unavailable (`ffmpeg_missing`)."""
    missing = "Install the extra [encode], or set FLATRENDER_FFMPEG to an ffmpeg program."
    if setting is not None:
        if not setting.is_file():
            raise Unavailable(f"There is no ffmpeg at {setting}. {missing}", "ffmpeg_missing")
        return setting.absolute()
    try:
        wheel = importlib.import_module("imageio_ffmpeg")
        return Path(wheel.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise Unavailable(f"The server has no ffmpeg. {missing}", "ffmpeg_missing") from error


def _seconds(path: Path) -> float:
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, OSError, ZeroDivisionError):
        return 0.0


def _over(what: str, ended: Ended) -> FarmError:
    if ended.timed_out or ended.code < 0:
        return Invalid(
            f"Reading the {what} took more memory or time than it may. Send it smaller.",
            code="media_limit",
        )
    return FarmError("media_tool", 500, f"The server's tool for a {what} did not start.")
