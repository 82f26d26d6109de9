"""After Effects' own disk cache: the known folders, the oldest first, only while nothing runs."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from node_agent.engines.disk_cache import EVERY_S, DiskCache
from node_agent.host.disk_cache import cut_back, disk_cache_folders


def fill(folder: Path, *names: str, size: int = 10) -> None:
    """Make files, the first the oldest."""
    for age, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
        os.utime(path, (1_000_000 + age, 1_000_000 + age))


def names(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def test_only_the_folders_that_are_known_are_named() -> None:
    home = Path("/home/u")
    (windows,) = disk_cache_folders("windows", home, {"LOCALAPPDATA": "/l"})
    (macos,) = disk_cache_folders("macos", home, {})
    assert windows == Path("/l/Temp/Adobe/After Effects")
    assert macos == home / "Library/Caches/Adobe/After Effects"
    assert disk_cache_folders("linux", home, {}) == ()


def test_the_oldest_files_go_until_the_rest_fits(tmp_path: Path) -> None:
    fill(tmp_path, "26.0/a", "25.0/deep/b", "26.0/c", "d")
    assert cut_back([tmp_path, tmp_path / "not there"], 25) == 20
    assert names(tmp_path) == ["26.0/c", "d"]
    assert cut_back([tmp_path], 25) == 0
    assert cut_back([tmp_path], 0) == 20


@pytest.mark.skipif(os.name == "nt", reason="making links asks for rights there")
def test_links_are_neither_followed_nor_counted(tmp_path: Path) -> None:
    cache, other = tmp_path / "cache", tmp_path / "other"
    fill(other, "film.mov", size=1000)
    fill(cache, "a")
    (cache / "link").symlink_to(other)
    (cache / "file").symlink_to(other / "film.mov")
    assert cut_back([cache], 10) == 0
    assert cut_back([cache], 0) == 10
    assert names(other) == ["film.mov"]


async def test_nothing_goes_while_an_engine_runs_or_another_task_is_at_work(
    tmp_path: Path,
) -> None:
    fill(tmp_path, "a", "b")
    running = [True]
    cache = DiskCache((tmp_path,), lambda: running[0])
    await cache.keep_within(10, alone=True)
    running[0] = False
    await cache.keep_within(10, alone=False)
    assert names(tmp_path) == ["a", "b"]
    await cache.keep_within(10, alone=True)
    assert names(tmp_path) == ["b"]


async def test_it_looks_every_ten_minutes_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, loop = DiskCache((tmp_path,), lambda: False), asyncio.get_running_loop()
    await cache.keep_within(10, alone=True)
    fill(tmp_path, "a", "b")
    await cache.keep_within(10, alone=True)
    assert names(tmp_path) == ["a", "b"]
    later = loop.time() + EVERY_S
    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: later)
        await cache.keep_within(10, alone=True)
    assert names(tmp_path) == ["b"]


async def test_a_task_that_begins_meanwhile_waits_until_the_cache_is_cut_back(
    tmp_path: Path,
) -> None:
    looking, go_on = threading.Event(), threading.Event()

    def runs() -> bool:
        looking.set()
        go_on.wait(20)
        return False

    fill(tmp_path, "a", "b")
    cache = DiskCache((tmp_path,), runs)
    first = asyncio.create_task(cache.keep_within(10, alone=True))
    await asyncio.to_thread(looking.wait, 20)
    second = asyncio.create_task(cache.keep_within(10, alone=False))
    await asyncio.sleep(0)
    assert not second.done()
    go_on.set()
    await asyncio.gather(first, second)
    assert names(tmp_path) == ["b"]
