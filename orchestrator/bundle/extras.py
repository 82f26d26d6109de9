"""Reads the extra fields of a zip entry: 64-bit sizes, and the second name some programs add."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from orchestrator.bundle.model import BadBundle

ZIP64, UNICODE_PATH, AES = 0x0001, 0x7075, 0x9901
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the narrow header says; a full value stands for one in the 64-bit field."""

    size: int
    packed: int
    offset: int = 0
    disk: int = 0

    @property
    def has_full(self) -> bool:
        """Tell whether the 64-bit field has to say one of them."""
        return _FULL32 in {self.size, self.packed, self.offset} or self.disk == _FULL16


def check_extras(raw: bytes, raw_name: bytes, name: str) -> dict[int, bytes]:
    """Split the extra fields and check those that could show another name or size.

    Raises BadBundle when they are malformed, doubled, or say another name.
    """
    fields: dict[int, bytes] = {}
    at = 0
    while at < len(raw):
        if at + 4 > len(raw):
            raise _bad("extra_malformed", name)
        tag, size = struct.unpack_from("<HH", raw, at)
        at += 4
        if at + size > len(raw) or tag in fields:
            raise _bad("extra_malformed", name)
        fields[tag] = raw[at : at + size]
        at += size
    if AES in fields:
        raise BadBundle("encrypted", name, f"the entry {name!r} is encrypted; zip without password")
    second = fields.get(UNICODE_PATH)
    if second is not None and (
        second[:1] != b"\x01"
        or second[1:5] != struct.pack("<L", zlib.crc32(raw_name))
        or second[5:] != raw_name
    ):
        raise _bad("second_name", name)
    return fields


def sizes_of(extras: dict[int, bytes], narrow: Sizes, name: str) -> Sizes:
    """Widen the central directory's numbers by its 64-bit field, which holds only what is full."""
    wide = extras.get(ZIP64)
    full = [
        narrow.size == _FULL32,
        narrow.packed == _FULL32,
        narrow.offset == _FULL32,
        narrow.disk == _FULL16,
    ]
    if not any(full):
        # Some writers add the field to every entry; it must then be empty or say nothing new.
        if wide and wide != struct.pack("<QQ", narrow.size, narrow.packed)[: len(wide)]:
            raise _bad("zip64_mismatch", name)
        return narrow
    wanted = 8 * sum(full[:3]) + 4 * full[3]
    if wide is None or len(wide) != wanted:
        raise _bad("zip64_mismatch", name)
    numbers = list(struct.unpack(f"<{sum(full[:3])}Q" + "L" * full[3], wide))
    values = [narrow.size, narrow.packed, narrow.offset, narrow.disk]
    for index, is_full in enumerate(full):
        if is_full:
            values[index] = numbers.pop(0)
    if any(value >= 2**62 for value in values):
        raise _bad("zip64_mismatch", name)
    return Sizes(*values)


def _bad(code: str, name: str) -> BadBundle:
    return BadBundle(
        code,
        name,
        f"the extra data of the entry {name!r} does not fit the entry; make the zip again with an"
        " ordinary program",
    )
