"""Every hostile archive is refused by name of the rule, and nothing of it reaches the disk."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from orchestrator.bundle import BadBundle, Disk, Entry, Limits, Manifest, extract_to, inspect
from orchestrator.bundle.guard import plan
from orchestrator.bundle.members import unpack
from tests.fakes.bombs import bomb
from tests.fakes.hostile import CORPUS, Hostile, folder
from tests.fakes.zips import AEP, E, build, extra, project, streamed

P = project()


# Each of these rules is held to by at least one archive of the corpus.
RULES = {
    "name_traversal", "name_absolute", "name_forbidden", "name_reserved",
    "name_trailing", "name_control", "name_encoding", "name_too_long",
    "name_too_deep", "name_leading", "name_collision", "nested_archive",
    "not_a_bundle", "empty", "end_record", "directory_mismatch",
    "hidden_data", "multi_disk", "zip64_mismatch", "overlap",
    "encrypted", "flags", "method", "special_file",
    "kind_mismatch", "header_mismatch", "check_sum", "size_mismatch",
    "ratio", "damaged", "cut_off", "second_name",
    "extra_malformed", "too_many_entries", "no_project", "two_projects",
}  # fmt: skip


def refused(data: bytes, folder: Path) -> tuple[str, str | None]:
    """Hand the archive to the guard and to the extractor; both must refuse, leaving nothing."""
    path, final = folder / "b.zip", folder / "inner" / "out"
    path.write_bytes(data)
    with pytest.raises(BadBundle) as first:
        inspect(path)
    with pytest.raises(BadBundle) as second:
        extract_to(path, final)
    told = (first.value.code, first.value.entry)
    assert told == (second.value.code, second.value.entry)
    left = [item for item in folder.rglob("*") if item not in {path, folder / "inner"}]
    assert left == []
    assert first.value.entry is None or repr(first.value.entry)[1:-1] in str(first.value)
    return told


@pytest.mark.parametrize("case", CORPUS, ids=[case.what for case in CORPUS])
def test_a_hostile_archive_is_refused_by_its_own_code_and_the_entrys_name(
    case: Hostile, tmp_path: Path
) -> None:
    assert refused(case.make(), tmp_path) == (case.code, case.entry)


def test_the_corpus_has_an_archive_for_every_rule_and_each_archive_once() -> None:
    assert {case.code for case in CORPUS} == RULES
    assert len({case.what for case in CORPUS}) == len(CORPUS) >= 120


def test_amounts_over_the_limits_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(build(P, E("a.bin", b"a" * 1000, method=0)))
    for limits in (Limits(archive_bytes=100), Limits(total_bytes=100)):
        with pytest.raises(BadBundle) as refusal:
            inspect(path, limits)
        assert refusal.value.code == "too_large"
    path.write_bytes(AEP + bytes(200))
    with pytest.raises(BadBundle) as refusal:
        extract_to(path, tmp_path / "out", limits=Limits(archive_bytes=100))
    assert refusal.value.code == "too_large"
    assert [item.name for item in tmp_path.iterdir()] == ["b.zip"]


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


def test_a_bomb_is_stopped_at_the_size_it_promised() -> None:
    entry = bomb(2**24)
    entry.central = entry.local = {"size": 1000}
    made: list[bytes] = []
    with io.BytesIO(build(P, entry)) as file, pytest.raises(BadBundle) as refusal:
        made.extend(unpack(file, plan(file, Limits())[1]))
    assert refusal.value.code == "size_mismatch"
    assert sum(map(len, made)) <= 1000


def other_reader(path: Path) -> dict[str, str]:
    """Read every file by the standard library; a folder is no file."""
    with zipfile.ZipFile(path) as other:
        return {
            info.filename: sha256(other.read(info)).hexdigest()
            for info in other.infolist()
            if not info.is_dir()
        }


def mutated(rng: random.Random, base: bytes) -> bytes:
    """Spoil an archive: bytes, sizes, a piece cut out, doubled or moved."""
    data = bytearray(base)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        length = rng.choice((1, 2, 4, rng.randrange(1, 60)))
        match rng.randrange(6):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at] = rng.choice((0, 1, 0x7F, 0xFF, rng.randrange(256)))
            case 2:
                number = rng.choice((0, 1, 0xFFFF, 2**31, 2**32 - 1, len(data), rng.randrange(400)))
                data[at : at + 4] = number.to_bytes(4, "little")
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case _:
                other = rng.randrange(len(data))
                data[at : at + length] = data[other : other + length]
        data = data or bytearray(base)
    return bytes(data)


def test_any_mutation_is_refused_or_read_as_another_reader_reads_it(
    long_run: bool, tmp_path: Path
) -> None:
    bases = [
        build(P, streamed("a/b.txt", b"hello" * 40), E("c.txt", b"world", method=0)),
        build(folder("d/"), project("d/p.aep"), E("d/\u06f1.txt", b"x" * 500), zip64={}),
        build(P, *(E(name, b"y" * 90, extra=extra(0x5455, bytes(5))) for name in "abc")),
        b"RIFX\0\0\0\x08Egg!" + bytes(4),
    ]
    path, final = tmp_path / "in" / "b.zip", tmp_path / "in" / "out"
    path.parent.mkdir()
    passed = 0
    for seed in range(10_000 if long_run else 400):
        rng = random.Random(seed)
        path.write_bytes(mutated(rng, rng.choice(bases)))
        try:
            manifest = extract_to(path, final, disk=Disk(lambda folder: None))
        except BadBundle:
            assert not final.exists()
        else:
            passed += 1
            if manifest.kind == "zip":
                seen = {entry.path: entry.sha256 for entry in manifest.entries}
                assert seen == other_reader(path), seed
            shutil.rmtree(final)
        assert {item.name for item in path.parent.iterdir()} == {"b.zip"}, seed
        assert [item.name for item in tmp_path.iterdir()] == ["in"], seed
    assert passed > 10
