"""Every hostile archive is refused by name of the rule, and nothing of it reaches the disk."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.bundle import BadBundle, Entry, Limits, Manifest, extract_to, inspect
from orchestrator.bundle.guard import plan
from orchestrator.bundle.members import unpack
from tests.fakes.zips import AEP, E, build, descriptor, extra, project, streamed, unicode_path

SMALL = Limits(
    archive_bytes=2**24,
    total_bytes=2**25,
    entries=200,
    entry_ratio_from_bytes=2**20,
    small_total_bytes=2**20,
)
P = project()
FULL = 0xFFFFFFFF


def named(name: str | bytes, **more: object) -> bytes:
    return build(P, E(name, **more))  # type: ignore[arg-type]


def overlapped() -> bytes:
    """Point two descriptions at one local header, as the full-overlap bomb does."""
    return build(E("a.aep", AEP, method=0), E("a2.aep", AEP, method=0, central={"offset": 0}))


def quoted_overlap() -> bytes:
    """Let one entry's data hold the next entry whole, as the quoted-overlap bomb does."""
    inner = E("b.bin", b"B" * 100, method=0)
    outer_data = build(inner)[: 30 + 5 + 100]
    outer = E("a.bin", outer_data, method=0)
    data = build(P, outer, inner)
    at = data.index(b"b.bin") - 30
    second = data.rindex(b"b.bin")
    return data[: second - 4] + struct.pack("<L", at) + data[second:]


def bomb(size: int) -> E:
    return E("zeros.bin", b"\0" * size)


def lying(**fields: object) -> bytes:
    entry = E("a.bin", b"abcdef" * 50, local=dict(fields), central=dict(fields))
    return build(P, entry)


NAMES: list[tuple[str, str | bytes, str]] = [
    ("dot dot", "../evil.txt", "name_traversal"),
    ("dot dot inside", "a/b/../../../evil.txt", "name_traversal"),
    ("a dot part", "a/./b.txt", "name_traversal"),
    ("an empty part", "a//b.txt", "name_traversal"),
    ("absolute", "/etc/evil", "name_absolute"),
    ("a share", "//srv/share/x", "name_absolute"),
    ("only a slash", "/", "name_absolute"),
    ("an empty name", "", "name_absolute"),
    ("backslash dots", "..\\evil.txt", "name_forbidden"),
    ("a drive", "C:\\evil.txt", "name_forbidden"),
    ("a drive without slash", "C:evil.txt", "name_forbidden"),
    ("a backslash share", "\\\\srv\\share\\x", "name_forbidden"),
    ("the long-path prefix", "\\\\?\\C:\\x", "name_forbidden"),
    ("a stream", "a.txt:evil.exe", "name_forbidden"),
    ("a data stream", "a.jsx::$DATA", "name_forbidden"),
    ("a wildcard", "a*.txt", "name_forbidden"),
    ("a question mark", "a?.txt", "name_forbidden"),
    ("a pipe", "a|b.txt", "name_forbidden"),
    ("angle brackets", "<a>.txt", "name_forbidden"),
    ("a quote", 'a".txt', "name_forbidden"),
    ("a home", "~/x.txt", "name_leading"),
    ("an option", "-rf", "name_leading"),
    ("CON", "CON", "name_reserved"),
    ("NUL with extension", "NUL.txt", "name_reserved"),
    ("aux", "folder/aux.jsx", "name_reserved"),
    ("COM1", "COM1", "name_reserved"),
    ("LPT superscript", "LPT\u00b9.txt", "name_reserved"),
    ("CONIN$", "CONIN$", "name_reserved"),
    ("a device and a space", "com1 .txt", "name_reserved"),
    ("a device folder", "prn/x.txt", "name_reserved"),
    ("a trailing dot", "a.txt.", "name_trailing"),
    ("a trailing space", "a.txt ", "name_trailing"),
    ("a folder with a trailing dot", "a./b.txt", "name_trailing"),
    ("a NUL", b"a.txt\x00.png", "name_control"),
    ("a newline", "a\nb.txt", "name_control"),
    ("a C1 control", "a\u0085b.txt", "name_control"),
    ("a right-to-left override", "a\u202egnp.exe", "name_control"),
    ("an isolate", "a\u2066b.txt", "name_control"),
    ("a zero-width space", "a\u200bb.txt", "name_control"),
    ("a byte order mark", "\ufeffa.txt", "name_control"),
    ("private use", "a\ue000.txt", "name_control"),
    ("a noncharacter", "a\uffff.txt", "name_control"),
    ("a line separator", "a\u2028.txt", "name_control"),
    ("a surrogate", b"a\xed\xa0\x80.txt", "name_encoding"),
    ("Latin-1 bytes", b"caf\xe9.txt", "name_encoding"),
    ("a long part", "a" * 121, "name_too_long"),
    ("a long path", "/".join(["a" * 50] * 5), "name_too_long"),
    ("a deep path", "/".join("abcdefghijklmnopq"), "name_too_deep"),
    ("two thousand levels", "a/" * 2000 + "b", "name_too_long"),
    ("a zip", "more.zip", "nested_archive"),
    ("a rar", "a/more.RAR", "nested_archive"),
    ("a tar", "more.tar.gz", "nested_archive"),
]

