"""The corpus of hostile archives: what each tries, its bytes, and what the guard must answer."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.fakes.bombs import (
    MIB,
    P,
    bomb,
    full_overlap_bomb,
    overlapped,
    quoted_overlap,
    quoting,
)
from tests.fakes.hostile_names import COLLISIONS, NAMES
from tests.fakes.zips import (
    AEP,
    E,
    build,
    descriptor,
    end64,
    end_record,
    extra,
    streamed,
    unicode_path,
)

FULL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Hostile:
    """Be one archive; `entry` is what the refusal must name, None when it is the archive."""

    what: str
    make: Callable[[], bytes]
    code: str
    entry: str | None


def cut(entry: E, **fields: object) -> E:
    """Let both headers of an entry lie alike."""
    entry.local = entry.central = dict(fields)
    return entry


def lying(**fields: object) -> bytes:
    """Write an entry whose two headers agree on something wrong."""
    return build(P, cut(E("a.bin", b"abcdef" * 50), **fields))


def folder(name: str) -> E:
    """Make a folder's entry."""
    return E(name, b"", mode=0o040755)


def listed(*paths: str) -> bytes:
    """Write an archive of these paths beside a project."""
    return build(P, *(folder(path) if path.endswith("/") else E(path) for path in paths))


def named(name: str | bytes, **more: object) -> bytes:
    """Write one entry beside a project."""
    return build(P, E(name, **more))  # type: ignore[arg-type]


AES = extra(0x9901, b"\x02\x00AE\x03\x08\x00")
MANY = 20_000
WIDE = struct.pack("<QQ", 9, 9)
Shape = tuple[str, Callable[[], bytes], str, str | None]


def many(last: E) -> bytes:
    """Write as many entries as are allowed; only the last one is wrong."""
    return build(P, *(E(f"f/{n}", method=0) for n in range(MANY - 3)), last)


def folders() -> bytes:
    """Write a few entries that would make very many folders."""
    paths = ("/".join(f"{n:04}{depth:04}" for depth in range(15)) + "/x" for n in range(1400))
    return build(P, *(E(path, method=0) for path in paths))


def late(**lies: int) -> E:
    """Make an entry whose sizes after the data lie."""
    entry = E("a", b"abc", flags=8)
    entry.tail = descriptor(entry, **lies)
    return entry


def wide_local() -> E:
    """Make an entry whose own header says other 64-bit sizes than the directory."""
    return E("a", extra=extra(1, WIDE), central_extra=b"", local={"size": FULL, "packed": FULL})


