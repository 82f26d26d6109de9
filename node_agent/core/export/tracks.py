"""What a sound file of the engine's holds: WAV and AIFF headers read, nothing decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

MAX_CHUNKS = 1000
AIFF = b"FORM"
"""What an AIFF or AIFC file begins with."""


@dataclass(frozen=True, slots=True)
class Track:
    """Say how long a sound is, in samples of one channel, and how many come in a second."""

    samples: int
    rate: int
    channels: int

    @property
    def seconds(self) -> float:
        """Give its length."""
        return self.samples / self.rate


def read_track(stream: BinaryIO, size_bytes: int) -> Track | None:
    """Read an open WAV, AIFF or AIFC file of this size; None for anything else or a broken one.

    What a header promises beyond the end of the file does not count.
    """
    head = stream.read(12)
    kind = (head[:4], head[8:12])
    if kind == (b"RIFF", b"WAVE"):
        return _wav(stream, size_bytes)
    if kind[0] == AIFF and kind[1] in {b"AIFF", b"AIFC"}:
        return _aiff(stream, size_bytes)
    return None


def _wav(stream: BinaryIO, size_bytes: int) -> Track | None:
    form: tuple[int, int, int] | None = None
    for name, length, begin in _chunks(stream, "little"):
        if name == b"fmt ":
            told = stream.read(16)
            if len(told) < 16:
                return None
            _, channels, rate, _, align, _ = struct.unpack("<HHIIHH", told)
            form = (channels, rate, align)
        elif name == b"data" and form is not None:
            channels, rate, align = form
            there = min(length, max(0, size_bytes - begin))
            return _track(there // align if align else 0, rate, channels)
    return None


def _aiff(stream: BinaryIO, size_bytes: int) -> Track | None:
    form: tuple[int, int, int, int] | None = None
    sound: int | None = None
    for name, length, begin in _chunks(stream, "big"):
        if name == b"COMM":
            told = stream.read(18)
            if len(told) < 18:
                return None
            channels, samples, bits = struct.unpack(">hIh", told[:8])
            form = (channels, samples, bits, _extended(told[8:18]))
        elif name == b"SSND":
            sound = min(length, max(0, size_bytes - begin)) - 8
        if form is not None and sound is not None:
            channels, samples, bits, rate = form
            bytes_each = max(1, channels * ((bits + 7) // 8))
            return _track(min(samples, max(0, sound) // bytes_each), rate, channels)
    return None


def _chunks(stream: BinaryIO, order: Literal["little", "big"]) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, length and where its content begins; the stream stands there."""
    place = 12
    for _ in range(MAX_CHUNKS):
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], order)
        yield head[:4], length, place + 8
        place += 8 + length + length % 2


def _extended(number: bytes) -> int:
    """Give a positive 80-bit float as a whole number; 0 for what is none."""
    exponent, mantissa = struct.unpack(">HQ", number)
    shift = 16383 + 63 - exponent
    return mantissa >> shift if 0 <= shift < 64 else 0


def _track(samples: int, rate: int, channels: int) -> Track | None:
    return Track(samples, rate, channels) if rate > 0 and channels > 0 else None
