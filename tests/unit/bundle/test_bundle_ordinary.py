"""Archives as ordinary programs make them pass, and arrive byte for byte."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from orchestrator.bundle import (
    BadBundle,
    Manifest,
    extract_to,
    find_aep,
    inspect,
    list_paths,
    read_entry,
)
from tests.fakes import zip_programs
from tests.fakes.zips import AEP, E, build, extra, project, streamed, unicode_path
from tests.support.machine import Needs

PERSIAN = "پروژه/نمونه\u200cها/تصویر ۱.png"


def arrives(data: bytes, folder: Path) -> dict[str, bytes]:
    """Inspect and unpack an archive; give what lies on disk after it."""
    path = folder / "bundle.zip"
    path.write_bytes(data)
    manifest = extract_to(path, folder / "out")
    found = {
        item.relative_to(folder / "out").as_posix(): item.read_bytes()
        for item in (folder / "out").rglob("*")
        if item.is_file()
    }
    assert {entry.path: entry.sha256 for entry in manifest.entries} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items()
    }
    assert manifest.total_bytes == sum(map(len, found.values()))
    return found


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_python_archives_pass(method: int, tmp_path: Path) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as bundle:
        bundle.mkdir("folder")
        bundle.writestr("folder/p.aep", AEP)
        bundle.writestr("folder/(Footage)/a b.txt", b"hello" * 1000)
        bundle.writestr(PERSIAN, b"image")
        bundle.writestr("empty.txt", b"")
    found = arrives(raw.getvalue(), tmp_path)
    assert found["folder/p.aep"] == AEP
    assert found[PERSIAN] == b"image"
    assert found["empty.txt"] == b""


class Pipe(io.RawIOBase):
    """A file that can not seek, as a pipe or a network stream."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self.data += bytes(piece)
        return len(piece)


def test_a_streamed_python_archive_with_sizes_after_the_data_passes(tmp_path: Path) -> None:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as bundle:  # type: ignore[arg-type]
        bundle.writestr("p.aep", AEP)
        with bundle.open("big.bin", "w", force_zip64=True) as out:
            out.write(b"0123456789" * 50_000)
    assert arrives(pipe.data, tmp_path)["big.bin"] == b"0123456789" * 50_000


@pytest.mark.parametrize(
    "kind", [{}, {"signature": False}, {"wide": True}, {"wide": True, "signature": False}]
)
def test_every_form_of_sizes_after_the_data_passes(kind: dict[str, bool], tmp_path: Path) -> None:
    data = build(streamed("p.aep", AEP, **kind), streamed("a.txt", b"hi" * 99, **kind))
    assert arrives(data, tmp_path)["a.txt"] == b"hi" * 99


@pytest.mark.parametrize("flags", [2, 4, 6])
def test_the_level_bits_of_zip_9_pass(flags: int, tmp_path: Path) -> None:
    assert arrives(build(project(), E("a", b"abc", flags=flags)), tmp_path)["a"] == b"abc"


def test_persian_names_that_info_zip_did_not_flag_pass(tmp_path: Path) -> None:
    assert arrives(build(project(), E(PERSIAN.encode(), b"x")), tmp_path)[PERSIAN] == b"x"


def test_mac_names_arrive_in_one_normal_form(tmp_path: Path) -> None:
    assert "café.txt" in arrives(build(project(), E("cafe\u0301.txt", b"x")), tmp_path)


def test_the_second_name_passes_when_it_says_the_same(tmp_path: Path) -> None:
    name = "é.txt".encode()
    data = build(project(), E(name, b"x", extra=unicode_path(name, name)))
    assert arrives(data, tmp_path)["é.txt"] == b"x"


def test_the_extra_fields_of_ordinary_programs_pass(tmp_path: Path) -> None:
    times = extra(0x5455, b"\x03" + bytes(8)) + extra(0x7875, bytes(11)) + extra(0x000A, bytes(32))
    data = build(project(), E("a", b"x", extra=times, central_extra=extra(0x5455, bytes(5))))
    assert arrives(data, tmp_path)["a"] == b"x"


