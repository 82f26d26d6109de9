"""bench bundle: every hostile archive through the guard's process, and unpacking beside zipfile."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from node_agent.host.disk import this_disk
from orchestrator.bundle import extract_to, inspect
from orchestrator.sandbox.bundles import ChildLimits, guard_command
from tests.bench.frame import Report, Wish, alternated, tell
from tests.fakes.hostile import CORPUS, Hostile
from tests.fakes.zips import AEP

MOST_MS, MOST_MIB, LEAST_HOSTILE = 200.0, 64.0, 120
LEAST = {"deflated": 0.8, "stored": 0.6}
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Guarded:
    """Hold what one guard's process took, its start included, and what it said."""

    ms: float
    mib: float
    state: int
    answer: dict[str, dict[str, str]]


async def run(wish: Wish) -> Report:
    """Measure; the guard's process starts anew for each archive, the extractors take turns."""
    report = Report("bundle")
    with tempfile.TemporaryDirectory(prefix="bench-bundle-", dir=_roomy()) as name:
        folder = Path(name)
        if wish.wants("hostile"):
            _hostile(report, folder, CORPUS[::10] if wish.is_quick else CORPUS)
        for kind, method in (("deflated", zipfile.ZIP_DEFLATED), ("stored", zipfile.ZIP_STORED)):
            if wish.wants(kind):
                await _extract(report, wish, folder, kind, method)
    values = [report.ratios[name] for name in report.ratios if name.startswith("extract_vs")]
    if values:
        report.ratios["extract_vs_zipfile"] = min(values)
    return report


def _hostile(report: Report, folder: Path, corpus: tuple[Hostile, ...]) -> None:
    """Hand each archive to a fresh limited process; the start of an idle one is told apart."""
    path = folder / "hostile.zip"
    taken: list[tuple[float, float, str]] = []
    wrong = []
    with _guarding(path) as guard:
        path.write_bytes(b"no archive at all")
        starts = [guard() for _ in range(9)]
        start_ms = report.figure("process_start_ms", [one.ms for one in starts])
        report.figure("process_start_mib", [one.mib for one in starts])
        for case in corpus:
            path.write_bytes(case.make())
            found = min((guard() for _ in range(3)), key=lambda one: one.ms)
            taken.append((max(0.0, found.ms - start_ms), found.mib, case.what))
            told = found.answer.get("refused", {})
            if (told.get("code"), told.get("entry")) != (case.code, case.entry):
                wrong.append(f"{case.what}: {found.state} {found.answer}"[:200])
    worst_ms, worst_mib = max(taken), max(taken, key=lambda one: one[1])
    report.notes += [f"slowest: {worst_ms[2]}", f"largest: {worst_mib[2]}", *wrong]
    report.figures["hostile_archives"] = len(taken)
    report.figure("hostile_ms", [one[0] for one in taken])
    report.figures["hostile_worst_ms"] = round(worst_ms[0], 1)
    report.figures["hostile_worst_mib"] = round(worst_mib[1], 1)
    report.hold("hostile_worst_ms", worst_ms[0], most=MOST_MS)
    report.hold("hostile_worst_mib", worst_mib[1], most=MOST_MIB)
    report.hold("hostile_not_refused_by_name", len(wrong), most=0)
    if corpus is CORPUS:
        report.hold("hostile_archives", len(taken), least=LEAST_HOSTILE)


@contextmanager
def _guarding(path: Path) -> Iterator[Callable[[], Guarded]]:
    """Lend a function that runs the guard on `path` as the server does."""
    meter = Path(__file__).with_name("guard_meter.py")
    line = json.dumps(guard_command(path, ChildLimits())) + "\n"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(meter)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def guard() -> Guarded:
            stdin.write(line)
            stdin.flush()
            return Guarded(**json.loads(stdout.readline()))

        yield guard
        stdin.close()


async def _extract(report: Report, wish: Wish, folder: Path, kind: str, method: int) -> None:
    """Unpack one bundle by both: ours with all checks and one sync, zipfile with neither."""
    bundle, out = folder / f"{kind}.zip", folder / "out"
    _write_bundle(bundle, method, 40 if wish.is_quick else 200)
    manifest = inspect(bundle)
    disk = this_disk()
    report.figures[f"{kind}_unpacked_mib"] = round(manifest.total_bytes / MIB, 1)

    async def theirs() -> float:
        with _cleared(out), zipfile.ZipFile(bundle) as archive:
            begin = time.perf_counter()
            archive.extractall(out)
            return time.perf_counter() - begin

    async def theirs_synced() -> float:
        with _cleared(out), zipfile.ZipFile(bundle) as archive:
            begin = time.perf_counter()
            archive.extractall(out)
            disk.sync(out)
            return time.perf_counter() - begin

    with ThreadPoolExecutor(1) as helper:

        async def ours() -> float:
            with _cleared(out):
                begin = time.perf_counter()
                extract_to(bundle, out, manifest, helper=helper, disk=disk)
                return time.perf_counter() - begin

        await ours()
        contestants = {"ours": ours, "zipfile": theirs, "zipfile_synced": theirs_synced}
        times = await alternated(contestants, 3 if wish.is_quick else 9)
    for name, values in times.items():
        report.figure(f"{kind}_{name}_ms", [value * 1000 for value in values])
    ratio = report.figures[f"{kind}_zipfile_ms"] / report.figures[f"{kind}_ours_ms"]
    report.ratio(f"extract_vs_zipfile_{kind}", ratio, least=LEAST[kind])
    tell(f"{kind}: {ratio:.2f} times zipfile")


@contextmanager
def _cleared(out: Path) -> Iterator[None]:
    """Begin with nothing on its way to the disk, and leave nothing behind."""
    try:
        yield
    finally:
        shutil.rmtree(out, ignore_errors=True)
        os.sync()


def _write_bundle(path: Path, method: int, mib: int) -> None:
    """Write a template's usual bundle: a project, films, layered pictures, many small files."""
    rng = random.Random(7)
    words = b"".join(b"%d layer %d\n" % (n, rng.randrange(10**6)) for n in range(70_000))[:MIB]
    with zipfile.ZipFile(path, "w", method, compresslevel=6) as archive:
        archive.writestr("t/p.aep", AEP + words * max(1, mib // 10))
        for number in range(3):
            archive.writestr(f"t/(Footage)/film {number}.mp4", rng.randbytes(mib * MIB // 8))
        for number in range(mib // 6):
            layers = rng.randbytes(MIB) + words + bytes(MIB)
            archive.writestr(f"t/(Footage)/picture {number}.psd", layers)
        for number in range(mib):
            size = rng.randrange(2_000, 90_000)
            archive.writestr(f"t/(Footage)/small/{number}.png", rng.randbytes(size))


def _roomy() -> str | None:
    """Choose a folder on a disk: a temporary folder in memory would know no sync."""
    here = Path(__file__).parents[2] / "build"
    return str(here) if here.is_dir() and os.access(here, os.W_OK) else None