COLLISIONS: list[tuple[str, list[str]]] = [
    ("the same name twice", ["a.txt", "a.txt"]),
    ("another case", ["A.txt", "a.txt"]),
    ("another case of a folder", ["Dir/a.txt", "dir/b.txt"]),
    ("another normal form", ["caf\u00e9.txt", "cafe\u0301.txt"]),
    ("a joiner apart", ["a.jsx", "a\u200c.jsx"]),
    ("a file and a folder", ["f", "f/x"]),
    ("a folder and a file", ["f/x", "f"]),
    ("a folder entry and a file", ["f/", "f"]),
    ("sharp s", ["stra\u00dfe.txt", "STRASSE.txt"]),
]

AES = extra(0x9901, b"\x02\x00AE\x03\x08\x00")
SHAPES: list[tuple[str, bytes, str]] = [
    ("no zip", b"hello" * 10, "not_a_bundle"),
    ("empty file", b"", "not_a_bundle"),
    ("only the magic", b"PK", "not_a_bundle"),
    ("empty archive", build(), "empty"),
    ("cut off", build(P, E("a"))[:-10], "end_record"),
    ("a comment", build(P, comment=b"hello"), "end_record"),
    ("an end record in a comment", build(P, comment=build(E("x"))), "directory_mismatch"),
    ("data behind", build(P, suffix=b"\0" * 30), "end_record"),
    ("data before", build(P, prefix=b"MZ" + b"\0" * 98), "not_a_bundle"),
    ("a script before", build(P, prefix=b"PK#!"), "hidden_data"),
    ("two archives", build(P) + build(P), "directory_mismatch"),
    ("two archives, offsets mended", build(P, prefix=build(E("h"))), "hidden_data"),
    ("a gap between entries", build(P, E("a", before=b"hidden")), "hidden_data"),
    ("a gap before the directory", build(P, gap=b"hidden!"), "hidden_data"),
    ("a comment length that lies", build(P, end={"comment_len": 4}), "end_record"),
    ("a count too small", build(P, E("a"), end={"count": 1}), "directory_mismatch"),
    ("a count too large", build(P, end={"count": 2}), "directory_mismatch"),
    ("a directory elsewhere", build(P, end={"start": 4}), "directory_mismatch"),
    ("several disks", build(P, end={"disk": 1, "first": 1}), "multi_disk"),
    ("an entry on another disk", build(P, E("a", central={"disk": 3})), "flags"),
    ("64-bit counts that disagree", build(P, E("a"), zip64={"count": 1}), "zip64_mismatch"),
    ("64-bit start that disagrees", build(P, zip64={"start": 1}), "zip64_mismatch"),
    ("a 64-bit locator elsewhere", build(P, zip64={"at": 0}), "zip64_mismatch"),
    ("a 64-bit end that is missing", build(P, end={"start": FULL}), "zip64_mismatch"),
    ("a 64-bit size without its field", named("a", central={"size": FULL}), "zip64_mismatch"),
    (
        "a 64-bit field that disagrees",
        named("a", central_extra=extra(1, struct.pack("<QQ", 9, 9))),
        "zip64_mismatch",
    ),
    ("overlapping entries", overlapped(), "overlap"),
    ("quoted overlap", quoted_overlap(), "overlap"),
    ("encrypted", named("a", flags=1), "encrypted"),
    ("AES", named("a", method=99), "encrypted"),
    ("AES by its field", named("a", extra=AES), "encrypted"),
    ("strong encryption", named("a", flags=0x41), "encrypted"),
    ("masked headers", named("a", flags=0x2000), "flags"),
    ("patched data", named("a", flags=0x20), "flags"),
    ("bzip2", named("a", method=12), "method"),
    ("lzma", named("a", method=14), "method"),
    ("deflate64", named("a", method=9), "method"),
    ("a version of the future", named("a", central={"version": 63}), "flags"),
    ("a link", named("a", data=b"/etc/passwd", mode=0o120777), "special_file"),
    ("a device", named("a", mode=0o020666), "special_file"),
    ("a block device", named("a", mode=0o060666), "special_file"),
    ("a pipe", named("a", mode=0o010666), "special_file"),
    ("a socket", named("a", mode=0o140666), "special_file"),
    ("a folder's mode on a file", named("a", mode=0o040755), "kind_mismatch"),
    ("a file's mode on a folder", named("a/", data=b""), "kind_mismatch"),
    ("a folder with data", named("a/", data=b"evil", mode=0o040755), "kind_mismatch"),
    ("two names", named("a.txt", local={"name": b"b.txt"}), "header_mismatch"),
    ("two methods", named("a.txt", local={"method": 0}), "header_mismatch"),
    ("two sets of flags", named("a.txt", local={"flags": 2}), "header_mismatch"),
    ("two check sums", named("a.txt", local={"crc": 1}), "header_mismatch"),
    ("two sizes", named("a.txt", local={"size": 9}), "header_mismatch"),
    ("two packed sizes", named("a.txt", local={"packed": 2}), "header_mismatch"),
    ("a wrong check sum", lying(crc=1), "check_sum"),
    ("a size too small", lying(size=10), "size_mismatch"),
    ("a size too large", lying(size=1_000_000), "size_mismatch"),
    ("a gibibyte that is not there", lying(size=2**30), "ratio"),
    ("stored with two sizes", build(P, E("a", b"abc", 0, central={"size": 2})), "size_mismatch"),
    ("broken data", named("a", packed=b"\xff" * 20), "damaged"),
    (
        "data that ends early",
        named("a", data=b"q" * 99, packed=b"\x00\x63\x00\x9c\xffq"),
        "cut_off",
    ),
    ("data after the data", build(P, E("a", packed=E("a").pack() + b"more")), "hidden_data"),
    ("a second name", named("a.txt", extra=unicode_path(b"a.txt", b"../x")), "second_name"),
    (
        "a second name, wrong sum",
        named("a.txt", extra=unicode_path(b"a.txt", b"a.txt", 7)),
        "second_name",
    ),
    ("a cut extra field", named("a", extra=b"\x55\x54\x09\x00\x03"), "extra_malformed"),
    ("a doubled extra field", named("a", extra=extra(1, b"") * 2), "extra_malformed"),
    (
        "no sizes after the data",
        named("a", flags=8, local={"size": 0, "packed": 0, "crc": 0}),
        "header_mismatch",
    ),
    (
        "sizes after the data that lie",
        build(P, E("a", b"abc", flags=8, tail=descriptor(E("a", b"abc"), size=9))),
        "header_mismatch",
    ),
    ("a thousand to one", build(P, bomb(2**21)), "ratio"),
    ("many small bombs", build(P, *(E(f"{n}.bin", b"\0" * 2**20) for n in range(20))), "ratio"),
    ("too many entries", build(P, *(E(str(n)) for n in range(200))), "too_many_entries"),
    ("no project", build(E("readme.txt")), "no_project"),
    ("a project that is none", build(E("p.aep", b"not one at all")), "no_project"),
    ("only an auto-save", build(E("x auto-save 3.aep", AEP)), "no_project"),
    ("two projects", build(E("a.aep", AEP), E("b.aep", AEP)), "two_projects"),
]  # fmt: skip


