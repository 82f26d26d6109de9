"""How what was unpacked becomes durable; the caller brings what its system does best."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Begin = Callable[[int, int, int], None]
"""Ask that bytes of an open file go to the disk soon: its handle, the offset, the size in bytes."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Make files durable.

    `sync` is asked once for a whole folder and returns when all of its files and names would
    survive a loss of power; it raises OSError. `begin` is a hint that makes `sync` shorter.
    """

    sync: Callable[[Path], None]
    begin: Begin | None = None


def sync_tree(folder: Path) -> None:
    """Make every file and name below a folder durable, one by one, on any system."""
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            _sync(Path(root, name), os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
        sync_folder(Path(root))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable where the system lets a folder be synced."""
    if sys.platform != "win32":
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


ANY_DISK = Disk(sync_tree)
