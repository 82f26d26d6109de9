"""Install fonts for the engine, remember which are ours, and remove those long unused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from node_agent.host.fonts import FontPlace, FontRefused, font_place

LOG = structlog.get_logger("fonts")
PREFIX = "flatrender-"
KEEP_S = 30 * 24 * 3600
ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
MAX_FONTS = 400
"""Fonts of ours that stay at most; those unused for longest go first."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Say what became of one font file; `problem` is None when it is installed.

    `refused` says that the system takes the file for no font: the file is to blame, not the node.
    """

    sha256: str
    problem: str | None = None
    refused: bool = False


class InstalledFonts:
    """Keep our own files in a user's folder of fonts; a person's fonts are never touched.

    The ledger names a file before it is there, so that one left by a kill is known as ours.
    """

    def __init__(self, place: FontPlace, ledger: Path) -> None:
        self._place = place
        self._ledger = ledger
        self._lock = threading.Lock()

    def install(self, files: Iterable[Path], now: float) -> list[Tried]:
        """Install files that are not there yet; one that fails does not keep the others."""
        with self._lock:
            known = self._read()
            done = [self._one(path, known, now) for path in files]
            self._write(known)
            return done

    def prune(self, now: float) -> int:
        """Remove fonts of ours that no task has needed for long; give how many."""
        with self._lock:
            known = self._read()
            newest = sorted(known, key=lambda name: -float(known[name].get("used_at", 0)))
            old = [name for name in newest if now - float(known[name]["used_at"]) > KEEP_S]
            gone = {*old, *newest[MAX_FONTS:]}
            for name in gone:
                self._drop(name, known)
            self._write(known)
            return len(gone)

    def _drop(self, name: str, known: dict[str, dict[str, Any]]) -> None:
        path = self._place.folder / name
        self._place.withdraw(path)
        # A font that an engine has open stays on Windows; the next start tries again.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            del known[name]

    def _one(self, path: Path, known: dict[str, dict[str, Any]], now: float) -> Tried:
        digest = _digest(path)
        name = f"{PREFIX}{digest[:24]}{path.suffix.lower()}"
        target = self._place.folder / name
        try:
            if name not in known or not target.is_file() or _digest(target) != digest:
                known[name] = {"sha256": digest, "used_at": now}
                self._write(known)
                self._place.folder.mkdir(parents=True, exist_ok=True)
                draft = target.with_name(f".{name}.part")
                shutil.copyfile(path, draft)
                draft.replace(target)
                try:
                    self._place.announce(target)
                except OSError:
                    self._drop(name, known)
                    raise
        except OSError as error:
            told = str(error.strerror or error)[:400]
            return Tried(digest, told, refused=isinstance(error, FontRefused))
        known[name]["used_at"] = now
        return Tried(digest)

    def _read(self) -> dict[str, dict[str, Any]]:
        """Read the ledger; one that is damaged is begun anew from the names in the folder."""
        try:
            found = json.loads(self._ledger.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return {
                    str(name): dict(entry)
                    for name, entry in found.items()
                    if isinstance(entry, dict) and isinstance(entry.get("used_at"), (int, float))
                }
        except (OSError, ValueError):
            pass
        ours = self._place.folder.glob(f"{PREFIX}*") if self._place.folder.is_dir() else ()
        return {path.name: {"used_at": path.stat().st_mtime} for path in ours}

    def _write(self, known: dict[str, dict[str, Any]]) -> None:
        self._ledger.parent.mkdir(parents=True, exist_ok=True)
        draft = self._ledger.with_suffix(".part")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(known, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._ledger)


def own_fonts(folder: Path | None, ledger: Path) -> InstalledFonts:
    """Give the fonts of ours on this machine, those long unused removed."""
    fonts = InstalledFonts(font_place(folder), ledger)
    try:
        fonts.prune(time.time())
    except OSError as error:
        LOG.warning("old fonts stay", reason=str(error))
    return fonts


def font_files(folder: Path) -> list[Path]:
    """Give the font files below a folder, by path."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
