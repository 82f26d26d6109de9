"""Reads a zip's directory so strictly that every program must see the same files in it.

The archive must be its entries from byte 0 on, one after the other without a gap, then the
central directory, then one end record at the very end without a comment.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from orchestrator.bundle import names
from orchestrator.bundle.extras import Sizes, check_extras, sizes_of
from orchestrator.bundle.model import BadBundle, Limits
from orchestrator.bundle.tree import Tree

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
MAX_DIRECTORY_BYTES = 32 * 1024 * 1024

ENCRYPTED, DESCRIPTOR, UTF8 = 0x0001, 0x0008, 0x0800
_LEVEL_BITS = 0x0006
STORED, DEFLATED = 0, 8
_TYPE_MASK, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
_DOS_FOLDER = 0x10


@dataclass(frozen=True, slots=True)
class Member:
    """One entry as the central directory describes it; `path` is checked and in NFC."""

    path: str
    raw_name: bytes
    folder: bool
    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    offset: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The members in the directory's order, and where the directory begins."""

    members: tuple[Member, ...]
    start: int


def read_directory(file: BinaryIO, archive_bytes: int, limits: Limits) -> Directory:
    """Read and check the end record, the directory and every entry's description.

    Raises BadBundle with the rule that is broken.
    """
    if archive_bytes > limits.archive_bytes:
        raise BadBundle(
            "too_large",
            None,
            f"the bundle is {archive_bytes} bytes; {limits.archive_bytes} is most",
        )
    count, size, start = _end_record(file, archive_bytes)
    if count > limits.entries:
        raise BadBundle("too_many_entries", None, f"{count} entries; {limits.entries} is most")
    if count == 0:
        raise BadBundle("empty", None, "the archive is empty; zip the project with its footage")
    file.seek(start)
    members: list[Member] = []
    tree = Tree(limits.entries)
    left = size
    for _ in range(count):
        member, taken = _member(file, left)
        left -= taken
        tree.add(member.path, folder=member.folder)
        members.append(member)
    if left:
        raise BadBundle("directory_mismatch", None, _again("its directory holds more than it says"))
    _check_amounts(members, archive_bytes, limits)
    return Directory(tuple(members), start)


def _again(what: str) -> str:
    return f"{what}; make the zip again with an ordinary program"


def _end_record(file: BinaryIO, archive_bytes: int) -> tuple[int, int, int]:
    """Give count, size and start of the directory from the end record, and the 64-bit one."""
    if archive_bytes < _END.size:
        raise BadBundle("not_a_bundle", None, "this is neither a .zip nor an .aep")
    end_at = archive_bytes - _END.size
    file.seek(end_at)
    magic, disk, first_disk, here, count, size, start, comment = _END.unpack(file.read(_END.size))
    if magic != b"PK\x05\x06" or comment != 0:
        raise BadBundle(
            "end_record", None, _again("the zip is cut off, or has a comment or data after its end")
        )
    tail = end_at
    file.seek(max(0, end_at - _LOCATOR.size))
    locator = file.read(_LOCATOR.size)
    if end_at >= _LOCATOR.size and locator[:4] == b"PK\x06\x07":
        wide, tail = _end64(file, locator, end_at)
        narrow = (disk, first_disk, here, count, size, start)
        fulls = (_FULL16, _FULL16, _FULL16, _FULL16, _FULL32, _FULL32)
        for small, large, full in zip(narrow, wide, fulls, strict=True):
            if small not in (large, full):
                raise BadBundle("zip64_mismatch", None, _again("its two end records disagree"))
        disk, first_disk, here, count, size, start = wide
    elif _FULL16 in (disk, first_disk) or _FULL32 in (size, start):
        raise BadBundle("zip64_mismatch", None, _again("its 64-bit end record is missing"))
    if disk != 0 or first_disk != 0 or here != count:
        raise BadBundle("multi_disk", None, _again("the zip is in several parts"))
    if start + size != tail or size > MAX_DIRECTORY_BYTES or size < count * _CENTRAL.size:
        raise BadBundle("directory_mismatch", None, _again("its directory is not where it must be"))
    return count, size, start


