"""Tell whether a PNG file is whole: decoders are content once they have all pixels."""

from __future__ import annotations

import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def is_png(raw: bytes) -> bool:
    """Tell whether bytes begin as a PNG does."""
    return raw.startswith(SIGNATURE)


def bit_depth(raw: bytes) -> int:
    """Give the bits per sample that the header names (PNG, clause 11.2.2)."""
    return raw[24] if len(raw) > 24 else 8


def check_whole(raw: bytes) -> None:
    """See that every chunk is there up to IEND with the right checksum (PNG, clause 5).

    What follows IEND does not matter. Raises ValueError that says where it breaks off.
    """
    view = memoryview(raw)
    at = len(SIGNATURE)
    while True:
        size = int.from_bytes(view[at : at + 4])
        ends = at + 12 + size
        if ends > len(raw):
            raise ValueError(f"the file breaks off after {len(raw)} bytes")
        if zlib.crc32(view[at + 4 : ends - 4]) != int.from_bytes(view[ends - 4 : ends]):
            raise ValueError(f"the chunk at byte {at} has a wrong checksum")
        if raw[at + 4 : at + 8] == b"IEND":
            return
        at = ends
