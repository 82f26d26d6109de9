"""Where After Effects keeps its disk cache, whether it runs, and how a cache is cut back.

The folders are those that users report; on neither system was this tried with After Effects yet.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import psutil

from orchestrator.wire.agent import Platform

MOST_FILES = 1_000_000
MOST_FOLDERS = 100_000
_PROGRAMS = ("afterfx", "aerender", "after effects")


def disk_cache_folders(
    platform: Platform, home: Path, environ: Mapping[str, str]
) -> tuple[Path, ...]:
    """Give the folders of this user in which After Effects puts its disk cache by itself."""
    if platform == "windows":
        local = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return (local / "Temp" / "Adobe" / "After Effects",)
    if platform == "macos":
        return (home / "Library" / "Caches" / "Adobe" / "After Effects",)
    return ()


def own_disk_caches(platform: Platform) -> tuple[Path, ...]:
    """Give those folders of the user that this process runs as; a user without a home has none."""
    try:
        return disk_cache_folders(platform, Path.home(), os.environ)
    except RuntimeError:
        return ()


def engine_runs() -> bool:
    """Tell whether After Effects runs here, ours or a person's; what cannot be told counts as so.

    A process that ends meanwhile does not run.
    """
    try:
        names = [process.info["name"] or "" for process in psutil.process_iter(["name"])]
    except (psutil.Error, OSError):
        return True
    return any(name.lower().startswith(_PROGRAMS) for name in names)


def cut_back(folders: Iterable[Path], max_bytes: int) -> int:
    """Delete the oldest files until the rest fits; give the bytes freed.

    Links are neither followed nor counted, folders stay. A file that cannot be deleted stays too.
    """
    files = [found for folder in folders for found in _files(folder)]
    over = sum(size for _, size, _ in files) - max_bytes
    freed = 0
    for _, size, path in sorted(files):
        if freed >= over:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            freed += size
    return freed


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Give time, size and path of the plain files below a folder."""
    waiting, folders, files = [folder], 0, 0
    while waiting and folders < MOST_FOLDERS and files < MOST_FILES:
        folders += 1
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                told = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if _leads_away(told):
                continue
            if stat.S_ISDIR(told.st_mode):
                waiting.append(Path(entry.path))
            elif stat.S_ISREG(told.st_mode):
                files += 1
                yield told.st_mtime, told.st_size, Path(entry.path)


def _leads_away(told: os.stat_result) -> bool:
    """Tell links, and the junctions of Windows, which its stat calls folders."""
    attributes = getattr(told, "st_file_attributes", 0)
    return stat.S_ISLNK(told.st_mode) or bool(attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)
