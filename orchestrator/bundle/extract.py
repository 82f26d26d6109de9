"""Unpacks a bundle into a staging folder, hash by hash, and renames it when all of it is there."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestrator.bundle.behind import Behind
from orchestrator.bundle.disk import ANY_DISK, Begin, Disk, sync_folder
from orchestrator.bundle.finder import MAGIC_BYTES, find_aep
from orchestrator.bundle.guard import SINGLE_NAME, is_single, plan, single_pieces
from orchestrator.bundle.members import unpack
from orchestrator.bundle.model import BadBundle, Entry, Limits, Manifest

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_BEGIN_BYTES = 8 * 1024 * 1024
_SMALL_BYTES = 256 * 1024
# A read-only file could not be removed on Windows.
_MODE = 0o644 if sys.platform == "win32" else 0o444


def extract(
    path: Path,
    target_dir: Path,
    manifest: Manifest | None = None,
    limits: Limits | None = None,
    *,
    helper: Executor | None = None,
    disk: Disk = ANY_DISK,
) -> Manifest:
    """Unpack every file of a bundle into an empty folder, hash it, and give the manifest.

    The archive is checked by the guard's rules, and against a manifest where one is given: the
    same files with the same sizes and hashes, nothing more. A `helper`, which must have one
    worker only, hashes while the next piece is unpacked here. What was written is not durable
    before `disk.sync`. Raises BadBundle; the folder is then to be thrown away.
    """
    limits = limits or Limits()
    written: list[_Written] = []
    folders = _Folders(target_dir)
    with path.open("rb") as file, Behind(helper) as behind:
        single = is_single(file)
        for name, pieces in _files(file, limits, folders, single=single):
            with _new_file(folders, name) as out:
                written.append(_write(out, name, pieces, behind, disk.begin))
    entries = tuple(Entry(one.path, one.size_bytes, one.digest.hexdigest()) for one in written)
    if manifest is not None:
        _compare(entries, manifest)
    aep_path = SINGLE_NAME if single else find_aep((one.path, one.head) for one in written)
    total = sum(entry.size_bytes for entry in entries)
    return Manifest("aep" if single else "zip", entries, aep_path, total)


def extract_to(
    path: Path,
    final_dir: Path,
    manifest: Manifest | None = None,
    limits: Limits | None = None,
    *,
    helper: Executor | None = None,
    disk: Disk = ANY_DISK,
) -> Manifest:
    """Unpack a bundle so that `final_dir` appears whole or not at all; give its manifest.

    The staging folder is `<final_dir>.staging` beside it: whoever calls holds a lock for this
    bundle. A staging folder left by a crash is thrown away. The disk is synced once, before
    the rename. Raises BadBundle, or FileExistsError when `final_dir` is there already.
    """
    if final_dir.exists():
        raise FileExistsError(f"{final_dir} is there already")
    staging = final_dir.with_name(f"{final_dir.name}.staging")
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(parents=True)
    try:
        manifest = extract(path, staging, manifest, limits, helper=helper, disk=disk)
        disk.sync(staging)
        staging.replace(final_dir)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    sync_folder(final_dir.parent)
    return manifest


class _Folders:
    """Makes the folders of a bundle, each once."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._made = {""}

    def make(self, path: str) -> None:
        """Make a folder and those above it."""
        if path not in self._made:
            self.make(path.rpartition("/")[0])
            os.mkdir(self.place(path))  # noqa: PTH102 - thousands of them; a Path costs more.
            self._made.add(path)

    def place(self, path: str) -> str:
        """Give the place on disk; only paths that the guard has passed come here."""
        return os.path.join(self._root, *path.split("/"))  # noqa: PTH118 - as above.


@dataclass(slots=True)
class _Written:
    """Be one file on disk; its digest may still be on its way."""

    path: str
    digest: hashlib._Hash
    size_bytes: int = 0
    head: bytes = b""


def _files(
    file: BinaryIO, limits: Limits, folders: _Folders, *, single: bool
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield path and content of each file; folders are made on the way."""
    if single:
        yield SINGLE_NAME, single_pieces(file, limits)
        return
    for place in plan(file, limits):
        if place.member.folder:
            folders.make(place.member.path)
        else:
            yield place.member.path, unpack(file, place)


def _new_file(folders: _Folders, path: str) -> BinaryIO:
    """Open a new file; never one that is there, whatever its name is to this system."""
    folders.make(path.rpartition("/")[0])
    try:
        return os.fdopen(os.open(folders.place(path), _NEW_FILE, _MODE), "wb")
    except FileExistsError as error:
        raise BadBundle(
            "name_collision", path, f"{path!r} and another entry are one file on this system"
        ) from error


def _write(
    out: BinaryIO, path: str, pieces: Iterable[bytes], behind: Behind, begin: Begin | None
) -> _Written:
    """Write one new file, counting and hashing; modes and times of the archive are not taken."""
    written, begun = _Written(path, hashlib.sha256()), 0

    def begin_from(offset: int) -> int:
        if begin is not None:
            size = written.size_bytes - offset
            behind.do(_begin, begin, os.dup(out.fileno()), offset, size)
        return written.size_bytes

    for piece in pieces:
        if written.size_bytes < MAGIC_BYTES:
            written.head = (written.head + piece)[:MAGIC_BYTES]
        written.size_bytes += len(piece)
        out.write(piece)
        behind.do(written.digest.update, piece)
        if written.size_bytes - begun >= _BEGIN_BYTES:
            begun = begin_from(begun)
    if written.size_bytes - begun >= _SMALL_BYTES:
        begin_from(begun)
    return written


def _begin(begin: Begin, handle: int, offset: int, size_bytes: int) -> None:
    try:
        begin(handle, offset, size_bytes)
    finally:
        os.close(handle)


def _compare(entries: tuple[Entry, ...], manifest: Manifest) -> None:
    expected = {entry.path: entry for entry in manifest.entries}
    for entry in entries:
        wanted = expected.pop(entry.path, None)
        if wanted is None:
            raise BadBundle(
                "manifest", entry.path, f"{entry.path!r} is not in the bundle's manifest"
            )
        if wanted != entry:
            raise BadBundle("manifest", entry.path, f"{entry.path!r} differs from the manifest")
    for missing in expected:
        raise BadBundle("manifest", missing, f"the bundle lacks {missing!r} of its manifest")