def _end64(
    file: BinaryIO, locator: bytes, end_at: int
) -> tuple[tuple[int, int, int, int, int, int], int]:
    _, disk, at, disks = _LOCATOR.unpack(locator)
    if disk != 0 or disks != 1 or at != end_at - _LOCATOR.size - _END64.size:
        raise BadBundle("zip64_mismatch", None, _again("its 64-bit locator points elsewhere"))
    file.seek(at)
    record = _END64.unpack(file.read(_END64.size))
    if record[0] != b"PK\x06\x06" or record[1] != _END64.size - 12:
        raise BadBundle("zip64_mismatch", None, _again("its 64-bit end record is damaged"))
    return record[4:10], at


def _member(file: BinaryIO, left: int) -> tuple[Member, int]:
    """Read one description of the `left` bytes that there are; gives it and how long it is."""
    head = file.read(_CENTRAL.size)
    if left < _CENTRAL.size or len(head) < _CENTRAL.size:
        raise BadBundle("directory_mismatch", None, _again("its directory is cut off"))
    magic, _, version, flags, method, _, _, crc, packed, size, *rest = _CENTRAL.unpack(head)
    name_len, extra_len, comment_len, disk, _, attributes, offset = rest
    rest_len = name_len + extra_len + comment_len
    raw = file.read(rest_len)
    if magic != b"PK\x01\x02" or len(raw) < rest_len or _CENTRAL.size + rest_len > left:
        raise BadBundle("directory_mismatch", None, _again("its directory is damaged"))
    raw_name = raw[:name_len]
    name = names.decode(raw_name, flagged=bool(flags & UTF8))
    path = names.check(name)
    wide = Sizes(size, packed, offset, disk)
    if extra_len or wide.has_full:
        extras = check_extras(raw[name_len : name_len + extra_len], raw_name, name)
        wide = sizes_of(extras, wide, name)
    _check_kind(name, flags, method, version, attributes, wide.disk)
    member = Member(
        path, raw_name, name.endswith("/"), flags, method, crc, wide.packed, wide.size, wide.offset
    )
    _check_sizes(member)
    return member, _CENTRAL.size + rest_len


def _check_kind(
    name: str, flags: int, method: int, version: int, attributes: int, disk: int
) -> None:
    if flags & ENCRYPTED or method == 99:
        raise BadBundle("encrypted", name, f"the entry {name!r} is encrypted; zip without password")
    if method not in (STORED, DEFLATED):
        raise BadBundle(
            "method", name, f"the entry {name!r} is packed by method {method}; choose Deflate"
        )
    # Info-ZIP keeps the level bits on entries that it then stores, so they are allowed there too.
    if flags & ~(DESCRIPTOR | UTF8 | _LEVEL_BITS) or (version & 0xFF) > 45 or disk != 0:
        raise BadBundle("flags", name, _again(f"the entry {name!r} asks for what is not allowed"))
    kind = attributes >> 16 & _TYPE_MASK
    if kind not in (0, _REGULAR, _FOLDER):
        raise BadBundle(
            "special_file", name, f"the entry {name!r} is a link or device; put the file itself in"
        )
    folder = kind == _FOLDER or (kind == 0 and bool(attributes & _DOS_FOLDER))
    if folder != name.endswith("/") and (folder or kind == _REGULAR):
        raise BadBundle("kind_mismatch", name, _again(f"{name!r} is a file and a folder at once"))


def _check_sizes(member: Member) -> None:
    if member.folder and (member.size_bytes or member.crc or member.packed_bytes > 2):
        raise BadBundle(
            "kind_mismatch", member.path, _again(f"the folder {member.path!r} has data")
        )
    if member.method == STORED and member.packed_bytes != member.size_bytes:
        raise BadBundle(
            "size_mismatch", member.path, _again(f"{member.path!r} is stored and has two sizes")
        )


def _check_amounts(members: list[Member], archive_bytes: int, limits: Limits) -> None:
    total = 0
    for member in members:
        total += member.size_bytes
        large = member.size_bytes > limits.entry_ratio_from_bytes
        if large and member.size_bytes > limits.entry_ratio * max(1, member.packed_bytes):
            raise BadBundle(
                "ratio",
                member.path,
                f"{member.path!r} unpacks to over {limits.entry_ratio} times"
                " its packed size, as only a bomb does",
            )
    if total > limits.total_bytes:
        raise BadBundle(
            "too_large", None, f"it unpacks to {total} bytes; {limits.total_bytes} is most"
        )
    if total > limits.small_total_bytes and total > limits.total_ratio * archive_bytes:
        raise BadBundle("ratio", None, f"it unpacks to over {limits.total_ratio} times its size")
