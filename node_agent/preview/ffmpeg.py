"""The ffmpeg that decodes footage and writes movies for the stand-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Final

VIDEO_FORMATS: Final = "mov,matroska,avi,mpeg,mpegts,mxf,asf,gif"
SOUND_FORMATS: Final = "wav,w64,mp3,mov,aac,aiff,ogg,flac,asf"
"""Formats that hold pictures or sound themselves: a playlist in disguise reads other files."""
MAX_PIXELS: Final = 8192 * 8192
MAX_BLOCK_BYTES: Final = 2**30
"""What a file may claim of itself: a few bytes can ask for gigabytes of one picture."""


class NoFfmpegError(Exception):
    """Say that there is no ffmpeg, and what brings one."""


def ffmpeg() -> str:
    """Give the path of ffmpeg. Raises NoFfmpegError."""
    try:
        import imageio_ffmpeg  # a movie or a compressed sound is the exception, so import late

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise NoFfmpegError("no ffmpeg here; install the extra [encode]") from error


def reading(path: Path, formats: str, *before: str) -> list[str]:
    """Give the words that read a stranger's file, and no other one; `before` go before the file.

    Raises NoFfmpegError.
    """
    command = [ffmpeg(), "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe"]
    command += ["-max_pixels", str(MAX_PIXELS), "-max_alloc", str(MAX_BLOCK_BYTES)]
    return [*command, "-format_whitelist", formats, *before, "-i", f"file:{path}"]
