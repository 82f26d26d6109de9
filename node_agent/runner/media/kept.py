"""Videos that were made fit, kept for the next task that needs them: a split job has many."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from pathlib import Path

from orchestrator.wire.media.safe import MediaRule

KEPT_S = 12 * 3600
MADE_AS = 1
"""Raise it when what is made of a video changes: what was kept before is then made again."""


def key_of(sha256: str, rule: MediaRule) -> str:
    """Name what is made of a file's content by a rule, wherever it lies."""
    told = rule.model_dump_json(exclude={"path"})
    return hashlib.sha256(f"{MADE_AS} {sha256} {told}".encode()).hexdigest()


class KeptVideos:
    """Keep files below one folder, for some hours and up to so many bytes.

    Their names end with their SHA-256: an engine that changed one it was lent changed it here too.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def take(self, key: str, target: Path) -> bool:
        """Lay the kept video in the place of `target`; False without one that is unchanged."""
        for kept in self._folder.glob(f"{key}-*.mov"):
            with contextlib.suppress(OSError):
                if _sha256(kept) == kept.stem.rpartition("-")[2]:
                    _share(kept, target)
                    kept.touch()
                    return True
                kept.unlink()
        return False

    def keep(self, key: str, made: Path) -> None:
        """Keep a video that was made; a disk that has no room for it is no fault."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            _share(made, self._folder / f"{key}-{_sha256(made)}.mov")
        self.expire()

    def expire(self) -> None:
        """Drop what is old, and the longest unused until the rest fits."""
        with contextlib.suppress(OSError):
            found = [(path, path.stat()) for path in self._folder.iterdir()]
            left_bytes, oldest = self._max_bytes, time.time() - KEPT_S
            for path, stat in sorted(found, key=lambda one: -one[1].st_mtime):
                left_bytes -= stat.st_size
                if left_bytes < 0 or stat.st_mtime < oldest:
                    path.unlink(missing_ok=True)


def _share(source: Path, target: Path) -> None:
    """Put a file in another's place at one stroke, without a copy where the disk can."""
    draft = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        os.link(source, draft)
    except OSError:
        shutil.copyfile(source, draft)
    draft.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