SHAPES: list[Shape] = [
    ("no zip", lambda: b"hello" * 10, "not_a_bundle", None),
    ("empty file", lambda: b"", "not_a_bundle", None),
    ("only the magic", lambda: b"PK", "not_a_bundle", None),
    ("empty archive", build, "empty", None),
    ("cut off", lambda: build(P, E("a"))[:-10], "end_record", None),
    ("a comment", lambda: build(P, comment=b"hello"), "end_record", None),
    (
        "an end record in a comment",
        lambda: build(P, comment=build(E("x"))),
        "directory_mismatch",
        None,
    ),
    ("data behind", lambda: build(P, suffix=b"\x00" * 30), "end_record", None),
    ("data before", lambda: build(P, prefix=b"MZ" + b"\x00" * 98), "not_a_bundle", None),
    ("a script before", lambda: build(P, prefix=b"PK#!"), "hidden_data", "p.aep"),
    ("two archives", lambda: build(P) + build(P), "directory_mismatch", None),
    (
        "two archives, offsets mended",
        lambda: build(P, prefix=build(E("h"))),
        "hidden_data",
        "p.aep",
    ),
    ("a gap between entries", lambda: build(P, E("a", before=b"hidden")), "hidden_data", "p.aep"),
    ("a gap before the directory", lambda: build(P, gap=b"hidden!"), "hidden_data", "p.aep"),
    ("a comment length that lies", lambda: build(P, end={"comment_len": 4}), "end_record", None),
    ("a count too small", lambda: build(P, E("a"), end={"count": 1}), "directory_mismatch", None),
    ("a count too large", lambda: build(P, end={"count": 2}), "directory_mismatch", None),
    ("a directory elsewhere", lambda: build(P, end={"start": 4}), "directory_mismatch", None),
    ("several disks", lambda: build(P, end={"disk": 1, "first": 1}), "multi_disk", None),
    ("an entry on another disk", lambda: build(P, E("a", central={"disk": 3})), "flags", "a"),
    (
        "64-bit counts that disagree",
        lambda: build(P, E("a"), zip64={"count": 1}),
        "zip64_mismatch",
        None,
    ),
    ("64-bit start that disagrees", lambda: build(P, zip64={"start": 1}), "zip64_mismatch", None),
    ("a 64-bit locator elsewhere", lambda: build(P, zip64={"at": 0}), "zip64_mismatch", None),
    ("a 64-bit end that is missing", lambda: build(P, end={"start": FULL}), "zip64_mismatch", None),
    (
        "a 64-bit size without its field",
        lambda: named("a", central={"size": FULL}),
        "zip64_mismatch",
        "a",
    ),
    (
        "a 64-bit field that disagrees",
        lambda: named("a", central_extra=extra(1, struct.pack("<QQ", 9, 9))),
        "zip64_mismatch",
        "a",
    ),
    ("overlapping entries", overlapped, "overlap", "a.aep"),
    ("quoted overlap", quoted_overlap, "overlap", "a.bin"),
    ("encrypted", lambda: named("a", flags=1), "encrypted", "a"),
    ("AES", lambda: named("a", method=99), "encrypted", "a"),
    ("AES by its field", lambda: named("a", extra=AES), "encrypted", "a"),
    ("strong encryption", lambda: named("a", flags=0x41), "encrypted", "a"),
    ("masked headers", lambda: named("a", flags=0x2000), "flags", "a"),
    ("patched data", lambda: named("a", flags=0x20), "flags", "a"),
    ("bzip2", lambda: named("a", method=12), "method", "a"),
    ("lzma", lambda: named("a", method=14), "method", "a"),
    ("deflate64", lambda: named("a", method=9), "method", "a"),
    ("a version of the future", lambda: named("a", central={"version": 63}), "flags", "a"),
    ("a link", lambda: named("a", data=b"/etc/passwd", mode=0o120777), "special_file", "a"),
    ("a device", lambda: named("a", mode=0o020666), "special_file", "a"),
    ("a block device", lambda: named("a", mode=0o060666), "special_file", "a"),
    ("a named pipe", lambda: named("a", mode=0o010666), "special_file", "a"),
    ("a socket", lambda: named("a", mode=0o140666), "special_file", "a"),
    ("a folder's mode on a file", lambda: named("a", mode=0o040755), "kind_mismatch", "a"),
    ("a file's mode on a folder", lambda: named("a/", data=b""), "kind_mismatch", "a/"),
    ("a folder with data", lambda: named("a/", data=b"evil", mode=0o040755), "kind_mismatch", "a"),
    ("two names", lambda: named("a.txt", local={"name": b"b.txt"}), "header_mismatch", "a.txt"),
    ("two methods", lambda: named("a.txt", local={"method": 0}), "header_mismatch", "a.txt"),
    ("two sets of flags", lambda: named("a.txt", local={"flags": 2}), "header_mismatch", "a.txt"),
    ("two check sums", lambda: named("a.txt", local={"crc": 1}), "header_mismatch", "a.txt"),
    ("two sizes", lambda: named("a.txt", local={"size": 9}), "header_mismatch", "a.txt"),
    ("two packed sizes", lambda: named("a.txt", local={"packed": 2}), "header_mismatch", "a.txt"),
    ("a wrong check sum", lambda: lying(crc=1), "check_sum", "a.bin"),
    ("a size too small", lambda: lying(size=10), "size_mismatch", "a.bin"),
    ("a size too large", lambda: lying(size=1000000), "size_mismatch", "a.bin"),
    ("a gibibyte that is not there", lambda: lying(size=2**30), "ratio", "a.bin"),
    (
        "stored with two sizes",
        lambda: build(P, E("a", b"abc", 0, central={"size": 2})),
        "size_mismatch",
        "a",
    ),
    ("broken data", lambda: named("a", packed=b"\xff" * 20), "damaged", "a"),
    (
        "data that ends early",
        lambda: named("a", data=b"q" * 99, packed=b"\x00c\x00\x9c\xffq"),
        "cut_off",
        "a",
    ),
    (
        "data after the data",
        lambda: build(P, E("a", packed=E("a").pack() + b"more")),
        "hidden_data",
        "a",
    ),
    (
        "a second name",
        lambda: named("a.txt", extra=unicode_path(b"a.txt", b"../x")),
        "second_name",
        "a.txt",
    ),
    (
        "a second name, wrong sum",
        lambda: named("a.txt", extra=unicode_path(b"a.txt", b"a.txt", 7)),
        "second_name",
        "a.txt",
    ),
    ("a cut extra field", lambda: named("a", extra=b"UT\t\x00\x03"), "extra_malformed", "a"),
    ("a doubled extra field", lambda: named("a", extra=extra(1, b"") * 2), "extra_malformed", "a"),
    (
        "no sizes after the data",
        lambda: named("a", flags=8, local={"size": 0, "packed": 0, "crc": 0}),
        "header_mismatch",
        "a",
    ),
    (
        "sizes after the data that lie",
        lambda: build(P, E("a", b"abc", flags=8, tail=descriptor(E("a", b"abc"), size=9))),
        "header_mismatch",
        "a",
    ),
    ("a thousand to one", lambda: build(P, bomb(12 * MIB)), "ratio", "zeros.bin"),
    (
        "many small bombs",
        lambda: build(P, *(E(f"{n}.bin", b"\x00" * MIB) for n in range(20))),
        "ratio",
        None,
    ),
    (
        "too many entries",
        lambda: build(P, *(E(str(n), method=0) for n in range(MANY))),
        "too_many_entries",
        None,
    ),
    ("no project", lambda: build(E("readme.txt")), "no_project", None),
    ("a project that is none", lambda: build(E("p.aep", b"not one at all")), "no_project", None),
    ("only an auto-save", lambda: build(E("x auto-save 3.aep", AEP)), "no_project", None),
    ("two projects", lambda: build(E("a.aep", AEP), E("b.aep", AEP)), "two_projects", "b.aep"),
    ("a 7z file", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(40), "not_a_bundle", None),
    (
        "a project's form of another kind",
        lambda: b"RIFX\0\0\0\4Else" + bytes(30),
        "not_a_bundle",
        None,
    ),
    ("a spanning mark before", lambda: build(P, prefix=b"PK\x07\x08"), "hidden_data", "p.aep"),
    (
        "hidden data before the first",
        lambda: build(E("a", before=b"PK\x03\x04hidden")),
        "hidden_data",
        "a",
    ),
    ("two end records", lambda: build(P) + end_record(1, 0, 0), "directory_mismatch", None),
    (
        "a directory that is too short",
        lambda: build(P, E("a"), end={"size": 60}),
        "directory_mismatch",
        None,
    ),
    (
        "a directory with another magic",
        lambda: build(P).replace(b"PK\x01\x02", b"PK\x01\x03"),
        "directory_mismatch",
        None,
    ),
    (
        "a header with another magic",
        lambda: build(P).replace(b"PK\x03\x04", b"PK\x03\x05"),
        "header_mismatch",
        "p.aep",
    ),
    ("a header outside", lambda: named("a", central={"offset": 10**6}), "hidden_data", "p.aep"),
    (
        "a name that lies in the directory",
        lambda: named("a", central={"name": b"b"}),
        "header_mismatch",
        "b",
    ),
    (
        "a second disk's locator",
        lambda: build(P, zip64={}).replace(b"PK\x06\x07\0", b"PK\x06\x07\1"),
        "zip64_mismatch",
        None,
    ),
    (
        "a 64-bit end with another magic",
        lambda: build(P, zip64={}).replace(b"PK\x06\x06", b"PK\x06\x05"),
        "zip64_mismatch",
        None,
    ),
    (
        "a 64-bit end that says it is longer",
        lambda: build(P, zip64={}).replace(b"PK\x06\x06\x2c", b"PK\x06\x06\x2d"),
        "zip64_mismatch",
        None,
    ),
    (
        "two 64-bit ends",
        lambda: build(P, gap=end64({"count": 1, "size": 0, "start": 0}, 0, {}), zip64={}),
        "hidden_data",
        "p.aep",
    ),
    (
        "64-bit sizes that differ in the header",
        lambda: build(P, wide_local()),
        "header_mismatch",
        "a",
    ),
    (
        "a full size in the header alone",
        lambda: named("a", local={"size": FULL}),
        "zip64_mismatch",
        "a",
    ),
    (
        "a 64-bit size beyond all disks",
        lambda: named(
            "a", central={"size": FULL}, central_extra=extra(1, struct.pack("<Q", 2**63))
        ),
        "zip64_mismatch",
        "a",
    ),
    ("Fifield's bomb", lambda: quoting(250, MIB), "ratio", None),
    ("Fifield's bomb, small", lambda: quoting(5, 1000), "overlap", "0000"),
    ("full overlap", full_overlap_bomb, "ratio", None),
    (
        "full overlap, small",
        lambda: build(P, *(E(f"{n}", central={"offset": 0}) for n in range(9))),
        "overlap",
        "p.aep",
    ),
    (
        "AES by the header's field alone",
        lambda: named("a", extra=AES, central_extra=b""),
        "encrypted",
        "a",
    ),
    ("an encrypted directory", lambda: named("a", flags=0x40), "flags", "a"),
    ("ppmd", lambda: named("a", method=98), "method", "a"),
    ("zstandard", lambda: named("a", method=93), "method", "a"),
    ("a link to a folder", lambda: named("a/", data=b"", mode=0o120777), "special_file", "a/"),
    ("a link through Windows", lambda: named("a", mode=0o120000, dos=0x400), "special_file", "a"),
    ("a whiteout", lambda: named("a", mode=0o160000), "special_file", "a"),
    ("a set-uid link", lambda: named("a", mode=0o124777), "special_file", "a"),
    (
        "a folder whose mark is on a file",
        lambda: named("a", mode=0, dos=0x10),
        "kind_mismatch",
        "a",
    ),
    (
        "a second name of another version",
        lambda: named("a", extra=extra(0x7075, b"\x02" + bytes(4) + b"a")),
        "second_name",
        "a",
    ),
    (
        "a second name in the directory alone",
        lambda: named("a", central_extra=unicode_path(b"a", b"b")),
        "second_name",
        "a",
    ),
    ("a late check sum that lies", lambda: build(P, late(crc=1)), "header_mismatch", "a"),
    ("a late packed size that lies", lambda: build(P, late(packed=1)), "header_mismatch", "a"),
    (
        "late sizes and a byte more",
        lambda: build(P, E("a", b"abc", flags=8, tail=late().tail + b"!")),
        "header_mismatch",
        "a",
    ),
    (
        "late sizes under another name",
        lambda: build(P, E("a", b"abc", flags=8, tail=b"PK\x07\x09" + late().tail[4:])),
        "header_mismatch",
        "a",
    ),
    (
        "late sizes that nobody told of",
        lambda: build(P, E("a", b"abc", tail=late().tail)),
        "hidden_data",
        "a",
    ),
    ("two packed streams", lambda: named("a", packed=E("a").pack() * 2), "hidden_data", "a"),
    (
        "a million empty blocks",
        lambda: named("a", packed=b"\0\0\0\xff\xff" * 10**6 + E("a").pack()[:-1]),
        "cut_off",
        "a",
    ),
    ("packed nothing for something", lambda: named("a", packed=b"\x03\x00"), "size_mismatch", "a"),
    ("no packed data at all", lambda: named("a", packed=b""), "size_mismatch", "a"),
    ("nine megabytes that are not there", lambda: lying(size=9 * MIB), "size_mismatch", "a.bin"),
    (
        "a bomb that says it is small",
        lambda: build(P, cut(bomb(16 * MIB), size=1000)),
        "size_mismatch",
        "zeros.bin",
    ),
    (
        "a bomb in a project's clothes",
        lambda: build(E("p.aep", AEP + bytes(20 * MIB))),
        "ratio",
        "p.aep",
    ),
    (
        "very many folders",
        folders,
        "too_many_entries",
        "/".join([*(f"1249{n:04}" for n in range(15)), "x"]),
    ),
    ("the last of twenty thousand names", partial(many, E("../evil")), "name_traversal", "../evil"),
    (
        "the last of twenty thousand headers",
        partial(many, E("z", local={"crc": 1})),
        "header_mismatch",
        "z",
    ),
    ("a project in the Mac's shadow", lambda: build(E("__MACOSX/p.aep", AEP)), "no_project", None),
    (
        "two projects in two folders",
        lambda: build(E("x/a.aep", AEP), E("y/b.aep", AEP)),
        "two_projects",
        "y/b.aep",
    ),
    (
        "a streamed entry and a lie",
        lambda: build(P, streamed("../a.txt", b"x")),
        "name_traversal",
        "../a.txt",
    ),
]


def _named(name: str | bytes) -> str:
    """Give how a refusal names an entry."""
    if isinstance(name, str):
        shown = name
    else:
        try:
            shown = name.decode()
        except UnicodeDecodeError:
            shown = name.decode("cp437")
    return shown if len(shown) <= 200 else shown[:200] + "..."


CORPUS: tuple[Hostile, ...] = (
    *(Hostile(what, partial(named, name), code, _named(name)) for what, name, code in NAMES),
    *(
        Hostile(what, partial(listed, *paths), "name_collision", entry)
        for what, paths, entry in COLLISIONS
    ),
    *(Hostile(*row) for row in SHAPES),
)
