"""Unpacks a bundle into a staging folder, hash by hash, and renames it when all of it is there."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from orchestrator.bundle.guard import SINGLE_NAME, inspect, is_single, plan
from orchestrator.bundle.members import unpack
from orchestrator.bundle.model import BadBundle, Entry, Limits, Manifest

_PIECE_BYTES = 1024 * 1024
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def extract(path: Path, target_dir: Path, manifest: Manifest, limits: Limits | None = None) -> None:
    """Unpack every file of the manifest into an empty folder, and nothing else.

    The archive is checked again by the same rules, and each file's size and hash against the
    manifest. Raises BadBundle; the folder is then to be thrown away.
    """
    expected = {entry.path: entry for entry in manifest.entries}
    with path.open("rb") as file:
        if is_single(file):
            file.seek(0)
            pieces = iter(lambda: file.read(_PIECE_BYTES), b"")
            _write(target_dir, _expected(expected, SINGLE_NAME), pieces)
        else:
            for place in plan(file, limits or Limits()):
                if place.member.folder:
                    _folder(target_dir, place.member.path)
                else:
                    entry = _expected(expected, place.member.path)
                    _write(target_dir, entry, unpack(file, place))
    if expected:
        missing = next(iter(expected))
        raise BadBundle("manifest", missing, f"the bundle lacks {missing!r} of its manifest")
    _sync_folder(target_dir)


def extract_to(
    path: Path, final_dir: Path, manifest: Manifest | None = None, limits: Limits | None = None
) -> Manifest:
    """Unpack a bundle so that `final_dir` appears whole or not at all; give its manifest.

    The staging folder is `<final_dir>.staging` beside it: whoever calls holds a lock for this
    bundle. A staging folder left by a crash is thrown away. Raises BadBundle, or
    FileExistsError when `final_dir` is there already.
    """
    if final_dir.exists():
        raise FileExistsError(f"{final_dir} is there already")
    manifest = manifest or inspect(path, limits)
    staging = final_dir.with_name(f"{final_dir.name}.staging")
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(parents=True)
    try:
        extract(path, staging, manifest, limits)
        staging.replace(final_dir)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    _sync_folder(final_dir.parent)
    return manifest


def _expected(expected: dict[str, Entry], path: str) -> Entry:
    entry = expected.pop(path, None)
    if entry is None:
        raise BadBundle("manifest", path, f"{path!r} is not in the bundle's manifest")
    return entry


def _folder(root: Path, path: str) -> Path:
    folder = root.joinpath(*path.split("/"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(root: Path, entry: Entry, pieces: Iterable[bytes]) -> None:
    """Write one new file, counting and hashing; modes and times of the archive are not taken."""
    *folders, name = entry.path.split("/")
    target = (_folder(root, "/".join(folders)) if folders else root) / name
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(target, _NEW_FILE, 0o644), "wb") as out:
        for piece in pieces:
            size += len(piece)
            if size > entry.size_bytes:
                break
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if size != entry.size_bytes or digest.hexdigest() != entry.sha256:
        raise BadBundle("manifest", entry.path, f"{entry.path!r} differs from the manifest")


def _sync_folder(folder: Path) -> None:
    """Make names durable where the system lets a folder be synced."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
