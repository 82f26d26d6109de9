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
    """Look at one folder again and again; files with other names are ignored.

    Frames of a film are of one format, that of most of the first ones found: a file of a frame in
    another format is none.
    """

    def __init__(self, folder: Path, wanted: Collection[int]) -> None:
        self.folder = folder
        self._wanted = frozenset(wanted)
        self._seen: dict[int, Stamp] = {}
        self._ending: str | None = None

    def fresh(self) -> dict[int, tuple[Path, Stamp]]:
        """Give the wanted frames that are new or changed since the last look."""
        found: dict[int, tuple[Path, Stamp]] = {}
        for number, ending, path, stamp in self._files():
            if ending == self._ending and self._seen.get(number) != stamp:
                self._seen[number] = stamp
                found[number] = (path, stamp)
        return found

    def _files(self) -> list[tuple[int, str, Path, Stamp]]:
        """List the wanted frames' files; the first of them decide on the format."""
        files = []
        with os.scandir(self.folder) as items:
            for item in items:
                match = _NUMBER.fullmatch(item.name)
                if match is None or int(match[1]) not in self._wanted:
                    continue
                info = item.stat(follow_symlinks=False)
                stamp = (info.st_size, info.st_mtime_ns)
                files.append((int(match[1]), match[2].lower(), Path(item.path), stamp))
        if self._ending is None and files:
            endings = [ending for _, ending, _, _ in files]
            self._ending = max(sorted(set(endings)), key=endings.count)
        return files
