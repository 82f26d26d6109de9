"""bench scan: the quick scan beside py-aep, on a large file, and on damaged and hostile ones."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from orchestrator import aep
from orchestrator.core.templates import scan_project
from tests.bench.frame import Report, Wish, tell
from tests.bench.scan import files, rival

MIB = files.MIB
FUZZ_FLOOR_BYTES = MIB
"""A damaged file is small; what it costs is held to that of one of this size at least."""
_MEMORY = """
import resource, sys
from pathlib import Path
from orchestrator import aep
from orchestrator.core.templates import scan_project

def peak():
    status = Path("/proc/self/status")
    if status.exists():  # the figure below begins with that of the process that started this one
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale

scan_project(aep.read(Path(sys.argv[2])))
before = peak()
result = scan_project(aep.read(Path(sys.argv[1])))
print(peak() - before)
"""


async def run(wish: Wish) -> Report:
    """Measure; every part reads and scans, texts and colours included."""
    report = Report("scan")
    real = files.projects()
    with tempfile.TemporaryDirectory(prefix="flatrender-bench-") as name:
        folder = Path(name)
        paths = _write(folder, real)
        if wish.wants("rival"):
            _rival(report, wish, paths)
        if wish.wants("large"):
            _large(report, wish, folder, list(real.values()))
        if wish.wants("fuzz"):
            _fuzz(report, wish, real)
    return report


def _write(folder: Path, real: dict[str, bytes]) -> list[Path]:
    paths = []
    for number, data in enumerate(real.values()):
        paths.append(folder / f"{number}.aep")
        paths[-1].write_bytes(data)
    return paths


def _rival(report: Report, wish: Wish, paths: list[Path]) -> None:
    """Let both read the same files in turns; files that py-aep refuses count for neither."""
    opened = [path for path in paths if rival.opens(path)]
    report.figures["files"] = len(paths)
    report.figures["files_py_aep_opens"] = len(opened)
    ours: list[float] = []
    theirs: list[float] = []
    facts: list[float] = []
    for turn in range(1 if wish.is_quick else 2):
        ours.append(_timed(lambda: _scan(*opened)))
        theirs.append(_timed(lambda: [rival.read(path, whole=True) for path in opened]))
        if not facts:
            facts.append(_timed(lambda: [rival.read(path, whole=False) for path in opened]))
        tell(f"round {turn + 1}: ours {ours[-1]:.3f} s, py-aep {theirs[-1]:.2f} s")
        ours.append(_timed(lambda: _scan(*opened)))
    mine = report.figure("ours_s", ours)
    whole = report.figure("py_aep_s", theirs)
    least = report.figure("py_aep_fewest_facts_s", facts)
    report.notes.append(
        "py_aep_s decodes every property's value, as py-aep's full reading does;"
        " py_aep_fewest_facts_s only what the scan needs"
    )
    report.ratio("scan_vs_py_aep", whole / mine, least=100)
    report.ratio("scan_vs_py_aep_fewest_facts", least / mine)
    size_mb = sum(path.stat().st_size for path in paths) / MIB
    times = [_timed(lambda: _scan(*paths)) for _ in range(7)]
    cost = report.figure("ms_per_mb", [1000 * spent / size_mb for spent in times])
    report.hold("ms_per_mb", cost, most=10)


def _large(report: Report, wish: Wish, folder: Path, sources: list[bytes]) -> None:
    """Read a file of a hundred megabytes in time, and in memory in a process of its own."""
    path = folder / "large.aep"
    size = files.large(path, (10 if wish.is_quick else 100) * MIB, sources)
    report.figures["large_mb"] = round(size / MIB, 1)
    spent = report.figure("large_s", [_timed(lambda: _scan(path)) for _ in range(3)])
    report.hold("large_s", spent, most=1)
    small = folder / "0.aep"
    command = [sys.executable, "-c", _MEMORY, str(path), str(small)]
    done = subprocess.run(
        command, cwd=files.ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    report.ratio("memory_vs_file", int(done.stdout) / size, most=3)


def _fuzz(report: Report, wish: Wish, real: dict[str, bytes]) -> None:
    """Find what costs most for its size, of damaged real files and of hostile ones."""
    gc.collect()
    gc.freeze()
    worst, slowest = 0.0, ""
    count = 200 if wish.is_quick else 10_000
    small = [(name, data) for name, data in real.items() if len(data) < 150_000]
    for number in range(count):
        name, data = small[number % len(small)]
        made = files.damage(data, random.Random(number))
        cost = _cost(made, worst)
        if cost > worst:
            worst, slowest = cost, f"{name} damaged by seed {number}"
    report.figures["fuzz_files"] = count
    for name, made in files.hostile(10 * MIB):
        cost = _cost(made, worst)
        tell(f"hostile {name}: {cost:.2f} s per 10 MB")
        if cost > worst:
            worst, slowest = cost, f"hostile {name}"
    report.notes.append(f"the slowest for its size: {slowest}")
    report.figures["fuzz_worst_s_per_10mb"] = round(worst, 3)
    report.hold("fuzz_worst_s_per_10mb", worst, most=2)


def _scan(*paths: Path) -> None:
    for path in paths:
        scan_project(aep.read(path))


def _cost(made: bytes, worst: float) -> float:
    """Give the seconds per ten megabytes; what seems to be the worst is measured again.

    The least of three is the file's own cost: others on the machine only add to it.
    """
    size = max(len(made), FUZZ_FLOOR_BYTES)
    cost = float("inf")
    for _ in range(3):
        cost = min(cost, _timed(lambda: _try(made), tidy=False) * 10 * MIB / size)
        if cost <= worst:
            break
    return cost


def _try(made: bytes) -> None:
    """Scan, or be refused; anything else ends the benchmark."""
    try:
        project = aep.read(made)
    except aep.BadAep:
        return
    scan_project(project)


def _timed(work: Callable[[], object], *, tidy: bool = True) -> float:
    if tidy:  # what others left behind is not to be paid for here: scans run in a fresh process
        gc.collect()
        gc.freeze()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
