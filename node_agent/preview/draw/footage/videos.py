"""Decodes frames of videos by ffmpeg, the same pixels in whatever order they are asked for."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np

from node_agent.preview.ffmpeg import MAX_PIXELS, VIDEO_FORMATS, NoFfmpegError, reading

SEGMENT_S: Final = 10.0
"""Decoding begins at multiples of this, so that a frame never depends on what was read before."""
MAX_CACHED_BYTES: Final = 384 * 1024 * 1024
MAX_READERS: Final = 6
FRAME_WAIT_S: Final = 60.0
_EXACT: Final = "flags=bicubic+accurate_rnd+full_chroma_int+bitexact"


@dataclass(frozen=True, slots=True)
class Clip:
    """Name a video as its item shows it: `rate` in frames a second, sizes in pixels."""

    path: Path
    width: int
    height: int
    rate: float

    @property
    def is_sane(self) -> bool:
        """Tell whether frames of that size and rate can be decoded."""
        sides = self.width > 0 and self.height > 0
        return sides and self.width * self.height <= MAX_PIXELS and 0.1 <= self.rate <= 1000


class Videos:
    """Hold a few running decoders and the frames that were decoded last."""

    def __init__(self) -> None:
        self._readers: OrderedDict[tuple[Clip, str], _Reader] = OrderedDict()
        self._frames: OrderedDict[tuple[Clip, int], np.ndarray] = OrderedDict()
        self._bytes = 0

    def frame(self, clip: Clip, number: int, place: str) -> np.ndarray | None:
        """Give straight RGBA pixels (h, w, 4) of frame `number` from 0; None when undecodable.

        A file that ends a little early shows its last frame on. Each `place` has its own decoder,
        so that two layers may show a clip at different times.
        """
        if not clip.is_sane or number < 0:
            return None
        per_segment = max(1, round(SEGMENT_S * clip.rate))
        segment, wanted = divmod(number, per_segment)
        first = segment * per_segment
        if (clip, number) not in self._frames:
            reader = self._reader(clip, place, first, first + wanted)
            for index, pixels in reader.frames_until(number):
                self._keep((clip, index), pixels)
            if (clip, number) not in self._frames:
                return None if reader.last is None else reader.last
        self._frames.move_to_end((clip, number))
        return self._frames[clip, number]

    def close(self) -> None:
        """End every decoder."""
        while self._readers:
            self._readers.popitem()[1].close()

    def _reader(self, clip: Clip, place: str, first: int, number: int) -> _Reader:
        key = clip, place
        reader = self._readers.pop(key, None)
        if reader is None or reader.first != first or reader.next > number:
            if reader is not None:
                reader.close()
            while len(self._readers) >= MAX_READERS:
                self._readers.popitem(last=False)[1].close()
            reader = _Reader(clip, first)
        self._readers[key] = reader
        return reader

    def _keep(self, key: tuple[Clip, int], pixels: np.ndarray) -> None:
        if key in self._frames:
            return
        self._frames[key] = pixels
        self._bytes += pixels.nbytes
        while self._bytes > MAX_CACHED_BYTES and len(self._frames) > 1:
            self._bytes -= self._frames.popitem(last=False)[1].nbytes


class _Reader:
    """Reads one clip's frames from `first` on; `next` is the number of the frame to come."""

    def __init__(self, clip: Clip, first: int) -> None:
        self.first = self.next = first
        self.last: np.ndarray | None = None
        self._clip = clip
        self._child = _start(clip, first)

    def frames_until(self, number: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the frames up to `number` with their numbers; fewer when the file ends."""
        shape = self._clip.height, self._clip.width, 4
        while self.next <= number and self._child is not None and self._child.stdout is not None:
            with _at_most(FRAME_WAIT_S, self._child.kill):
                data = _whole(self._child.stdout, shape[0] * shape[1] * 4)
            if data is None:
                self.close()
                return
            self.last = np.frombuffer(data, dtype=np.uint8).reshape(shape)
            self.next += 1
            yield self.next - 1, self.last

    def close(self) -> None:
        """End the decoder."""
        if self._child is not None:
            self._child.kill()
            if self._child.stdout is not None:
                self._child.stdout.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(FRAME_WAIT_S)
            self._child = None


def _start(clip: Clip, first: int) -> subprocess.Popen[bytes] | None:
    # A quarter of a frame early: rounding in the file's own clock must not lose the first one.
    begin = ("-ss", f"{(first - 0.25) / clip.rate:.6f}") if first else ()
    scale = f"fps={clip.rate:.6f},scale={clip.width}:{clip.height}:{_EXACT},format=rgba"
    try:
        command = reading(clip.path, VIDEO_FORMATS, *begin)
        command += ["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", scale, "-f", "rawvideo", "pipe:1"]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (NoFfmpegError, OSError):
        return None


def _whole(stream: IO[bytes], count: int) -> bytes | None:
    data = stream.read(count)
    return data if len(data) == count else None


@contextlib.contextmanager
def _at_most(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Call `end` from another thread when what happens inside takes too long."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
