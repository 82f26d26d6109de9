"""Walks the chunks of a RIFX file without recursion, copies or trust in a size."""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from orchestrator.aep.model import BadAep

MAX_CHUNKS = 5_000_000
MAX_NAME_BYTES = 1024
# Real files hold a part (an item, layer, effect, marker) per ten thousand bytes or so.
PARTS_AT_LEAST, BYTES_PER_PART = 5_000, 400
_HEADER = struct.Struct(">4sI")
_WORD = struct.Struct(">I")
_LIST = b"LIST"
_NAME = b"tdmn"
# Beside each layer of a comp stand fourteen settings of viewers, always of these sizes: one
# match passes over all of them.
_VIEWER = b"fvdv"
_VIEWERS = re.compile(
    rb"(?:fvdv\0\0\0\x04.{4}fiop\0\0\0\x01.{2}ftts\0\0\0\x04.{4}foac\0\0\0\x01.{2}"
    rb"fiac\0\0\0\x01.{2}fipc\0\0\0\x02.{2}fifl\0\0\0\x04.{4})++",
    re.DOTALL,
)


class Chunk(NamedTuple):
    """One chunk: its tag, the kind when it is a list, and where its body begins and ends."""

    tag: bytes
    kind: bytes
    start: int
    end: int


class Source:
    """The bytes of one file, and how much may still be made out of them."""

    __slots__ = ("_left", "_parts", "data")

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        self._left = MAX_CHUNKS
        self._parts = PARTS_AT_LEAST + len(data) // BYTES_PER_PART

    def take_part(self) -> None:
        """Count one item, layer, effect or the like: memory stays in proportion to the file.

        Raises BadAep when there are more than any real file of this size holds.
        """
        self._parts -= 1
        if self._parts < 0:
            raise BadAep("the project has more parts than a real one of its size can have")

    def children(
        self, start: int, end: int, wanted: frozenset[bytes] | None = None
    ) -> Iterator[Chunk]:
        """Yield the chunks between two offsets in order; only those of the wanted tags or kinds.

        Raises BadAep when a chunk reaches past `end` or the file holds too many.
        """
        data, unpack = self.data, _HEADER.unpack_from
        new = tuple.__new__  # the class itself takes twice as long, and files have millions
        while start + 8 <= end:
            self._left -= 1
            tag, size = unpack(data, start)
            body = start + 8
            stop = body + size
            if stop > end or self._left < 0 or (size < 4 and tag == _LIST):
                raise self._damage(start, size, end)
            start = stop + (size & 1)
            if tag == _LIST:
                kind = data[body : body + 4]
                if wanted is None or kind in wanted:
                    yield new(Chunk, (tag, kind, body + 4, stop))
            elif wanted is None or tag in wanted:
                yield new(Chunk, (tag, b"", body, stop))
            elif tag == _VIEWER and (run := _VIEWERS.match(data, body - 8, end)) is not None:
                start = run.end()

    def named(self, start: int, end: int, wanted: tuple[bytes, ...]) -> Iterator[Chunk]:
        """Yield names of properties that begin as one wanted does, each with the lists it names.

        Raises BadAep as `children` does.
        """
        data, unpack = self.data, _HEADER.unpack_from
        passing = True
        while start + 8 <= end:
            self._left -= 1
            tag, size = unpack(data, start)
            body = start + 8
            stop = body + size
            if stop > end or self._left < 0 or (size < 4 and tag == _LIST):
                raise self._damage(start, size, end)
            start = stop + (size & 1)
            if tag == _NAME:
                passing = not data[body : body + 40].startswith(wanted)
                if not passing:
                    yield Chunk(tag, b"", body, stop)
            elif not passing and tag == _LIST:
                yield Chunk(tag, data[body : body + 4], body + 4, stop)

    def _damage(self, at: int, size: int, end: int) -> BadAep:
        if self._left < 0:
            return BadAep(f"the project has more than {MAX_CHUNKS} chunks; it cannot be real")
        if at + 8 + size <= end:
            return BadAep(f"the project is damaged: the list at byte {at} has no kind")
        return BadAep(
            f"the project is damaged or cut off: the part at byte {at} says it is"
            f" {size} bytes long and only {end - at - 8} follow; save or upload it again"
        )

    def body(self, chunk: Chunk, limit: int | None = None) -> bytes:
        """Copy a chunk's body, at most `limit` bytes of it."""
        end = chunk.end if limit is None else min(chunk.end, chunk.start + limit)
        return self.data[chunk.start : end]

    def u16(self, chunk: Chunk, offset: int) -> int:
        """Read a big-endian 16-bit number; 0 where the chunk is too short (older versions)."""
        at = chunk.start + offset
        if at + 2 > chunk.end:
            return 0
        return int.from_bytes(self.data[at : at + 2], "big")

    def u32(self, chunk: Chunk, offset: int) -> int:
        """Read a big-endian 32-bit number; 0 where the chunk is too short."""
        at = chunk.start + offset
        if at + 4 > chunk.end:
            return 0
        value: int = _WORD.unpack_from(self.data, at)[0]
        return value

    def s32(self, chunk: Chunk, offset: int) -> int:
        """Read a signed big-endian 32-bit number; 0 where the chunk is too short."""
        value = self.u32(chunk, offset)
        return value - 0x1_0000_0000 if value & 0x8000_0000 else value

    def u8(self, chunk: Chunk, offset: int) -> int:
        """Read one byte; 0 where the chunk is too short."""
        at = chunk.start + offset
        return self.data[at] if at < chunk.end else 0

    def doubles(self, chunk: Chunk, offset: int, count: int) -> tuple[float, ...]:
        """Read up to `count` big-endian doubles; what is not a finite number becomes 0."""
        at = chunk.start + offset
        count = max(0, min(count, (chunk.end - at) // 8))
        values = struct.unpack_from(f">{count}d", self.data, at)
        return tuple(v if abs(v) < 1e300 else 0.0 for v in values)

    def text(self, chunk: Chunk, limit: int = MAX_NAME_BYTES) -> str:
        """Decode a chunk as a name: UTF-8, or Windows-1252 as old versions wrote it."""
        return clean(self.body(chunk, limit), is_cut=chunk.end - chunk.start > limit)

    def name(self, chunk: Chunk) -> str:
        """Decode a name that file formats from 92 on wrap in a Utf8 chunk and older ones do not."""
        body = self.body(chunk, 65_536)
        if body[:4] == b"Utf8" and len(body) >= 8:
            size = int.from_bytes(body[4:8], "big")
            return clean(body[8 : 8 + size])
        return clean(body)


def clean(raw: bytes, *, is_cut: bool = False) -> str:
    """Decode bytes up to the first NUL into valid Unicode, whatever they hold.

    Of bytes that were cut, a last character that was cut with them is dropped.
    """
    raw = raw.partition(b"\x00")[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if is_cut and error.start >= len(raw) - 3:
            return raw[: error.start].decode("utf-8")
        return raw.decode("cp1252", "replace")