def refused(data: bytes, folder: Path) -> str:
    """Hand the archive to the guard and to the extractor; both must refuse, leaving nothing."""
    path, final = folder / "b.zip", folder / "inner" / "out"
    path.write_bytes(data)
    with pytest.raises(BadBundle) as first:
        inspect(path, SMALL)
    with pytest.raises(BadBundle) as second:
        extract_to(path, final, limits=SMALL)
    assert first.value.code == second.value.code
    left = [item for item in folder.rglob("*") if item not in {path, folder / "inner"}]
    assert left == []
    assert str(first.value)
    return first.value.code


@pytest.mark.parametrize(("what", "name", "code"), NAMES, ids=[row[0] for row in NAMES])
def test_a_hostile_name_is_refused(what: str, name: str | bytes, code: str, tmp_path: Path) -> None:
    assert refused(named(name), tmp_path) == code


@pytest.mark.parametrize(("what", "paths"), COLLISIONS, ids=[row[0] for row in COLLISIONS])
def test_two_names_that_are_one_on_some_system_are_refused(
    what: str, paths: list[str], tmp_path: Path
) -> None:
    entries = [
        E(
            path,
            b"" if path.endswith("/") else b"x",
            mode=0o040755 if path.endswith("/") else 0o100644,
        )
        for path in paths
    ]
    assert refused(build(P, *entries), tmp_path) == "name_collision"