def test_a_folder_without_a_mode_and_with_packed_nothing_passes(tmp_path: Path) -> None:
    folder = E("folder/", b"", mode=0, dos=0x10, packed=b"\x03\x00")
    assert arrives(build(folder, project("folder/p.aep")), tmp_path) == {"folder/p.aep": AEP}


def test_a_64_bit_end_record_that_agrees_passes(tmp_path: Path) -> None:
    full = {"count": 0xFFFF, "here": 0xFFFF, "size": 0xFFFFFFFF, "start": 0xFFFFFFFF}
    plain = build(project(), zip64={})
    assert arrives(plain, tmp_path) == {"p.aep": AEP}
    assert full  # the narrow fields may also be full; see the next archive
    cut = plain[:-22]
    data = cut + b"PK\x05\x06\0\0\0\0" + b"\xff" * 12 + b"\0\0"
    (tmp_path / "two").mkdir()
    assert arrives(data, tmp_path / "two") == {"p.aep": AEP}


def test_a_highly_packed_small_file_passes(tmp_path: Path) -> None:
    assert len(arrives(build(project(), E("a", b"\0" * 3_000_000)), tmp_path)["a"]) == 3_000_000


def test_large_pieces_arrive_whole(tmp_path: Path) -> None:
    body = b"".join(bytes([n % 251]) * (n % 4000) for n in range(3000))
    assert arrives(build(project(), E("a", body)), tmp_path)["a"] == body


FILES = {
    "قالب/p.aep": AEP * 40,
    "قالب/(Footage)/café.txt": b"hello" * 500,
    "قالب/(Footage)/small.txt": b"hi",
    "قالب/(Footage)/empty.txt": b"",
}


@pytest.mark.parametrize(
    "make",
    [
        partial(zip_programs.archive_utility, flagged=True),
        partial(zip_programs.archive_utility, flagged=False),
        zip_programs.explorer,
        zip_programs.windows_11,
        partial(zip_programs.seven_zip, windows=True),
        partial(zip_programs.seven_zip, windows=False),
        zip_programs.dot_net,
    ],
    ids=["macOS", "old macOS", "Explorer", "Windows 11", "7-Zip", "p7zip", ".NET"],
)
def test_archives_with_the_habits_of_each_program_pass(
    make: Callable[[dict[str, bytes]], bytes], tmp_path: Path
) -> None:
    data = make(FILES)
    found = arrives(data, tmp_path)
    assert {name: body for name, body in found.items() if "__MACOSX" not in name} == FILES
    assert inspect(tmp_path / "bundle.zip").aep_path == "قالب/p.aep"
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


@pytest.mark.parametrize(
    "words",
    [
        ["7z", "a", "-tzip", "-bd", "../b.zip", "."],
        ["7z", "a", "-tzip", "-mx=9", "-bd", "../b.zip", "."],
        ["7z", "a", "-tzip", "-mx=0", "-mcu=on", "-bd", "../b.zip", "."],
        ["bsdtar", "--format", "zip", "-cf", "../b.zip", "قالب"],
        ["bsdtar", "--format", "zip", "--options", "zip:compression=store", "-cf", "../b.zip",
         "قالب"],
    ],
    ids=["7z", "7z -mx=9", "7z -mx=0", "bsdtar", "bsdtar stored"],
)  # fmt: skip
def test_archives_of_programs_that_run_here_pass(
    words: list[str], tmp_path: Path, needs: Needs
) -> None:
    package = {"7z": "p7zip-full", "bsdtar": "libarchive-tools"}[words[0]]
    needs.program(words[0], f"apt-get install {package}")
    source = tmp_path / "source"
    for name, body in FILES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(body)
    utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(words, cwd=source, check=True, timeout=30, capture_output=True, env=utf8)
    assert arrives((tmp_path / "b.zip").read_bytes(), tmp_path) == FILES


@pytest.mark.parametrize("arguments", [["-r"], ["-r9"], ["-r1"], ["-r0"]])
def test_info_zip_archives_pass(arguments: list[str], tmp_path: Path, needs: Needs) -> None:
    program = needs.program("zip", "apt-get install zip")
    source = tmp_path / "source"
    (source / "پوشه").mkdir(parents=True)
    (source / "p.aep").write_bytes(AEP)
    (source / "پوشه" / "تصویر.txt").write_bytes(b"hello" * 500)
    subprocess.run([program, "-q", *arguments, "../b.zip", "."], cwd=source, check=True, timeout=30)
    found = arrives((tmp_path / "b.zip").read_bytes(), tmp_path)
    assert found == {"p.aep": AEP, "پوشه/تصویر.txt": b"hello" * 500}


