"""Writes frames: still sequences one file at a time, movies through ffmpeg."""

from __future__ import annotations

import contextlib
import subprocess
import uuid
from pathlib import Path
from typing import IO, Protocol

import numpy as np
from PIL import Image

from node_agent.preview.aerender.outputs import STILLS, Output
from node_agent.preview.aerender.plan import RenderProblem
from node_agent.preview.aerender.png import encode
from node_agent.preview.ffmpeg import NoFfmpegError, ffmpeg

FFMPEG_WAIT_S = 600.0
_CODECS = {
    "mp4": ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"),
    "mov": ("-c:v", "qtrle"),
    "avi": ("-c:v", "rawvideo", "-pix_fmt", "bgr24"),
}


class Writer(Protocol):
    """What takes the frames of one output module."""

    def write(self, number: int, pixels: np.ndarray) -> None:
        """Take one frame: its number, its RGB or RGBA pixels."""

    def close(self, *, keep: bool) -> None:
        """Finish the output, or drop what is unfinished."""


def writer(target: Output, size: tuple[int, int], fps: float, sound: Path | None) -> Writer:
    """Give the writer for an output. Raises RenderProblem when it cannot be written."""
    folder = target.path.parent
    if not folder.is_dir():
        raise RenderProblem(cannot_write(folder), 9)
    if target.template.format in STILLS:
        return _Stills(target)
    if target.template.format in _CODECS:
        return _Movie(target, size, fps, sound)
    raise RenderProblem(
        f"the preview engine cannot write {target.template.format}; use FR RGB or FR RGBA", 9
    )


def cannot_write(folder: Path) -> str:
    """Give After Effects' sentence for a folder that cannot be written to."""
    return (
        "After Effects error: Error in output for render queue item 1, output module 1. "
        f"Can not create a file in directory {folder}. Try checking write permissions."
    )


def draft_of(path: Path) -> Path:
    """Give a name beside `path` that no reader takes for a finished file."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")


class _Stills:
    def __init__(self, target: Output) -> None:
        self._target = target

    def write(self, number: int, pixels: np.ndarray) -> None:
        path = self._target.frame_path(number)
        draft = draft_of(path)
        try:
            if self._target.template.format == "png":
                draft.write_bytes(encode(pixels))
            else:
                Image.fromarray(_matted(pixels)).save(draft, format="TIFF")
            draft.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise RenderProblem(f"{cannot_write(path.parent)} ({error})", 9) from error

    def close(self, *, keep: bool) -> None:
        """Do nothing: each frame was finished as it was written."""


def _matted(pixels: np.ndarray) -> np.ndarray:
    """Darken colours by their transparency, as the stock TIFF template does."""
    if pixels.shape[2] < 4:
        return pixels
    return np.asarray(Image.fromarray(pixels).convert("RGBa"))


class _Movie:
    def __init__(
        self, target: Output, size: tuple[int, int], fps: float, sound: Path | None
    ) -> None:
        self._path = target.path
        self._draft = draft_of(target.path)
        channels = "rgba" if target.template.channels == "rgba" else "rgb24"
        try:
            command = [ffmpeg(), "-nostdin", "-loglevel", "error", "-y"]
        except NoFfmpegError as error:
            raise RenderProblem(str(error), 9) from error
        command += ["-f", "rawvideo", "-pix_fmt", channels, "-s", f"{size[0]}x{size[1]}"]
        command += ["-r", f"{fps:.6f}", "-i", "pipe:0"]
        if sound is not None:
            command += ["-i", str(sound), "-shortest"]
        if target.template.format == "mp4":
            command += ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"]
        command += [*_CODECS[target.template.format], "-f", target.template.format]
        self._process = subprocess.Popen(
            [*command, str(self._draft)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )

    def write(self, number: int, pixels: np.ndarray) -> None:
        try:
            self._pipe().write(np.ascontiguousarray(pixels).data)
        except OSError as error:
            raise RenderProblem(f"{cannot_write(self._path.parent)} (frame {number})", 9) from error

    def _pipe(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise RenderProblem("the movie encoder has no input", 9)
        return self._process.stdin

    def close(self, *, keep: bool) -> None:
        with contextlib.suppress(OSError):
            self._pipe().close()
        if not keep:
            self._process.kill()
        try:
            code = self._process.wait(FFMPEG_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if keep and code == 0:
            self._draft.replace(self._path)
            return
        with contextlib.suppress(OSError):
            self._draft.unlink(missing_ok=True)
        if keep:
            raise RenderProblem(
                "After Effects error: An unexpected error occurred while exporting a composition.",
                9,
            )
