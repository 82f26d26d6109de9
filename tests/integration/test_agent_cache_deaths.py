"""Agents that die at any moment, two at once, and bits that flip: no bad bundle is ever lent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node_agent.cache import BundleCache
from node_agent.cache.stripes import DIGITS, Stripes
from orchestrator.bundle import Disk
from orchestrator.wire.tasks import BundleRef
from tests.fakes.cache_process import content_of, reference
from tests.fakes.zips import AEP
from tests.support import figures

ROOT = Path(__file__).parents[2]
MIB = 2**20
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows neither fork nor SIGKILL")


def bundle(path: Path, mib: float, files: int = 8) -> Path:
    """Make a bundle; its bytes, and so its lock's stripe, are the same at any time of day."""
    rng = random.Random(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo("p.aep"), AEP)
        for number in range(files):
            entry = zipfile.ZipInfo(f"(Footage)/پوشه {number % 3}/{number}.bin")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, rng.randbytes(int(mib * MIB / files)))
    return path


Turn = tuple[Path, int]


def process(folder: Path, archive: Path, turns: list[Turn]) -> subprocess.Popen[str]:
    told = {
        "bundle": str(archive),
        "fetches": str(folder / "fetches"),
        "turns": [(str(cache), point) for cache, point in turns],
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.fakes.cache_process", json.dumps(told)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    try:
        told, _ = process.communicate(timeout=100)
    finally:
        # A fork that hangs dies with it: they share a session.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]


def wanted(archive: Path, folder: Path) -> str:
    """Give what every borrower must be lent, unpacked by another program."""
    with zipfile.ZipFile(archive) as other:
        other.extractall(folder)
    return content_of(folder)


@posix
def test_an_agent_killed_at_any_moment_never_leaves_a_half_bundle_to_use(
    tmp_path: Path, long_run: bool, record_property: Callable[[str, object], None]
) -> None:
    archive = bundle(tmp_path / "b.zip", 0.2)
    content = wanted(archive, tmp_path / "wanted")
    (alive,) = ended(process(tmp_path, archive, [(tmp_path / "alive", -1)]))
    operations = alive["operations"]
    assert alive["content"] == alive["left"] == content
    step = 1 if long_run else max(1, operations // 15)
    kills = range(1, operations + 1, step)
    # After each death the next agent begins on what is left; one cache sees all the deaths.
    fresh = [(tmp_path / str(kill), point) for kill in kills for point in (kill, -1)]
    worn = [(tmp_path / "worn", point) for point in (*kills, -1)]
    found = ended(process(tmp_path, archive, fresh + worn))
    killed = [one for one in found if one["killed"]]
    assert len(killed) >= 2 * 10
    assert {one["left"] for one in killed} <= {None, content}
    assert {one["content"] for one in found if not one["killed"]} == {content}
    record_property(figures.figure("bundle cache", "agents killed"), len(killed))


@posix
def test_two_agents_that_want_one_bundle_at_once_fetch_and_extract_it_once(
    tmp_path: Path, long_run: bool
) -> None:
    archive = bundle(tmp_path / "b.zip", 200 if long_run else 20)
    content = wanted(archive, tmp_path / "wanted")
    cache = tmp_path / "cache"
    agents = [process(tmp_path, archive, [(cache, -1)]) for _ in range(2)]
    found = [one for agent in agents for one in ended(agent)]
    assert [one["content"] for one in found] == [content] * 2
    assert (tmp_path / "fetches").read_bytes() == b"x"


async def test_two_tasks_that_want_one_bundle_at_once_fetch_and_extract_it_once(
    tmp_path: Path, long_run: bool
) -> None:
    archive = bundle(tmp_path / "b.zip", 200 if long_run else 20)
    ref = reference(archive)
    source = Source(archive)
    synced: list[Path] = []
    cache = BundleCache(
        tmp_path / "cache", source.fetch, 10**10, full_hash=True, disk=Disk(synced.append)
    )

    async def borrow() -> str:
        async with cache.borrow(ref) as lent:
            return await asyncio.to_thread(content_of, lent.tree)

    async with asyncio.timeout(100):
        found = await asyncio.gather(borrow(), borrow(), borrow())
    assert set(found) == {await asyncio.to_thread(wanted, archive, tmp_path / "wanted")}
    assert source.fetched == 1
    assert len(synced) == 1


async def test_a_borrower_that_is_cancelled_leaves_the_bundle_to_the_next_one(
    tmp_path: Path,
) -> None:
    archive = bundle(tmp_path / "b.zip", 8)
    source = Source(archive)
    unpacking, going_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(_folder: Path) -> None:
        loop.call_soon_threadsafe(unpacking.set)
        going_on.wait(20)

    cache = BundleCache(tmp_path / "cache", source.fetch, 10**10, full_hash=True, disk=Disk(slow))

    async def borrow() -> str:
        async with cache.borrow(reference(archive)) as lent:
            return await asyncio.to_thread(content_of, lent.tree)

    first = asyncio.create_task(borrow())
    await unpacking.wait()
    second = asyncio.create_task(borrow())
    first.cancel()
    # It still unpacks, so the lock is not the second's yet.
    await asyncio.wait({first, second}, timeout=0)
    assert not first.done()
    going_on.set()
    content = await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert content == await asyncio.to_thread(wanted, archive, tmp_path / "wanted")
    assert source.fetched == 1


async def test_a_bundle_that_another_process_holds_is_not_dropped(tmp_path: Path) -> None:
    archives = [bundle(tmp_path / f"{n}.zip", 0.1, files=n) for n in (1, 2)]
    first, second = map(reference, archives)
    assert first.md5[:DIGITS] != second.md5[:DIGITS]
    source = Source(*archives)
    other = Stripes(tmp_path / "cache" / "locks")
    cache = BundleCache(tmp_path / "cache", source.fetch, 150_000, full_hash=True)
    async with cache.borrow(first):
        assert not other.take(first.md5)
    assert other.take(first.md5)
    async with cache.borrow(second):
        assert {entry.md5 for entry in cache.inventory()} == {first.md5, second.md5}
    other.let_go(first.md5)
    async with cache.borrow(second):
        pass
    cache = BundleCache(tmp_path / "cache", source.fetch, 50_000, full_hash=True)
    async with cache.borrow(first), cache.borrow(second):
        assert {entry.md5 for entry in cache.inventory()} == {first.md5, second.md5}


async def test_what_a_dead_agent_fetched_stays_for_a_day(tmp_path: Path) -> None:
    archive = bundle(tmp_path / "b.zip", 0.1)
    ref = reference(archive)
    place = tmp_path / "cache" / "staging" / ref.md5
    (place / "ready" / "tree").mkdir(parents=True)
    (place / "bundle.part").write_bytes(b"half")
    BundleCache(tmp_path / "cache", Source().fetch, 10**9, full_hash=True)
    assert [path.name for path in place.iterdir()] == ["bundle.part"]
    os.utime(place / "bundle.part", (1000, 1000))
    BundleCache(tmp_path / "cache", Source().fetch, 10**9, full_hash=True)
    assert not place.exists()


async def test_a_flipped_bit_is_found_before_use(
    tmp_path: Path, long_run: bool, record_property: Callable[[str, object], None]
) -> None:
    archive = bundle(tmp_path / "b.zip", 0.02)
    ref = reference(archive)
    source = Source(archive)
    content = wanted(archive, tmp_path / "wanted")
    cache = BundleCache(
        tmp_path / "cache", source.fetch, 10**9, full_hash=True, disk=Disk(lambda folder: None)
    )
    async with cache.borrow(ref):
        pass
    home = tmp_path / "cache" / "bundles" / ref.md5
    rng = random.Random(5)
    flips = 1000 if long_run else 60
    for _ in range(flips):
        flip(rng, [path for path in sorted(home.rglob("*")) if path.is_file()])
        async with cache.borrow(ref) as lent:
            assert content_of(lent.tree) == content
            assert lent.aep_path == "p.aep"
    assert source.fetched == 1 + flips
    record_property(figures.figure("bundle cache", "flipped bits found"), flips)


@pytest.mark.parametrize("kind", ["file", "link", "hidden folder's file"])
async def test_what_does_not_belong_to_a_bundle_is_found_before_use(
    tmp_path: Path, kind: str
) -> None:
    archive = bundle(tmp_path / "b.zip", 0.02)
    source = Source(archive)
    cache = BundleCache(tmp_path / "cache", source.fetch, 10**9, full_hash=False)
    async with cache.borrow(reference(archive)) as lent:
        tree = lent.tree
    if kind == "link":
        (tree / "more").symlink_to(tmp_path, target_is_directory=True)
    else:
        place = tree if kind == "file" else tree / "new"
        place.mkdir(exist_ok=True)
        (place / "stranger.jsx").write_bytes(b"alert(1)")
    async with cache.borrow(reference(archive)) as lent:
        assert content_of(lent.tree) == wanted(archive, tmp_path / "wanted")
    assert source.fetched == 2


class Source:
    """Serves archives from disk and counts."""

    def __init__(self, *archives: Path) -> None:
        self._archives = {reference(path).md5: path for path in archives}
        self.fetched = 0

    async def fetch(self, ref: BundleRef, target: Path) -> None:
        self.fetched += 1
        await asyncio.to_thread(shutil.copyfile, self._archives[ref.md5], target)


def flip(rng: random.Random, files: list[Path]) -> None:
    """Flip one bit of one file, so that neither its size nor its time tells."""
    path = rng.choice(files)
    before, data = path.stat(), bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.chmod(0o644)
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
