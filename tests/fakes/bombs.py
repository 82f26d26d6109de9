"""Archives whose entries lie over one another or unpack to far more than they are."""

from __future__ import annotations

import struct
import zlib

from tests.fakes.zips import AEP, E, build, end_record, local_header, project

P = project()
MIB = 2**20


def overlapped() -> bytes:
    """Point two descriptions at one local header, as the full-overlap bomb does."""
    return build(E("a.aep", AEP, method=0), E("a2.aep", AEP, method=0, central={"offset": 0}))


def full_overlap_bomb() -> bytes:
    """Point two hundred descriptions at one packed megabyte of nothing."""
    body = bomb(MIB)
    others = (E(f"{n}.bin", body.data, packed=b"", central={"offset": 0}) for n in range(200))
    return build(E("zeros.bin", body.data), *others)


def quoted_overlap() -> bytes:
    """Let one entry's data hold the next entry whole, stored."""
    inner = E("b.bin", b"B" * 100, method=0)
    outer = E("a.bin", build(inner)[: 30 + 5 + 100], method=0)
    data = build(P, outer, inner)
    at = data.index(b"b.bin") - 30
    second = data.rindex(b"b.bin")
    return data[: second - 4] + struct.pack("<L", at) + data[second:]


def quoting(count: int, kernel_bytes: int) -> bytes:
    """Chain entries, each of which quotes the next one's header and shares one packed kernel.

    The shape of Fifield's bomb: a block of stored data inside the packed data holds the header.
    """
    kernel = bytes(kernel_bytes)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed, unpacked = squeeze.compress(kernel) + squeeze.flush(), kernel
    found: list[tuple[dict[str, object], bytes]] = []
    for number in reversed(range(count)):
        fields = E(f"{number:04}", unpacked, packed=packed).fields()
        head = local_header(fields)
        found.append((fields, head))
        quote = struct.pack("<BHH", 0, len(head), len(head) ^ 0xFFFF)
        packed, unpacked = quote + head + packed, head + unpacked
    entries, body, offset = [], b"", 0
    for fields, head in reversed(found):
        over = {key: fields[key] for key in ("crc", "packed", "size")} | {"offset": offset}
        entries.append(E(str(fields["name"], "ascii"), b"", packed=b"", central=over))  # type: ignore[call-overload]
        quote = struct.pack("<BHH", 0, len(head), len(head) ^ 0xFFFF) if offset else b""
        offset += len(head) + 5
        body += quote + head
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body += squeeze.compress(kernel) + squeeze.flush()
    # Only the directory of this archive is wanted; its entries are those of the chain.
    shell = build(*entries)
    start = struct.unpack_from("<L", shell, len(shell) - 6)[0]
    directory = shell[start:-22]
    return body + directory + end_record(count, len(directory), len(body))


def bomb(size: int) -> E:
    """Make an entry of nothing but zeros."""
    return E("zeros.bin", b"\0" * size)
