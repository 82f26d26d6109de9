"""Whatever a file holds, the project reader answers quickly or raises BadAep."""

from __future__ import annotations

import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator import aep
from orchestrator.core.templates import scan_project
from orchestrator.wire.bind import Mode
from orchestrator.wire.scan import ScanResult
from tests.bench.scan.files import damage, hostile
from tests.fakes import rifx
from tests.fakes.rifx import CompSpec, LayerSpec

SEED = rifx.comps(
    CompSpec(
        "frfinal",
        (
            LayerSpec("frl_c1t1", text="one", effects=(rifx.color_control("c", (1, 2, 3)),)),
            LayerSpec("", source_id=9, props=(rifx.prop("ADBE Position", (1.0,), "time"),)),
            LayerSpec("m", markers=((1.0, "fr_in"),)),
        ),
    ),
    extra=(rifx.footage(9, "/a/b.png"), rifx.folder(5, "f", rifx.solid(6, "s"))),
)


def nested(kind: bytes, levels: int, core: bytes = b"") -> bytes:
    """Nest lists from the inside out without copying each level: headers first."""
    size, heads = len(core), []
    for _ in range(levels):
        size += 4
        heads.append(b"LIST" + struct.pack(">I", size) + kind)
        size += 8
    return b"".join(reversed(heads)) + core


def read_or_refuse(data: bytes) -> aep.Project | None:
    try:
        return aep.read(data)
    except aep.BadAep:
        return None


def scan_or_refuse(data: bytes, mode: Mode | None = None) -> None:
    project = read_or_refuse(data)
    if project is not None:
        result = scan_project(project, mode=mode, files=["b.png"])
        assert ScanResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an After Effects project"),
        (b"RIFX", "not an After Effects project"),
        (b"<?xml version='1.0'?>" * 9, "not an After Effects project"),
        (b"RIFF" + SEED[4:], "not an After Effects project"),
        (SEED[: len(SEED) // 2], "cut off"),
        (SEED[:-1], "cut off"),
        (b"RIFX\x00\x00\x00\x04Egg!", "no head"),
        (rifx.project(b"LIST\xff\xff\xff\xffItem"), "damaged or cut off"),
        (rifx.project(b"LIST\x00\x00\x00\x02It"), "no kind"),
    ],
)
def test_what_is_no_project_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(aep.BadAep, match=words):
        aep.read(data)


def test_a_missing_or_empty_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(aep.BadAep, match="cannot be read"):
        aep.read(tmp_path / "none.aep")
    (tmp_path / "empty.aep").write_bytes(b"")
    with pytest.raises(aep.BadAep, match="0 bytes"):
        aep.read(tmp_path / "empty.aep")


@pytest.mark.parametrize("kind", [b"Item", b"Sfdr", b"tdgp", b"Layr", b"Fold", b"zzzz"])
def test_two_hundred_thousand_levels_are_walked_or_refused(kind: bytes) -> None:
    read_or_refuse(rifx.project(nested(kind, 200_000)))


def test_deep_folders_and_deep_property_groups_are_refused() -> None:
    inner = b""
    for level in range(1200):
        inner = rifx.folder(level + 10, "d", inner)
    with pytest.raises(aep.BadAep, match="deeper"):
        aep.read(rifx.project(inner))
    props = rifx.prop("p", (), "time")
    for _ in range(300):
        props = rifx.group("g", props)
    deep = LayerSpec("a", props=(props,))
    with pytest.raises(aep.BadAep, match="deeper"):
        aep.read(rifx.comps(CompSpec("a", (deep,))))


def test_a_million_empty_lists_cost_no_memory() -> None:
    aep.read(rifx.project(rifx.lst(b"zzzz") * 1_000_000))
    data = rifx.project(rifx.lst(b"zzzz") * 50_000)
    tracemalloc.start()
    aep.read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000


def test_memory_stays_in_proportion_to_a_file_of_small_items() -> None:
    small = rifx.lst(b"Item", rifx.chunk(b"idta", b"\0\1" + bytes(18)))
    data = rifx.project(small * 20_000)
    tracemalloc.start()
    read_or_refuse(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * len(data)


@pytest.mark.parametrize(
    "token", [b"<<", b"[", b"(", b"\\", b"/0", b"(\\", b"/0 << ", b">>", b"]", b"[ 1 "]
)
def test_hostile_text_data_gives_no_text(token: bytes) -> None:
    layer = LayerSpec("a", text="x", cos_data=token * 200_000)
    project = aep.read(rifx.comps(CompSpec("a", (layer,))))
    assert project.comps[0].layers[0].text is None


def test_every_truncation_of_a_project_is_refused_or_read() -> None:
    for size in range(0, len(SEED), 7):
        cut = SEED[:size]
        read_or_refuse(cut[:4] + struct.pack(">I", max(0, size - 8)) + cut[8:])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_flipped_bytes_never_raise_anything_but_bad_aep(rng: random.Random, flips: int) -> None:
    data = bytearray(SEED)
    for _ in range(flips):
        data[rng.randrange(12, len(data))] = rng.choice((0, 1, 4, 0x7F, 0xFF, rng.randrange(256)))
    read_or_refuse(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_random_bodies_never_raise_anything_but_bad_aep(body: bytes) -> None:
    read_or_refuse(rifx.project(rifx.lst(b"Item", body)))
    read_or_refuse(rifx.project(body))
    read_or_refuse(rifx.comps(CompSpec("a", (LayerSpec("t", text="x", cos_data=body),))))


def test_damaged_projects_never_raise_anything_but_bad_aep(long_run: bool) -> None:
    modes: tuple[Mode | None, ...] = (None, "flexible", "free", "music_visualizer")
    for seed in range(20_000 if long_run else 500):
        scan_or_refuse(damage(SEED, random.Random(seed)), modes[seed % 4])


def test_damaged_real_projects_never_raise_anything_but_bad_aep(
    samples: Path, long_run: bool
) -> None:
    small = [path for path in samples.glob("*.aep") if path.stat().st_size < 120_000]
    for path in small:
        data = path.read_bytes()
        for seed in range(700 if long_run else 8):
            scan_or_refuse(damage(data, random.Random(seed)))


@pytest.mark.parametrize("mode", ["fix", "flexible"])
def test_projects_made_to_cost_are_scanned_or_refused(mode: Mode) -> None:
    for _, data in hostile(100_000):
        scan_or_refuse(data, mode)