@pytest.mark.parametrize(("what", "data", "code"), SHAPES, ids=[row[0] for row in SHAPES])
def test_a_hostile_archive_is_refused(what: str, data: bytes, code: str, tmp_path: Path) -> None:
    assert refused(data, tmp_path) == code


def test_an_archive_that_lies_less_than_its_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(build(P, E("a.txt", b"one")))
    good = inspect(path)
    changed = (good.entries[0], Entry("a.txt", 3, "0" * 64))
    for entries in (changed, good.entries[:1], (*good.entries, Entry("more", 1, "0" * 64))):
        with pytest.raises(BadBundle) as refusal:
            extract_to(path, tmp_path / "out", Manifest("zip", entries, "p.aep", 0))
        assert refusal.value.code == "manifest"
        assert not (tmp_path / "out").exists()
        assert not (tmp_path / "out.staging").exists()


def test_a_bomb_is_stopped_at_the_size_it_promised(tmp_path: Path) -> None:
    entry = bomb(2**24)
    entry.central = entry.local = {"size": 1000}
    data = build(P, entry)
    assert refused(data, tmp_path) == "size_mismatch"
    made: list[bytes] = []
    with io.BytesIO(data) as file, pytest.raises(BadBundle):
        made.extend(unpack(file, plan(file, SMALL)[1]))
    assert sum(map(len, made)) <= 1000


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False), flips=st.integers(1, 6))
def test_what_passes_is_read_alike_by_another_reader(
    rng: random.Random, flips: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = build(P, streamed("a/b.txt", b"hello" * 40), E("c.txt", b"world", method=0))
    data = bytearray(base)
    for _ in range(flips):
        data[rng.randrange(len(data))] = rng.choice((0, 1, 0xFF, rng.randrange(256)))
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    path.write_bytes(data)
    try:
        manifest = inspect(path, SMALL)
    except BadBundle:
        return
    with zipfile.ZipFile(path) as other:
        seen = {info.filename: sha256(other.read(info)).hexdigest() for info in other.infolist()}
    assert {entry.path: entry.sha256 for entry in manifest.entries} == seen
