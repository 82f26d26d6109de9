"""Archives with the habits of programs that do not run here, field by field.

Written from what such archives hold: macOS' Archive Utility streams (sizes after the data, old
Unix times in 0x5855, shadows under __MACOSX), Explorer writes FAT attributes and no modes, Windows
11 writes as libarchive does, 7-Zip puts NTFS times into the directory alone, .NET says UTF-8.
"""

from __future__ import annotations

import struct
import unicodedata

from tests.fakes.zips import E, build, descriptor, extra

Files = dict[str, bytes]
_FAT_20, _FAT_63, _MAC_21, _UNIX_63 = 0x0014, 0x003F, 0x0315, 0x033F
_SHADOW = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(60)
_NTFS = extra(0x000A, bytes(4) + struct.pack("<HH", 1, 24) + bytes(24))


def archive_utility(files: Files, *, flagged: bool) -> bytes:
    """Write as macOS' Archive Utility; old ones do not flag their UTF-8 names."""
    entries: list[E] = []
    for name in _folders(files):
        entries.append(_mac(name, b"", flagged=flagged))
    entries.append(_mac("__MACOSX/", b"", flagged=flagged))
    for name, data in files.items():
        entries.append(_mac(name, data, flagged=flagged))
        above, _, last = name.rpartition("/")
        place = f"__MACOSX/{above}/" if above else "__MACOSX/"
        entries.append(_mac(f"{place}._{last}", _SHADOW, flagged=flagged))
    return build(*entries)


def _mac(name: str, data: bytes, *, flagged: bool) -> E:
    raw = unicodedata.normalize("NFD", name).encode()
    flags = 0x800 if flagged and not raw.isascii() else 0
    times = bytes(8)
    entry = E(raw, data, flags=flags, extra=extra(0x5855, times + bytes(4)))
    entry.central_extra = extra(0x5855, times)
    entry.central = {"made": _MAC_21}
    if name.endswith("/"):
        entry.mode, entry.method, entry.dos = 0o040755, 0, 0x4000
        entry.local = entry.central = {**entry.central, "version": 10}
    elif data:
        entry.flags |= 0x8
        entry.local = {"crc": 0, "packed": 0, "size": 0}
        entry.tail = descriptor(entry)
    else:
        entry.method = 0
    return entry


def explorer(files: Files) -> bytes:
    """Write as Windows Explorer until Windows 10: FAT attributes, no modes, no folders."""
    entries = []
    for name, data in files.items():
        entry = E(name, data, mode=0, dos=0x20, method=8 if len(data) > 20 else 0)
        entry.central = {"made": _FAT_20}
        if entry.method == 0:
            entry.central["version"] = entry.local["version"] = 10
        entries.append(entry)
    empty = E("empty/", b"", mode=0, dos=0x10, method=0, central={"made": _FAT_20})
    return build(*entries, empty)


def windows_11(files: Files) -> bytes:
    """Write as libarchive in Windows 11: streamed, 64-bit sizes, folders, many extra fields."""
    entries = [_streamed_wide(name, b"") for name in _folders(files)]
    return build(*entries, *(_streamed_wide(name, data) for name, data in files.items()))


def _streamed_wide(name: str, data: bytes) -> E:
    times = extra(0x5455, b"\x03" + bytes(8)) + extra(0x7875, bytes.fromhex("010400000000") + b"\4")
    if name.endswith("/"):
        mode = {"made": 0x032D}
        return E(name, data, mode=0o040777, dos=0x10, method=0, extra=times, central=mode)
    entry = E(name, data, flags=0x8, extra=times + extra(1, bytes(16)), central_extra=times)
    entry.local = {"crc": 0, "packed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "version": 45}
    entry.central = {"made": 0x032D, "version": 45}
    entry.tail = descriptor(entry, wide=True)
    return entry


def seven_zip(files: Files, *, windows: bool) -> bytes:
    """Write as 7-Zip does on Windows, or as p7zip: NTFS times in the directory alone."""
    entries = []
    for name, data in (*((name, b"") for name in _folders(files)), *files.items()):
        is_folder = name.endswith("/")
        entry = E(name, data, central_extra=_NTFS, method=0 if is_folder or not data else 8)
        entry.dos = 0x10 if is_folder else 0x20
        if windows:
            entry.mode, made = 0, _FAT_63
        else:
            entry.mode, made = (0o040755 if is_folder else 0o100644), _UNIX_63
            entry.dos |= 0x8000
        entry.central = {"made": made}
        entries.append(entry)
    return build(*entries)


def dot_net(files: Files) -> bytes:
    """Write as .NET's ZipFile: every name said to be UTF-8, folders without a mark, level bits."""
    entries = []
    for name, data in (*((name, b"") for name in _folders(files)), *files.items()):
        entry = E(name, data, mode=0, flags=0x800, method=8 if data else 0)
        entry.central = {"made": _FAT_20}
        entries.append(entry)
    return build(*entries)


def _folders(files: Files) -> list[str]:
    """Give the folders above these files, the outer before the inner."""
    found: dict[str, None] = {}
    for name in files:
        parts = name.split("/")[:-1]
        found |= {"/".join(parts[: depth + 1]) + "/": None for depth in range(len(parts))}
    return list(found)