def test_an_info_zip_archive_written_to_a_pipe_passes(tmp_path: Path, needs: Needs) -> None:
    program = needs.program("zip", "apt-get install zip")
    (tmp_path / "p.aep").write_bytes(AEP * 50)
    (tmp_path / "empty.txt").touch()
    words = [program, "-q", "-", "p.aep", "empty.txt"]
    made = subprocess.run(words, cwd=tmp_path, check=True, timeout=30, capture_output=True)
    (tmp_path / "in").mkdir()
    assert arrives(made.stdout, tmp_path / "in") == {"p.aep": AEP * 50, "empty.txt": b""}


def test_a_project_alone_is_a_bundle_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "any name.bin"
    path.write_bytes(AEP)
    manifest = extract_to(path, tmp_path / "out")
    assert (manifest.kind, manifest.aep_path) == ("aep", "template.aep")
    assert (tmp_path / "out" / "template.aep").read_bytes() == AEP
    assert Manifest.from_dict(manifest.to_dict()) == manifest


@pytest.mark.parametrize("raw", ["پروژه.aep".encode(), "cafe\u0301.aep".encode()])
def test_one_file_is_read_by_its_path_in_the_manifest(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(build(E(raw, AEP), E("a.txt", b"x" * 100)))
    assert read_entry(path, inspect(path).aep_path, 1000) == AEP
    assert list_paths(path) == (inspect(path).aep_path, "a.txt")
    with pytest.raises(BadBundle, match="over 10 bytes"):
        read_entry(path, "a.txt", 10)
    path.write_bytes(AEP)
    assert read_entry(path, "template.aep", 1000) == AEP
    with pytest.raises(BadBundle):
        read_entry(path, "other.aep", 1000)


def test_the_project_is_found_among_copies_auto_saves_and_shadows() -> None:
    shadow = b"\x00\x05\x16\x07" + bytes(8)
    files = [
        ("__MACOSX/Story/._Futuristic.aep", shadow),
        ("Story/._Futuristic.aep", AEP),
        ("Adobe After Effects Auto-Save/Futuristic.aep", AEP),
        ("Story/Futuristic auto-save 12.aep", AEP),
        ("Story/tmpAEtoAMEProject-x.aep", AEP),
        ("broken.aep", b"<html>not it"),
        ("Story/old/Futuristic.aep", AEP),
        ("Story/Futuristic.aep", AEP),
    ]
    assert find_aep(files) == "Story/Futuristic.aep"


def test_two_projects_at_one_depth_are_listed() -> None:
    with pytest.raises(BadBundle, match=r"'a/1\.aep', 'b/2\.aep'") as refusal:
        find_aep([("b/2.aep", AEP), ("a/1.aep", AEP), ("a/b/3.aep", AEP)])
    assert refusal.value.code == "two_projects"


def test_what_a_crash_left_is_thrown_away_and_a_finished_folder_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(build(project()))
    (tmp_path / "out.staging").mkdir()
    (tmp_path / "out.staging" / "half").write_bytes(b"x")
    extract_to(path, tmp_path / "out", inspect(path))
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["p.aep"]
    with pytest.raises(FileExistsError):
        extract_to(path, tmp_path / "out")


def test_real_bundles_pass_or_are_refused_for_their_two_projects(samples: Path) -> None:
    chosen = {}
    for path in samples.glob("*.zip"):
        try:
            chosen[path.stem.rpartition("-")[2]] = inspect(path).aep_path
        except BadBundle as refusal:
            chosen[path.stem.rpartition("-")[2]] = refusal.code
    assert chosen == {
        "angel": "ANGEL.aep",
        "geometry": "Geometry.aep",
        "sky": "two_projects",
        "trophy_animation": "Trophy-animation/trophy-animation.aep",
    }
