"""Finds each entry's data and unpacks it in a stream that stops at the size it was promised."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from orchestrator.bundle.directory import DEFLATED, DESCRIPTOR, Directory, Member
from orchestrator.bundle.extras import ZIP64, check_extras
from orchestrator.bundle.model import BadBundle

_LOCAL = struct.Struct("<4s5H3L2H")
_FULL32 = 0xFFFFFFFF
_READ_BYTES = 128 * 1024
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """One member and where its packed data begins."""

    member: Member
    data_at: int


def place_members(file: BinaryIO, directory: Directory) -> tuple[Place, ...]:
    """Check that every local header says what the directory says, and that nothing lies between.

    Gives the places in the directory's order. Raises BadBundle on overlap, gap or disagreement.
    """
    by_offset = sorted(directory.members, key=lambda member: member.offset)
    places: dict[int, Place] = {}
    expected = 0
    for index, member in enumerate(by_offset):
        following = by_offset[index + 1].offset if index + 1 < len(by_offset) else directory.start
        if member.offset != expected:
            code = "overlap" if member.offset < expected else "hidden_data"
            raise _bad(code, member, "overlaps another entry, or data lies before it")
        place, end = _place(file, member, directory.start)
        expected = end + _descriptor_bytes(file, member, end, following)
        if expected != following:
            code = "overlap" if expected > following else "hidden_data"
            raise _bad(code, member, "overlaps what follows it, or hidden data does")
        places[member.offset] = place
    return tuple(places[member.offset] for member in directory.members)


def _place(file: BinaryIO, member: Member, limit: int) -> tuple[Place, int]:
    if member.offset + _LOCAL.size > limit:
        raise _bad("header_mismatch", member, "lies outside the archive")
    file.seek(member.offset)
    fields = _LOCAL.unpack(file.read(_LOCAL.size))
    magic, _, flags, method, _, _, crc, packed, size, name_len, extra_len = fields
    rest = file.read(name_len + extra_len)
    if len(rest) != name_len + extra_len or rest[:name_len] != member.raw_name:
        raise _bad("header_mismatch", member, "has two different names")
    if magic != b"PK\x03\x04" or (flags, method) != (member.flags, member.method):
        raise _bad("header_mismatch", member, "is described in two different ways")
    if extra_len or _FULL32 in {size, packed}:
        extras = check_extras(rest[name_len:], member.raw_name, member.path)
        size, packed = _wide(extras.get(ZIP64), size, packed, member)
    told = (crc, packed, size)
    truth = (member.crc, member.packed_bytes, member.size_bytes)
    if told != truth:
        _check_late(member, told, truth)
    data_at = member.offset + _LOCAL.size + len(rest)
    end = data_at + member.packed_bytes
    if end > limit:
        raise _bad("overlap", member, "reaches into the directory")
    return Place(member, data_at), end


def _check_late(member: Member, told: tuple[int, ...], truth: tuple[int, ...]) -> None:
    """Let a header leave out any number when they follow the data; Info-ZIP leaves out two."""
    late = bool(member.flags & DESCRIPTOR)
    if any(one != true and (one or not late) for one, true in zip(told, truth, strict=True)):
        raise _bad("header_mismatch", member, "has two different sizes or check sums")


def _wide(wide: bytes | None, size: int, packed: int, member: Member) -> tuple[int, int]:
    """Widen a local header: its 64-bit field holds both sizes, or none."""
    if _FULL32 not in {size, packed}:
        return size, packed
    if wide is None or len(wide) not in (16, 24, 28):
        raise _bad("zip64_mismatch", member, "lacks its 64-bit sizes")
    large, small = struct.unpack_from("<QQ", wide)
    return (large if size == _FULL32 else size), (small if packed == _FULL32 else packed)


def _descriptor_bytes(file: BinaryIO, member: Member, end: int, following: int) -> int:
    """Give how long the sizes after the data are: 12 to 24 bytes, or none where none are due."""
    room = following - end
    if not member.flags & DESCRIPTOR:
        return 0
    if room < 0:
        raise _bad("overlap", member, "overlaps what follows it")
    if room in (12, 16, 20, 24):
        file.seek(end)
        raw = file.read(room)
        if room in (16, 24):
            if raw[:4] != b"PK\x07\x08":
                raise _bad("header_mismatch", member, "has a damaged description after its data")
            raw = raw[4:]
        numbers = struct.unpack("<LLL" if len(raw) == 12 else "<LQQ", raw)
        if numbers == (member.crc, member.packed_bytes, member.size_bytes):
            return room
    raise _bad("header_mismatch", member, "has another description after its data, or none")


def unpack(file: BinaryIO, place: Place) -> Iterator[bytes]:
    """Yield an entry's bytes in pieces of at most 1 MiB.

    Raises BadBundle as soon as there is one byte more than promised, and at the end when there
    are fewer, the check sum differs or data is left over. So a lie costs nothing but its own read.
    """
    member = place.member
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == DEFLATED else None
    step = _READ_BYTES if inflater else _PIECE_BYTES
    left, made, crc = member.packed_bytes, 0, 0
    file.seek(place.data_at)
    while left > 0:
        packed = file.read(min(step, left))
        if not packed:
            raise _bad("cut_off", member, "is cut off")
        left -= len(packed)
        for piece in _inflate(inflater, packed, member) if inflater else (packed,):
            made += len(piece)
            if made > member.size_bytes:
                raise _bad("size_mismatch", member, "holds more than it says")
            crc = zlib.crc32(piece, crc)
            yield piece
    if inflater is not None and member.packed_bytes and not inflater.eof:
        raise _bad("cut_off", member, "is cut off")
    if made != member.size_bytes:
        raise _bad("size_mismatch", member, "holds less than it says")
    if crc != member.crc:
        raise _bad("check_sum", member, "is damaged: its check sum differs")


def _inflate(inflater: zlib._Decompress, packed: bytes, member: Member) -> Iterator[bytes]:
    """Unpack one read in bounded pieces; asks again without input, for what zlib still holds."""
    while True:
        if inflater.eof:
            if packed:
                raise _bad("hidden_data", member, "has data after its end")
            return
        try:
            piece = inflater.decompress(packed, _PIECE_BYTES)
        except zlib.error as error:
            raise _bad("damaged", member, "cannot be unpacked") from error
        packed = inflater.unconsumed_tail or inflater.unused_data
        if piece:
            yield piece
        elif not packed:
            return
        elif not inflater.eof:
            raise _bad("damaged", member, "cannot be unpacked")


def _bad(code: str, member: Member, why: str) -> BadBundle:
    return BadBundle(
        code,
        member.path,
        f"the entry {member.path!r} {why}; make the zip again with an ordinary program",
    )
