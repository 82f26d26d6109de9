"""Finds footage files inside the job's folder, and tells by their names what they are."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

MAX_FILES = 50_000
SOUND_SUFFIXES = frozenset({".wav", ".mp3", ".m4a", ".aac", ".aif", ".aiff", ".ogg", ".flac"})
PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".tga", ".psd"}
)
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mxf", ".wmv", ".gif"}
)


class FootageFinder:
    """Resolve the paths that projects hold, never leaving `root`.

    An absolute path counts only inside `root`; then the path's tail is looked for beside the
    project and, last, anywhere below `root`, where the longest matching tail wins.
    """

    def __init__(self, project_folder: Path, root: Path) -> None:
        self._folder = project_folder.resolve()
        self._root = root.resolve()
        self._index: dict[str, list[Path]] | None = None
        self._known: dict[str, Path | None] = {}

    def find(self, stored: str) -> Path | None:
        """Give the file for a stored path, None when it is missing."""
        if stored not in self._known:
            self._known[stored] = self._find(stored)
        return self._known[stored]

    def _find(self, stored: str) -> Path | None:
        if not stored or "\x00" in stored or stored.startswith(("\\\\", "//")):
            return None
        direct = Path(stored)
        if direct.is_absolute() and self._allowed(direct):
            return direct
        parts = [p for p in PurePosixPath(stored.replace("\\", "/")).parts if p not in {"/", ".."}]
        for start in range(max(0, len(parts) - 8), len(parts)):
            candidate = self._folder.joinpath(*parts[start:])
            if self._allowed(candidate):
                return candidate
        return self._by_tail(parts)

    def _allowed(self, path: Path) -> bool:
        try:
            return path.is_file() and path.resolve().is_relative_to(self._root)
        except (OSError, ValueError):
            return False

    def _by_tail(self, parts: list[str]) -> Path | None:
        if not parts:
            return None
        if self._index is None:
            self._index = _index(self._root)
        wanted = [p.casefold() for p in reversed(parts)]

        def shared(path: Path) -> int:
            own = [p.casefold() for p in reversed(path.parts)]
            pairs = zip(own, wanted, strict=False)
            return next((i for i, (a, b) in enumerate(pairs) if a != b), len(wanted))

        found = [p for p in self._index.get(wanted[0], []) if self._allowed(p)]
        return max(found, key=shared, default=None)


def _index(root: Path) -> dict[str, list[Path]]:
    index: dict[str, list[Path]] = {}
    left = MAX_FILES
    for folder, names, files in os.walk(root):
        names.sort()
        for name in sorted(files):
            left -= 1
            if left < 0:
                return index
            index.setdefault(name.casefold(), []).append(Path(folder, name))
    return index
