"""Frames as they appear in a folder: found by number, told once, told again when they change."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

_NUMBER = re.compile(r"(\d{1,8})\.(png|tif|tiff)", re.IGNORECASE)
Stamp = tuple[int, int]
"""A file's size in bytes and its time of change in nanoseconds."""


class FrameFolder:
    """Look at one folder again and again; files with other names are ignored."""

    def __init__(self, folder: Path, wanted: Collection[int]) -> None:
        self.folder = folder
        self._wanted = frozenset(wanted)
        self._seen: dict[int, Stamp] = {}

    def fresh(self) -> dict[int, tuple[Path, Stamp]]:
        """Give the wanted frames that are new or changed since the last look."""
        found: dict[int, tuple[Path, Stamp]] = {}
        with os.scandir(self.folder) as items:
            for item in items:
                match = _NUMBER.fullmatch(item.name)
                if match is None or int(match[1]) not in self._wanted:
                    continue
                info = item.stat(follow_symlinks=False)
                stamp = (info.st_size, info.st_mtime_ns)
                if self._seen.get(int(match[1])) != stamp:
                    self._seen[int(match[1])] = stamp
                    found[int(match[1])] = (Path(item.path), stamp)
        return found
