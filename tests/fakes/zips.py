"""Writes zip archives field by field, so that each can lie in exactly one way."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

AEP = b"RIFX\x00\x00\x00\x04Egg!"


@dataclass
class E:
    """One entry; `local` and `central` override single fields of one header only."""

    name: str | bytes
    data: bytes = b"x"
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    extra: bytes = b""
    central_extra: bytes | None = None
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    packed: bytes | None = None
    tail: bytes = b""
    before: bytes = b""
    dos: int = 0

    @property
    def raw_name(self) -> bytes:
        return (
            self.name
            if isinstance(self.name, bytes)
            else self.name.encode("utf-8", "surrogatepass")
        )

    def pack(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.data
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        return squeeze.compress(self.data) + squeeze.flush()

    def fields(self) -> dict[str, Any]:
        flags = self.flags
        if isinstance(self.name, str) and not self.name.isascii():
            flags |= 0x800
        return {
            "name": self.raw_name,
            "version": 20,
            "flags": flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "packed": len(self.pack()),
            "size": len(self.data),
            "extra": self.extra,
        }


def local_header(f: dict[str, Any]) -> bytes:
    """Write a local header."""
    return (
        struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            f["version"],
            f["flags"],
            f["method"],
            0,
            0x21,
            f["crc"],
            f["packed"],
            f["size"],
            len(f["name"]),
            len(f["extra"]),
        )
        + f["name"]
        + f["extra"]
    )


def central_header(f: dict[str, Any]) -> bytes:
    """Write one description of the directory."""
    return (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            f.get("made", 0x0314),
            f["version"],
            f["flags"],
            f["method"],
            0,
            0x21,
            f["crc"],
            f["packed"],
            f["size"],
            len(f["name"]),
            len(f["extra"]),
            0,
            f.get("disk", 0),
            0,
            f["attributes"],
            f["offset"],
        )
        + f["name"]
        + f["extra"]
    )


def end_record(count: int, size: int, start: int, comment: bytes = b"", **over: int) -> bytes:
    """Write the end record."""
    return (
        struct.pack(
            "<4s4H2LH",
            b"PK\x05\x06",
            over.get("disk", 0),
            over.get("first", 0),
            over.get("here", count),
            count,
            size,
            start,
            over.get("comment_len", len(comment)),
        )
        + comment
    )


def build(
    *entries: E,
    comment: bytes = b"",
    prefix: bytes = b"",
    suffix: bytes = b"",
    end: dict[str, int] | None = None,
    gap: bytes = b"",
    zip64: dict[str, int] | None = None,
) -> bytes:
    """Write an archive of the entries as they say."""
    body, descriptions = bytearray(prefix), bytearray()
    for entry in entries:
        base = entry.fields()
        body += entry.before
        offset = len(body)
        body += local_header(base | entry.local) + entry.pack() + entry.tail
        extra = entry.extra if entry.central_extra is None else entry.central_extra
        attributes = entry.mode << 16 | entry.dos
        more = {"attributes": attributes, "offset": offset, "extra": extra}
        descriptions += central_header(base | more | entry.central)
    body += gap
    start, count = len(body), len(entries)
    over = {"count": count, "size": len(descriptions), "start": start} | (end or {})
    body += descriptions
    if zip64 is not None:
        body += end64(over, len(body), zip64)
    head = {k: over.pop(k) for k in ("count", "size", "start")}
    return bytes(body) + end_record(**head, comment=comment, **over) + suffix


def end64(over: dict[str, int], at: int, told: dict[str, int]) -> bytes:
    """Write the 64-bit end record and its locator."""
    f = {"count": over["count"], "size": over["size"], "start": over["start"], "at": at} | told
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, f["count"], f["count"], f["size"], f["start"]
    )
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, f["at"], 1)


def extra(tag: int, body: bytes) -> bytes:
    """Write one extra field."""
    return struct.pack("<HH", tag, len(body)) + body


def unicode_path(name: bytes, second: bytes, crc: int | None = None) -> bytes:
    """Write the second name that some programs add."""
    return extra(
        0x7075, b"\x01" + struct.pack("<L", zlib.crc32(name) if crc is None else crc) + second
    )


def descriptor(entry: E, *, signature: bool = True, wide: bool = False, **over: int) -> bytes:
    """Write the sizes that follow the data."""
    f = entry.fields() | over
    numbers = struct.pack("<LQQ" if wide else "<LLL", f["crc"], f["packed"], f["size"])
    return (b"PK\x07\x08" if signature else b"") + numbers


def streamed(name: str, data: bytes, **kind: bool) -> E:
    """Make an entry as programs do that write to a pipe: sizes only after the data."""
    entry = E(name, data, flags=0x8)
    entry.local = {"crc": 0, "packed": 0, "size": 0}
    entry.tail = descriptor(entry, **kind)
    return entry


def project(name: str = "p.aep") -> E:
    """Make the one project that a good bundle has."""
    return E(name, AEP)
